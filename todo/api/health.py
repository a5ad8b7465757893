"""Health of the process (/healthz), and its readiness to serve (/readyz)."""

import logging
from functools import cache

from alembic.script import ScriptDirectory
from flask import Blueprint, Response, jsonify

from ..auth import auth
from ..store.errors import DatabaseUnavailable
from ..store.session import MIGRATIONS, schema_revision

log = logging.getLogger(__name__)

bp = Blueprint("health", __name__)

_PUBLIC_KEY_STATE = ("ready", "age", "stale_left", "next_refresh", "last_error")


@bp.get("/healthz")
def live() -> dict[str, str]:
    """Return that the process responds; nothing else is checked."""
    return {"status": "ok"}


@bp.get("/readyz")
def ready() -> Response:
    """Return whether requests can be served: 503 until the database and the keys are available.

    Anyone may send this request. So the response contains codes and numbers only, and no text of
    the issuer, such as its kids. The log has the details.
    """
    health = auth.health()
    keys = {name: health[name] for name in _PUBLIC_KEY_STATE}
    database = _database_state()
    is_ready = database == "ok" and bool(keys["ready"])
    response = jsonify(ready=is_ready, database=database, keys=keys)
    response.status_code = 200 if is_ready else 503
    return response


def _database_state() -> str:
    """Return ``ok``, ``unavailable`` or ``not_migrated``."""
    try:
        revision = schema_revision()
    except DatabaseUnavailable as error:
        log.warning("the database is not available: %s", error)
        return "unavailable"
    # An unknown revision is one of a newer release, which migrates before it replaces this process.
    if revision is None or revision in _earlier_revisions():
        log.warning("the database is not migrated: run flask --app wsgi db upgrade")
        return "not_migrated"
    return "ok"


@cache
def _earlier_revisions() -> set[str]:
    scripts = ScriptDirectory(str(MIGRATIONS))
    return {script.revision for script in scripts.walk_revisions()} - set(scripts.get_heads())
