"""Cross-origin requests of browsers (CORS)."""

import re

from flask import Flask
from flask_cors import CORS


def init_app(app: Flask) -> None:
    """Allow the origins in CORS_ORIGINS, for errors too; a preflight needs no token."""
    if not app.config.get("CORS_ORIGINS"):
        return
    CORS(
        app,
        # Flask-CORS takes text with brackets, such as http://[::1]:3000, for an expression.
        origins=[re.compile(f"{re.escape(origin)}\\Z") for origin in app.config["CORS_ORIGINS"]],
        allow_headers=[
            "Authorization",
            "Content-Type",
            "Idempotency-Key",
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
