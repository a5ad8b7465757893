"""Tells whoever runs the service whether it lives, and whether it can serve."""

import logging
from functools import cache

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Blueprint, Response, jsonify
from sqlalchemy.exc import SQLAlchemyError

from .database import MIGRATIONS_PATH, reader
from .users import auth

log = logging.getLogger(__name__)

bp = Blueprint("health", __name__)


@bp.get("/healthz")
def live() -> dict[str, str]:
    """Return that the process answers; nothing else is looked at."""
    return {"status": "ok"}


@bp.get("/readyz")
def ready() -> Response:
    """Return whether requests can be served: 503 until the database and the keys are there."""
    keys = auth.health()
    database = _database_state()
    is_ready = database == "ok" and bool(keys["ready"])
    response = jsonify(ready=is_ready, database=database, keys=keys)
    response.status_code = 200 if is_ready else 503
    return response


def _database_state() -> str:
    """Return ``ok``, or in words what to do."""
    try:
        with reader().connect() as connection:
            revision = MigrationContext.configure(connection).get_current_revision()
    except SQLAlchemyError as error:
        log.warning("the database can't be used: %s", error)
        return "it can't be used; the log says why"
    # One that is not known here is a newer release's, which is migrated before we are replaced.
    is_behind = revision is None or revision in _earlier_revisions()
    return "run flask db upgrade" if is_behind else "ok"


@cache
def _earlier_revisions() -> set[str]:
    scripts = ScriptDirectory(str(MIGRATIONS_PATH))
    return {script.revision for script in scripts.walk_revisions()} - set(scripts.get_heads())
