"""Swagger UI at /api/docs: read the API and try requests; all files come from this service."""

from importlib.util import find_spec
from pathlib import Path

from flask import Blueprint, Response, send_from_directory

bp = Blueprint("docs_page", __name__, url_prefix="/api/docs")

# Located without an import, which would load all pages of the package into memory.
_SPEC = find_spec("offapi")
_SWAGGER = Path((_SPEC.submodule_search_locations or [""])[0]) if _SPEC else Path()
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Tasks and tags</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="docs/swagger.css">
<div id="page"></div>
<script src="docs/swagger.js"></script>
<script src="docs/start.js"></script>
</html>
"""
_START = """SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#page",
  deepLinking: true,
  validatorUrl: null,
});
"""


@bp.get("")
def page() -> Response:
    """Return the page."""
    response = Response(_PAGE, mimetype="text/html")
    response.headers["Content-Security-Policy"] = _POLICY
    return response


@bp.get("/start.js")
def start() -> Response:
    """Return the script of the page; the Content-Security-Policy allows no inline script."""
    return Response(_START, mimetype="text/javascript")


@bp.get("/swagger.js", defaults={"name": "swagger_bundle.js"})
@bp.get("/swagger.css", defaults={"name": "swagger_style.css"})
def part(name: str) -> Response:
    """Return a file of Swagger UI."""
    return send_from_directory(_SWAGGER, name)
