"""Cross-origin requests of browsers (CORS)."""

import logging
import re
from collections.abc import Sequence
from time import monotonic
from urllib.parse import urlsplit

from flask import Flask, Response, request
from flask_cors import CORS

LOG_EVERY_SECONDS = 60

log = logging.getLogger(__name__)


def init_app(app: Flask) -> None:
    """Allow the origins in CORS_ORIGINS, for errors too; a preflight needs no token."""
    allowed = app.config.get("CORS_ORIGINS") or []
    app.after_request(_RefusalLog(allowed).note)
    if not allowed:
        return
    CORS(
        app,
        # Flask-CORS takes text with brackets, such as http://[::1]:3000, for an expression.
        origins=[re.compile(f"{re.escape(origin)}\\Z") for origin in allowed],
        allow_headers=[
            "Authorization",
            "Content-Type",
            "If-Match",
            "If-None-Match",
            "X-Request-ID",
        ],
        expose_headers=[
            "Change-Id",
            "ETag",
            "Location",
            "Retry-After",
            "WWW-Authenticate",
            "X-Request-ID",
        ],
        max_age=600,
    )


class _RefusalLog:
    """Logs that a browser on another origin gets no access: the browser tells only its user.

    Anyone can send any origin, so it writes at most one line per LOG_EVERY_SECONDS.
    """

    def __init__(self, allowed: Sequence[str]) -> None:
        self._allowed = allowed
        self._next_at = 0.0

    def note(self, response: Response) -> Response:
        """Log the origin of the current request if it is not allowed."""
        origin = request.headers.get("Origin")
        if origin and origin not in self._allowed and _host(origin) != request.host:
            now = monotonic()
            if now >= self._next_at:
                self._next_at = now + LOG_EVERY_SECONDS
                allowed = ", ".join(self._allowed) or "not set"
                log.warning(
                    "a browser on the origin %.100r may not read the response: CORS_ORIGINS is %s",
                    origin,
                    allowed,
                )
        return response


def _host(origin: str) -> str:
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""
