"""What every answer says to browsers: which origins may read it, and how to treat it."""

from flask import Flask, Response
from flask_cors import CORS

# For an API that is read by scripts and never shown as a page.
_HEADERS = {
    "Cache-Control": "private, no-cache",  # kept, but asked for again: entity tags make that cheap
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def init_app(app: Flask) -> None:
    """Let the origins in CORS_ORIGINS use the API, errors included; a preflight needs no token."""
    app.after_request(_harden)
    if app.config.get("CORS_ORIGINS"):
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
            expose_headers=["ETag", "Location", "Retry-After", "WWW-Authenticate", "X-Request-ID"],
            max_age=600,
        )


def _harden(response: Response) -> Response:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    return response
