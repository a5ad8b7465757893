"""Gives each request an id, and each line of the log the id of its request."""

import logging
import re

from flask import Flask, Response, g, has_request_context, request
from uuid_utils import uuid4

HEADER = "X-Request-ID"
# What callers send ends up in logs and answers.
_SAFE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_FORMAT = "%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s"


class Formatter(logging.Formatter):
    """Adds the id of the request under way, or a dash."""

    def format(self, record: logging.LogRecord) -> str:
        record.request_id = request_id() if has_request_context() else "-"
        return super().format(record)


def init_app(app: Flask) -> None:
    """Write the log to standard error, unless the process has a log already."""
    app.after_request(_answer_request_id)
    root = logging.getLogger()
    if not root.handlers:
        handler = logging.StreamHandler()
        handler.setFormatter(Formatter(_FORMAT))
        root.addHandler(handler)
        root.setLevel(app.config.get("LOG_LEVEL", "INFO"))


def request_id() -> str:
    """Return the id of this request: the caller's if it is safe to repeat, else a new one."""
    if "request_id" not in g:
        sent = request.headers.get(HEADER, "")
        g.request_id = sent if _SAFE_ID.fullmatch(sent) else uuid4().hex
    return str(g.request_id)


def _answer_request_id(response: Response) -> Response:
    response.headers[HEADER] = request_id()
    return response
