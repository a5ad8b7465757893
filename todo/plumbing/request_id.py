"""An id for each request, in its response and in every line of the log."""

import logging
import re

from flask import Flask, Response, g, has_request_context, request
from uuid_utils import uuid4

HEADER = "X-Request-ID"
# The id that a client sends is written to logs and responses.
_SAFE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_FORMAT = "%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s"


class Formatter(logging.Formatter):
    """Adds the id of the current request, or a dash."""

    def format(self, record: logging.LogRecord) -> str:
        record.request_id = request_id() if has_request_context() else "-"
        return super().format(record)


def init_app(app: Flask) -> None:
    """Send the id in every response, and log to standard error unless logging is configured."""
    app.after_request(_send_request_id)
    root = logging.getLogger()
    if not root.handlers:
        handler = logging.StreamHandler()
        handler.setFormatter(Formatter(_FORMAT))
        root.addHandler(handler)
        root.setLevel(app.config.get("LOG_LEVEL", "INFO"))


def request_id() -> str:
    """Return the id of the request: the one the client sent if it is safe, otherwise a new one."""
    if "request_id" not in g:
        sent = request.headers.get(HEADER, "")
        g.request_id = sent if _SAFE_ID.fullmatch(sent) else uuid4().hex
    return str(g.request_id)


def _send_request_id(response: Response) -> Response:
    response.headers[HEADER] = request_id()
    return response
