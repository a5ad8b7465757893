"""Alembic environment of ``flask db``: migrate the service's tables in the app's database."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import context
from alembic.util import CommandError
from flask import current_app
from sqlalchemy import Connection, Engine, inspect

from todo.store.tables import metadata, users

# Key of the advisory lock: an arbitrary number that must be the same in each release.
LOCK = 0x746F646F


def run() -> None:
    """Migrate one process at a time.

    All revisions are one transaction, unless a revision ends it to change rows in batches.
    """
    if context.is_offline_mode():
        raise CommandError(
            "--sql is not supported: the migrations depend on the tables in the database"
        )
    engine = current_app.extensions["migrate"].db.engine
    if engine.dialect.name == "sqlite":
        with locked_folder(Path(engine.url.database)), engine.connect() as connection:
            migrate_sqlite(connection)
    else:
        with advisory_lock(engine), engine.connect() as connection:
            migrate_postgresql(connection)


@contextmanager
def locked_folder(database: Path) -> Iterator[None]:
    """Lock the folder of an SQLite database; other migrations wait. A lock ends with its process.

    To close another descriptor of the database itself would end SQLite's locks
    (sqlite.org/howtocorrupt.html, section 2.2).
    """
    folder = os.open(database.parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


@contextmanager
def advisory_lock(engine: Engine) -> Iterator[None]:
    """Hold the advisory lock of PostgreSQL; other migrations wait.

    The lock belongs to a transaction of a connection of its own: it outlives the transactions of
    batches, and a connection pooler such as PgBouncer can't hand its connection to another client.
    """
    with engine.connect() as connection:
        connection.exec_driver_sql("BEGIN")  # connections of the service begin none by themselves
        connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
        yield
        connection.exec_driver_sql("COMMIT")


def migrate_postgresql(connection: Connection) -> None:
    """Migrate in a transaction."""
    configure(connection)
    with context.begin_transaction():
        connection.exec_driver_sql("BEGIN")
        context.run_migrations()


def migrate_sqlite(connection: Connection) -> None:
    """Migrate as the only writer, with foreign keys checked at the end.

    SQLite changes a constraint by making the table anew (sqlite.org/lang_altertable.html, section
    7). To drop the old table would delete the rows that refer to it, if foreign keys were on.
    """
    set_foreign_keys(connection, "OFF")
    try:
        configure(connection)
        with context.begin_transaction():
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            context.run_migrations()
            if broken := connection.exec_driver_sql("PRAGMA foreign_key_check").all():
                raise CommandError(f"{len(broken)} rows refer to rows that do not exist")
    finally:
        set_foreign_keys(connection, "ON")


def set_foreign_keys(connection: Connection, state: str) -> None:
    """Switch the checks of foreign keys, which works outside of transactions only."""
    driver = connection.connection.driver_connection
    assert driver is not None  # noqa: S101 (for the type checker)
    driver.execute(f"PRAGMA foreign_keys = {state}")


def configure(connection: Connection) -> None:
    """Configure Alembic to compare and change only the service's own tables."""
    with connection.begin():
        # Better Auth's table "account" tells its database, where the table "user" is its own.
        is_shared = inspect(connection).has_table("account")
    ours = set(metadata.tables) - ({users.name} if is_shared else set())

    def is_ours(_object: object, name: str | None, kind: str, *_: object) -> bool:
        return kind != "table" or name in ours

    context.configure(
        connection=connection,
        target_metadata=metadata,
        include_object=is_ours,
        transactional_ddl=True,  # also on SQLite, where the transaction is begun above
        **current_app.extensions["migrate"].configure_args,
    )


run()
