"""Every error of the service in one shape: problem+json (RFC 9457) with a stable ``code``.

400 body_malformed, 401/403/503 those of the bridge and user_unknown, 404 not_found,
405 method_not_allowed, 409 tag_name_taken, 413 body_too_large, 415 media_type_unsupported,
422 validation_failed with ``errors``, 500 internal.
"""

import logging

from flask import Flask, Response, g, jsonify
from pydantic import ValidationError
from werkzeug.exceptions import HTTPException, InternalServerError

from bridge import Refusal, Unauthorized

log = logging.getLogger(__name__)

CODES = {
    400: "body_malformed",
    404: "not_found",
    405: "method_not_allowed",
    409: "tag_name_taken",
    413: "body_too_large",
    415: "media_type_unsupported",
    422: "validation_failed",
    500: "internal",
}
MESSAGES = {
    "extra_forbidden": "This field is not known, or not yours to set.",
    "missing": "This field is required.",
    "timezone_aware": "Give the time with an offset, such as 2026-01-31T09:00:00Z.",
}


class UserUnknown(Unauthorized):
    """The token is genuine, and its account is gone."""

    code = "user_unknown"
    error = "invalid_token"
    detail = "The account of this token does not exist any more."


def init_app(app: Flask) -> None:
    """Answer every error of ``app`` in the one shape."""
    app.register_error_handler(Refusal, _refusal)
    app.register_error_handler(ValidationError, _invalid)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(InternalServerError, _internal)


def _refusal(refusal: Refusal) -> Response:
    return _problem(refusal.problem(), refusal.status, refusal.headers)


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    body = {
        "type": "about:blank",
        "title": error.name,
        "status": status,
        "detail": error.description or error.name,
        "code": CODES.get(status, "http_error"),
    }
    headers = dict(error.get_headers())
    headers.pop("Content-Type", None)
    return _problem(body, status, headers)


def _internal(error: InternalServerError) -> Response:
    error.description = "Something went wrong here. The log has it under this request_id."
    return _http(error)


def _invalid(error: ValidationError) -> Response:
    found = error.errors(include_url=False, include_context=False, include_input=False)
    if any(one["type"] == "json_invalid" for one in found):
        return _problem_of(400, "Bad Request", "The body is not JSON.")
    errors = [
        {
            "field": ".".join(map(str, one["loc"])),
            "message": MESSAGES.get(one["type"], one["msg"]),
            "code": one["type"],
        }
        for one in found
    ]
    return _problem_of(
        422, "Unprocessable Content", "Some fields are not as they must be.", errors=errors
    )


def _problem_of(status: int, title: str, detail: str, **members: object) -> Response:
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    return _problem({**body, "code": CODES[status], **members}, status, {})


def _problem(body: dict[str, object], status: int, headers: dict[str, str]) -> Response:
    response = jsonify({**body, "request_id": g.get("request_id")})
    response.status_code = status
    response.headers.update(headers)
    response.content_type = "application/problem+json"
    return response
