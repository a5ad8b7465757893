"""Responses of the server itself to requests that never reach the application."""

import json
import re
from http import HTTPStatus
from uuid import uuid4

_READABLE_LINE = re.compile(rb"([A-Z-]{3,20}) ([!-~]{1,200})")


class Refused(Exception):
    """A request that the server refuses itself; the message is for the client."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(detail)
        self.status = HTTPStatus(status)
        self.code = code


def malformed(detail: str) -> Refused:
    """Return the refusal of a request that is not valid HTTP."""
    return Refused(400, "request_malformed", detail)


def body_malformed(detail: str) -> Refused:
    """Return the refusal of a body that breaks off or is not valid HTTP."""
    return Refused(400, "body_malformed", detail)


def too_slow() -> Refused:
    """Return the refusal of a request that does not arrive in time."""
    return Refused(408, "request_timeout", "The request did not arrive in time.")


def body_too_large() -> Refused:
    """Return the refusal of a chunked body; the application refuses a Content-Length itself."""
    return Refused(413, "body_too_large", "The request body is too large.")


def target_too_long() -> Refused:
    """Return the refusal of a request line with too many bytes."""
    return Refused(414, "uri_too_long", "The address of the request is too long.")


def head_too_large(detail: str = "The header of the request is too large.") -> Refused:
    """Return the refusal of a head with too many bytes or fields."""
    return Refused(431, "headers_too_large", detail)


def failed() -> Refused:
    """Return the response to a request after an error that the application did not handle."""
    detail = "Something went wrong. Report the request_id if it happens again."
    return Refused(500, "internal", detail)


def overloaded() -> Refused:
    """Return the refusal of a body when those of other requests fill the memory."""
    return Refused(503, "overloaded", "The service is overloaded. Try again.")


class Refusal:
    """The response to a refused request, as a problem (RFC 9457) like those of the application.

    It has the attributes of gunicorn's ``Response`` that the access log reads.
    """

    def __init__(self, refused: Refused) -> None:
        request_id = uuid4().hex
        body = json.dumps(
            {
                "type": "about:blank",
                "title": refused.status.phrase,
                "status": refused.status,
                "detail": str(refused),
                "code": refused.code,
                "request_id": request_id,
            }
        ).encode()
        self.status = f"{refused.status} {refused.status.phrase}"
        self.sent = len(body)
        self.headers = [
            ("Content-Type", "application/problem+json"),
            ("Content-Length", str(len(body))),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
            ("X-Request-ID", request_id),
            ("Connection", "close"),
        ]
        if refused.status == HTTPStatus.SERVICE_UNAVAILABLE:
            self.headers.append(("Retry-After", "5"))
        fields = "".join(f"{name}: {value}\r\n" for name, value in self.headers)
        self.data = f"HTTP/1.1 {self.status}\r\n{fields}\r\n".encode() + body


def environ_of(head: bytes, address: str) -> dict[str, str]:
    """Return the WSGI variables that the access log reads, with dashes if ``head`` has no line."""
    match = _READABLE_LINE.match(head.lstrip(b"\r\n")[:512])
    method, target = (part.decode() for part in match.groups()) if match else ("-", "-")
    path, _, query = target.partition("?")
    return {
        "REMOTE_ADDR": address,
        "REQUEST_METHOD": method,
        "RAW_URI": target,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_PROTOCOL": "HTTP/1.1",
    }
