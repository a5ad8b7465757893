"""Alembic environment of ``flask db``: migrate the service's tables in the app's database."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from alembic import context
from alembic.util import CommandError
from flask import current_app
from sqlalchemy import Connection, Engine, Inspector, exc, inspect

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
    with explained_errors(engine):
        if engine.dialect.name == "sqlite":
            with locked_folder(Path(engine.url.database)), engine.connect() as connection:
                migrate_sqlite(connection)
        else:
            with advisory_lock(engine), engine.connect() as connection:
                migrate_postgresql(connection)


@contextmanager
def explained_errors(engine: Engine) -> Iterator[None]:
    """Raise errors of the connection and of missing rights as ``CommandError`` with a fix."""
    name, role = engine.url.database, engine.url.username
    try:
        yield
    except FileNotFoundError:
        raise CommandError(f"the folder of the database {name} does not exist") from None
    except exc.DBAPIError as error:
        cause = str(error.orig).strip().splitlines()[0]
        if isinstance(error.orig, psycopg.errors.InsufficientPrivilege):
            raise CommandError(
                f"the role {role} lacks a right in the database {name}: {cause}. Run as its owner: "
                f'GRANT USAGE, CREATE ON SCHEMA public TO "{role}"; on a shared database also: '
                f'GRANT SELECT, REFERENCES ON "user" TO "{role}"'
            ) from None
        if isinstance(error, exc.OperationalError) or "not a database" in cause:
            raise CommandError(f"the database {name} can't be used: {cause}") from None
        raise


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
        check_tables(inspect(connection), is_shared=is_shared)
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


def check_tables(found: Inspector, *, is_shared: bool) -> None:
    """Raise ``CommandError`` if tables of other software are in the way."""
    names = set(found.get_table_names())
    if "alembic_version" not in names:
        if is_shared and users.name not in names:
            raise CommandError(
                'there is a table "account" without a table "user": Better Auth has another name '
                "for it (user.modelName). Use the default name, or give the service a separate "
                "database"
            )
        if not is_shared and {"users", "accounts", "sessions"} <= names:
            raise CommandError(
                "Better Auth's tables have plural names (usePlural), such as users. Use the "
                "default names, or give the service a separate database"
            )
        taken = sorted(names & set(metadata.tables) - ({users.name} if is_shared else set()))
        if taken:
            raise CommandError(
                f"the database has tables of other software with the names {', '.join(taken)}. "
                "Give the service a separate database, or a schema of its own by the parameter "
                "options=-csearch_path%3Dtodo of DATABASE_URL"
            )
    elif is_shared and users.name in names and not has_unique_emails(found):
        raise CommandError(
            'the service was migrated before Better Auth, and so the table "user" accepts several '
            "accounts with one e-mail address. Run: "
            'CREATE UNIQUE INDEX user_email ON "user" (email)'
        )


def has_unique_emails(found: Inspector) -> bool:
    """Tell whether e-mail addresses are unique, or the table is not of revision 0001."""
    constraints = found.get_unique_constraints(users.name)
    indexes = found.get_indexes(users.name, include_auto_indexes=True)
    uniques = [*constraints, *(index for index in indexes if index["unique"])]
    is_ours = any(one["name"] == "uq_user_uuid" for one in uniques)
    return not is_ours or any(one["column_names"] == ["email"] for one in uniques)


run()
