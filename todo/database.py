"""Joins the models to a database, and gives writers their turn."""

import sqlite3
from pathlib import Path
from select import POLLIN, poll
from typing import Any, TypeVar
from uuid import UUID

from flask import Flask, g, has_request_context, request
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from psycopg import Connection as PostgresConnection
from sqlalchemy import Connection, Engine, Select, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import Session, SessionTransaction

from .errors import NotFound
from .models import Base

MIGRATIONS_PATH = Path(__file__).resolve().parent.parent / "migrations"
SQLITE_BUSY_TIMEOUT_MS = 30_000
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})  # RFC 9110, section 9.2.1

Row = TypeVar("Row")

db = SQLAlchemy(metadata=Base.metadata, session_options={"expire_on_commit": False})
migrate = Migrate(db=db, directory=str(MIGRATIONS_PATH))


def init_app(app: Flask) -> None:
    """Give ``app`` its engine; nothing is connected yet, so that workers may fork."""
    db.init_app(app)
    migrate.init_app(app)
    with app.app_context():
        engine = db.engine
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        event.listen(engine, "checkout", _require_silence)


def reader() -> Engine:
    """Return the engine for transactions that only read, also in requests that will write."""
    return db.engine.execution_options(reads_only=True)


def one(query: Select[Row]) -> Row:
    """Return the row that ``query`` finds, or raise ``NotFound``."""
    row = db.session.scalar(query)
    if row is None:
        raise NotFound
    return row


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    # The driver would begin transactions by itself, and deferred ones.
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout = {SQLITE_BUSY_TIMEOUT_MS}")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA foreign_keys = ON")


def _require_silence(connection: PostgresConnection[Any], _record: object, _pooled: object) -> None:
    """Have the pool open another connection if PostgreSQL has ended this one.

    Its farewell lies unread in the socket then; asking it would cost each request a round trip.
    """
    socket = poll()
    socket.register(connection.fileno(), POLLIN)
    if socket.poll(0):
        raise DisconnectionError("PostgreSQL has ended the connection")


def _begin_sqlite(connection: Connection) -> None:
    """Begin as a writer unless it is known that nothing will be written.

    A transaction that reads first and writes later fails at once, whatever the timeout, when
    Better Auth has written in between; one that begins as a writer waits its turn.
    """
    reads_only = connection.get_execution_options().get("reads_only") or _is_safe_request()
    connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")


@event.listens_for(db.session, "after_begin")
def _wait_for_turn(_: Session, _transaction: SessionTransaction, connection: Connection) -> None:
    if connection.dialect.name == "postgresql" and "user" in g and not _is_safe_request():
        connection.exec_driver_sql(turn_of(g.user.uuid))


def turn_of(user_id: UUID) -> str:
    """Return what PostgreSQL runs to let one request at a time write a user's rows.

    On SQLite one at a time writes any. So parallel changes of one task see each other, positions
    stay apart, and no two requests can lock the same rows in different orders. Not a lock on the
    row of the user: that is Better Auth's, and would need the right to update it.
    """
    return f"SELECT pg_advisory_xact_lock(hashtextextended('{user_id}', 0))"


def _is_safe_request() -> bool:
    return has_request_context() and request.method in SAFE_METHODS
