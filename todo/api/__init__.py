"""The HTTP API: one module per resource, without SQL."""

from flask import Blueprint

from bridge import require_user

from . import bulk, changes, chat, import_export, parse, stats, tags, tasks, trash


def blueprint() -> Blueprint:
    """Return all resources of a user, behind one guard that no resource can forget."""
    bp = Blueprint("api", __name__, url_prefix="/api/v1/<uuid:user_id>")
    bp.before_request(require_user(match_path="user_id"))
    for resource in (tasks, bulk, stats, parse, import_export, tags, trash, changes, chat):
        bp.register_blueprint(resource.bp)
    return bp
