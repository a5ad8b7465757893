"""Errors as responses: problem details (RFC 9457), in one shape for all sources of errors.

The refusals of the bridge have their own codes. A status of HTTP that is not listed has its name
as code.

======  ======================  =====================================================
status  code                    when
======  ======================  =====================================================
400     body_malformed          the body can't be parsed
401     user_unknown            the token is valid, the account does not exist
401     user_claim_invalid      the token identifies its user by an id that is not a UUID
404     not_found               no such route, or no such row of this user
404     tasks_unknown           some of task_ids are not tasks of this user; see ``unknown``
405     method_not_allowed      see the Allow header
409     tag_name_taken          another tag of this user has the name, regardless of case
409     changed_since           a task of the change was changed again, or deleted for ever
409     request_running         the request with this Idempotency-Key is still running
412     precondition_failed     If-Match names another version of the resource
413     body_too_large          the body is larger than the operation accepts
415     media_type_unsupported  the operation does not accept this Content-Type
422     validation_failed       see ``errors``; their codes are in requests.py
429     import_limit            another import of this user is under way; see Retry-After
429     chat_limit              this user has too many answers under way; see Retry-After
500     internal                a bug; the log has the request_id
503     chat_busy               all users together have too many answers under way
503     busy                    another change takes too long, of this user or of the database
503     database_unavailable    try again; see Retry-After
======  ======================  =====================================================
"""

import logging
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import singledispatch
from http import HTTPStatus
from time import monotonic
from typing import Any

from flask import Flask, Response, jsonify, request
from gunicorn.http.errors import ParseException
from werkzeug.exceptions import HTTPException

from bridge import Refusal, Unauthorized

from ..plumbing.request_id import request_id
from ..store import errors as store
from ..store.tables import MAX_TAGS_OF_TASK

log = logging.getLogger(__name__)

RETRY_AFTER_SECONDS = 5
BUSY_RETRY_AFTER_SECONDS = 2
MAX_DRAINED_BYTES = 32 * 1024 * 1024
DRAIN_SECONDS = 5
_HTTP: dict[int, tuple[str, str]] = {
    404: ("not_found", "There is nothing at this address."),
    405: ("method_not_allowed", "Method not allowed; see the Allow header."),
    413: ("body_too_large", "The request body is too large."),
    500: ("internal", "Something went wrong. Report the request_id if it happens again."),
}


class Problem(Exception):
    """A request that can't be served. Everything in it is for the client."""

    status = 500
    code = "internal"
    retry_after: int | None = None
    """Seconds after which the client may try again."""

    def __init__(self, detail: str, **members: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.members = members


class BodyMalformed(Problem):
    """The body can't be parsed."""

    status = 400
    code = "body_malformed"


class PreconditionFailed(Problem):
    """The resource was changed since the client read it: RFC 9110, section 15.5.13."""

    status = 412
    code = "precondition_failed"


class BodyTooLarge(Problem):
    """The body is larger than the operation accepts."""

    status = 413
    code = "body_too_large"


class MediaTypeUnsupported(Problem):
    """The operation does not accept this Content-Type."""

    status = 415
    code = "media_type_unsupported"


@dataclass(frozen=True, slots=True)
class FieldError:
    """An error in one field, without the value that was sent."""

    field: str
    message: str
    code: str


class Invalid(Problem):
    """The body or the query was parsed, but has invalid values."""

    status = 422
    code = "validation_failed"

    def __init__(self, errors: Iterable[FieldError]) -> None:
        self.errors = list(errors)
        super().__init__(
            "Some values are invalid; see errors.", errors=[asdict(error) for error in self.errors]
        )


class ImportLimit(Problem):
    """Another import of the user is under way."""

    status = 429
    code = "import_limit"
    retry_after = BUSY_RETRY_AFTER_SECONDS


class RequestRunning(Problem):
    """The request with this Idempotency-Key is still running."""

    status = 409
    code = "request_running"
    retry_after = BUSY_RETRY_AFTER_SECONDS


class Busy(Problem):
    """Something that takes long is under way, of other users too."""

    status = 503
    code = "busy"
    retry_after = BUSY_RETRY_AFTER_SECONDS


class ChatLimit(Problem):
    """The user has too many answers under way."""

    status = 429
    code = "chat_limit"
    retry_after = BUSY_RETRY_AFTER_SECONDS


class ChatBusy(Problem):
    """All users together have too many answers under way."""

    status = 503
    code = "chat_busy"
    retry_after = BUSY_RETRY_AFTER_SECONDS


class UserUnknown(Unauthorized):
    """The token is valid, but its account does not exist (any more)."""

    code = "user_unknown"
    detail = "The account of this token does not exist."
    error = "invalid_token"


class UserWithoutUuid(Unauthorized):
    """The token is valid, but identifies its user by an id that is not a UUID."""

    code = "user_claim_invalid"
    detail = "The token does not identify its user by a UUID, which this service needs."
    error = "invalid_token"


def init_app(app: Flask) -> None:
    """Send every error of ``app`` as a problem."""
    app.register_error_handler(Problem, _send)
    app.register_error_handler(store.StoreError, _send_store_error)
    app.register_error_handler(Refusal, _send_refusal)
    app.register_error_handler(HTTPException, _send_http_error)
    app.after_request(_drain)


def problem(
    status: int, code: str, detail: str, headers: Mapping[str, str] | None = None, **members: object
) -> Response:
    """Return a problem as a response; ``members`` are added to its body."""
    response = jsonify(
        type="about:blank",
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        code=code,
        request_id=request_id(),
        **members,
    )
    response.status_code = status
    response.content_type = "application/problem+json"
    response.headers.update(headers or {})
    return response


def _send(problem_: Problem) -> Response:
    headers = {"Retry-After": str(problem_.retry_after)} if problem_.retry_after else {}
    return problem(problem_.status, problem_.code, problem_.detail, headers, **problem_.members)


def _send_refusal(refusal: Refusal) -> Response:
    return problem(refusal.status, refusal.code, refusal.detail, refusal.headers)


def _log_and_send(refusal: Refusal) -> Response:
    log.info(
        "refused %s %s: %d %s: %s",
        request.method,
        request.endpoint,
        refusal.status,
        refusal.code,
        refusal.reason,
    )
    return _send_refusal(refusal)


def _send_http_error(error: HTTPException) -> Response:
    status = error.code or 500
    name = error.name.lower().replace(" ", "_")
    code, detail = _HTTP.get(status, (name, error.description or ""))
    headers = {name: value for name, value in error.get_headers() if name != "Content-Type"}
    return problem(status, code, detail, headers)


def _drain(response: Response) -> Response:
    """Read what is left of the body when its request is refused.

    gunicorn closes a connection with more than 64 KiB left. A client that is still sending, such as
    a proxy, then gets a reset instead of the response.
    """
    if not request.content_length and "Transfer-Encoding" not in request.headers:
        return response
    body, left = request.environ["wsgi.input"], MAX_DRAINED_BYTES
    # gunicorn's own sockets wait without a limit, and a client may send no more.
    socket = request.environ.get("gunicorn.socket")
    deadline = monotonic() + DRAIN_SECONDS
    with suppress(OSError, ParseException):
        while left > 0 and (seconds := deadline - monotonic()) > 0:
            if socket is not None:
                socket.settimeout(seconds)
            chunk = body.read(8 * 1024)
            left -= len(chunk)
            if not chunk:
                break
    if socket is not None:
        socket.settimeout(None)
    return response


@singledispatch
def _send_store_error(error: store.StoreError) -> Response:
    raise error  # a new error of the store needs its own response below


@_send_store_error.register
def _(error: store.UserUnknown) -> Response:
    return _log_and_send(UserUnknown(str(error)))


@_send_store_error.register
def _(error: store.UserWithoutUuid) -> Response:
    return _log_and_send(UserWithoutUuid(str(error)))


@_send_store_error.register
def _(_error: store.NotFound) -> Response:
    return problem(404, "not_found", "There is nothing at this address.")


@_send_store_error.register
def _(error: store.TasksUnknown) -> Response:
    detail = "Some of these tasks do not exist. Nothing was changed."
    return problem(404, "tasks_unknown", detail, unknown=error.unknown)


@_send_store_error.register
def _(_error: store.TagNameTaken) -> Response:
    return problem(409, "tag_name_taken", "You have a tag of this name already.")


@_send_store_error.register
def _(_error: store.ChangedSince) -> Response:
    detail = "This can't be undone, because a task was changed since. Nothing was changed."
    return problem(409, "changed_since", detail)


@_send_store_error.register
def _(_error: store.TooManyTags) -> Response:
    message = f"A task may have at most {MAX_TAGS_OF_TASK} tags."
    return _send(Invalid([FieldError("tag_id", message, "too_long")]))


@_send_store_error.register
def _(_error: store.ConversationFull) -> Response:
    message = "This conversation is full. Start a new one."
    return _send(Invalid([FieldError("params.thread_id", message, "too_long")]))


@_send_store_error.register
def _(error: store.CursorInvalid) -> Response:
    return _send(Invalid([FieldError("cursor", str(error), "bad_cursor")]))


@_send_store_error.register
def _(_error: store.Busy) -> Response:
    log.info("refused %s %s: 503 busy", request.method, request.endpoint)
    return _send(Busy("Another change takes too long. Try again."))


@_send_store_error.register
def _(_error: store.DatabaseUnavailable) -> Response:  # logged by store/outages.py
    detail = "The database is not available right now. Try again."
    retry = {"Retry-After": str(RETRY_AFTER_SECONDS)}
    return problem(503, "database_unavailable", detail, retry)
