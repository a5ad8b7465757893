"""How the service fails, and what the caller learns: RFC 9457, in one shape for all.

Besides these, the bridge's refusals have their own codes, and a status of HTTP that is not
listed has its name as code.

======  ======================  =====================================================
status  code                    when
======  ======================  =====================================================
400     body_malformed          the body is not one JSON object in UTF-8
401     user_unknown            the token is good, the account is gone
404     not_found               no such route, or no such row of this user
405     method_not_allowed      see Allow
404     tasks_unknown           some of task_ids are no tasks of this user; see ``unknown``
409     tag_name_taken          another tag of this user has the name, in whatever case
412     precondition_failed     If-Match names another version than there is
413     body_too_large          more than MAX_CONTENT_LENGTH
415     media_type_unsupported  the body is not application/json
422     validation_failed       see ``errors``; their codes are in schemas.py
500     internal                our fault; the log has the request_id
503     database_unavailable    try again; see Retry-After
======  ======================  =====================================================
"""

import logging
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from http import HTTPStatus
from uuid import UUID

import psycopg
from flask import Flask, Response, jsonify, request
from sqlalchemy.exc import IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from bridge import Refusal, Unauthorized

from .logs import request_id

log = logging.getLogger(__name__)

RETRY_AFTER_SECONDS = 5
MAX_DRAINED_BYTES = 32 * 1024 * 1024
# SQLSTATE of PostgreSQL, and SQLite's own names.
_UNIQUE = {"23505", "SQLITE_CONSTRAINT_UNIQUE"}
_FOREIGN_KEY = {"23503", "SQLITE_CONSTRAINT_FOREIGNKEY"}
# SQLAlchemy's, and those of the drivers where they run alone.
OUTAGES = (
    OperationalError,
    InterfaceError,
    PoolTimeout,
    psycopg.OperationalError,
    psycopg.InterfaceError,
    sqlite3.OperationalError,
)
_HTTP: dict[int, tuple[str, str]] = {
    404: ("not_found", "There is nothing here."),
    405: ("method_not_allowed", "This can't be done here; the header Allow says what can."),
    413: ("body_too_large", "The body is too large."),
    500: ("internal", "Something went wrong here. Tell us the request_id."),
}


class Failure(Exception):
    """A request that can't be done; everything in it is for the caller."""

    status = 500
    code = "internal"
    detail = ""


class BodyMalformed(Failure):
    """Nothing of the body can be understood."""

    status = 400
    code = "body_malformed"
    detail = "The body must be one JSON object in UTF-8, with no name in it twice."


class NotFound(Failure):
    """No such row of this user; whether another user has it is not said."""

    status = 404
    code, detail = _HTTP[404]


class TasksUnknown(Failure):
    """Some tasks of many are not there, so nothing was done to any."""

    status = 404
    code = "tasks_unknown"
    detail = "Some of these tasks are not there; nothing was changed."

    def __init__(self, unknown: Iterable[UUID]) -> None:
        super().__init__(self.code)
        self.unknown = list(unknown)


class PreconditionFailed(Failure):
    """Somebody else changed it meanwhile: RFC 9110, section 15.5.13."""

    status = 412
    code = "precondition_failed"
    detail = "It was changed meanwhile. Get it again, and repeat the change on that."


class TagNameTaken(Failure):
    """Names are unique for each user, whatever their case."""

    status = 409
    code = "tag_name_taken"
    detail = "There is a tag of this name already."


class MediaTypeUnsupported(Failure):
    """Only JSON is read."""

    status = 415
    code = "media_type_unsupported"
    detail = "Send the body as application/json."


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field; never what was sent."""

    field: str
    message: str
    code: str


class Invalid(Failure):
    """The body or the query was understood, and has values that can't be taken."""

    status = 422
    code = "validation_failed"
    detail = "Some values can't be taken; errors says which, and why."

    def __init__(self, errors: Iterable[FieldError]) -> None:
        super().__init__(self.code)
        self.errors = list(errors)


class UserUnknown(Unauthorized):
    """The token is good, and its user is not, or no longer, in the database."""

    code = "user_unknown"
    detail = "The account of this token is not known here."
    error = "invalid_token"


def init_app(app: Flask) -> None:
    """Answer every error of ``app`` as a problem."""
    app.register_error_handler(Failure, _answer_failure)
    app.register_error_handler(Refusal, _answer_refusal)
    app.register_error_handler(HTTPException, _answer_http)
    for breach in (IntegrityError, psycopg.IntegrityError, sqlite3.IntegrityError):
        app.register_error_handler(breach, _answer_integrity)
    app.register_error_handler(StaleDataError, _answer_stale)
    for outage in OUTAGES:
        app.register_error_handler(outage, _answer_outage)


def problem(
    status: int, code: str, detail: str, headers: Mapping[str, str] | None = None, **members: object
) -> Response:
    """Return an error as an answer; ``members`` are added to its body."""
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


def is_unique_violation(error: IntegrityError) -> bool:
    """Tell whether a row with the same key is there already."""
    return _violation(error) in _UNIQUE


def _violation(error: Exception) -> str | None:
    cause = getattr(error, "orig", error)
    return getattr(cause, "sqlstate", None) or getattr(cause, "sqlite_errorname", None)


def _answer_failure(failure: Failure) -> Response:
    if isinstance(failure, Invalid):
        errors = [asdict(error) for error in failure.errors]
        return problem(failure.status, failure.code, failure.detail, errors=errors)
    if isinstance(failure, TasksUnknown):
        return problem(failure.status, failure.code, failure.detail, unknown=failure.unknown)
    return problem(failure.status, failure.code, failure.detail)


def _answer_refusal(refusal: Refusal) -> Response:
    return problem(refusal.status, refusal.code, refusal.detail, refusal.headers)


def _answer_http(error: HTTPException) -> Response:
    status = error.code or 500
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        _drain()
    name = error.name.lower().replace(" ", "_")
    code, detail = _HTTP.get(status, (name, error.description or ""))
    headers = {name: value for name, value in error.get_headers() if name != "Content-Type"}
    return problem(status, code, detail, headers)


def _drain() -> None:
    """Read on for a while: a sender on whom the connection is closed never sees the answer."""
    body, left = request.environ["wsgi.input"], MAX_DRAINED_BYTES
    while left > 0 and (chunk := body.read(64 * 1024)):
        left -= len(chunk)


def _answer_integrity(error: Exception) -> Response:
    # Tags are looked up in the transaction that uses them: only the user can have gone.
    if _violation(error) in _FOREIGN_KEY:
        return _answer_refusal(UserUnknown("deleted while the request was under way"))
    log.error("a constraint is violated", exc_info=error)
    return problem(500, *_HTTP[500])


def _answer_stale(_: StaleDataError) -> Response:
    # Requests of one user take turns: only the deletion of the account removes a row meanwhile.
    return _answer_failure(NotFound())


def _answer_outage(error: Exception) -> Response:
    log.error("the database can't be used", exc_info=error)
    return problem(
        503,
        "database_unavailable",
        "The database can't be used right now. Try again.",
        {"Retry-After": str(RETRY_AFTER_SECONDS)},
    )
