"""Which origins may use the API from a browser."""

from flask import Flask
from flask_cors import CORS


def init_app(app: Flask) -> None:
    """Allow the origins in CORS_ORIGINS, for errors too; a preflight needs no token."""
    if not app.config.get("CORS_ORIGINS"):
        return
    CORS(
        app,
        origins=app.config["CORS_ORIGINS"],
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
