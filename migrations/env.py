"""Alembic environment of ``flask db``: migrate the service's tables in the app's database."""

from alembic import context
from alembic.util import CommandError
from flask import current_app
from sqlalchemy import Connection, inspect

from todo.store.tables import metadata, users

# Key of the advisory lock: an arbitrary number that must be the same in each release.
LOCK = 0x746F646F


def run() -> None:
    """Migrate in one transaction, one process at a time."""
    if context.is_offline_mode():
        raise CommandError(
            "--sql is not supported: the migrations depend on the tables in the database"
        )
    with current_app.extensions["migrate"].db.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            migrate_sqlite(connection)
        else:
            migrate_postgresql(connection)


def migrate_postgresql(connection: Connection) -> None:
    """Migrate under an advisory lock; other processes wait for it."""
    configure(connection)
    with context.begin_transaction():
        connection.exec_driver_sql("BEGIN")  # connections of the service begin none by themselves
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
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
