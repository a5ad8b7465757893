"""The service: tasks and tags of verified users."""

import logging
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

from flask import Flask, Response, g, has_request_context, request
from flask_migrate import Migrate
from sqlalchemy import Engine, event, text

from bridge import BetterAuth

from . import errors, tags, tasks, users
from .models import db

auth = BetterAuth()
migrate = Migrate()
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,100}", re.ASCII)


def create_app(config: Mapping[str, object]) -> Flask:
    """Return the service with these settings; raises ``ConfigError`` if the bridge's are wrong."""
    app = Flask(__name__)
    app.config.from_mapping(config)
    _log(app)
    db.init_app(app)
    migrate.init_app(app, db, directory=str(_migrations(app)))
    app.before_request(_name_request)
    app.after_request(_answer_name)
    errors.init_app(app)
    auth.init_app(app)
    for module in (users, tasks, tags):
        app.register_blueprint(module.bp)
    app.get("/healthz")(healthz)
    app.get("/readyz")(readyz)
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            _prepare_sqlite(db.engine)
    return app


def healthz() -> dict[str, str]:
    """Say that the process lives."""
    return {"status": "ok"}


def readyz() -> tuple[dict[str, object], int]:
    """Say whether the database and the keys are there."""
    keys = auth.health()
    database = _database_is_ready()
    ready = database and bool(keys["ready"])
    return {"ready": ready, "database": database, "keys": keys}, 200 if ready else 503


def _database_is_ready() -> bool:
    try:
        with db.engine.connect() as connection:
            connection.execute(text("SELECT 1 FROM task_tags LIMIT 1"))
    except Exception:  # whatever the driver says: it is not ready
        logging.getLogger(__name__).warning("the database is not ready", exc_info=True)
        return False
    return True


def _migrations(app: Flask) -> Path:
    return Path(app.root_path).parent / "migrations"


def _name_request() -> None:
    given = request.headers.get("X-Request-ID", "")
    g.request_id = given if _REQUEST_ID.fullmatch(given) else str(uuid4())


def _answer_name(response: Response) -> Response:
    response.headers["X-Request-ID"] = g.get("request_id", "-")
    return response


def _log(app: Flask) -> None:
    """Have every line of ours carry the id of its request."""

    def name(record: logging.LogRecord) -> bool:
        record.request_id = g.get("request_id", "-") if has_request_context() else "-"
        return True

    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(levelname)s %(request_id)s %(name)s: %(message)s"))
    handler.addFilter(name)
    for logger in (logging.getLogger("bridge"), logging.getLogger("todo")):
        logger.handlers = [handler]
        logger.setLevel(str(app.config.get("LOG_LEVEL", "INFO")))


def _prepare_sqlite(engine: Engine) -> None:
    """Share the file with Better Auth: wait for its writes, and let it wait for ours."""

    @event.listens_for(engine, "connect")
    def connect(connection: Any, record: object) -> None:
        connection.isolation_level = None  # else sqlite3 would begin transactions of its own
        for pragma in ("busy_timeout = 30000", "journal_mode = WAL", "foreign_keys = ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        # Reading first and writing later fails at once if Better Auth has written in between.
        reads = has_request_context() and request.method in ("GET", "HEAD")
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")
