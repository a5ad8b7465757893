"""Alembic environment of ``flask db``: migrate the service's tables in the app's database."""

from alembic import context
from alembic.util import CommandError
from flask import current_app
from sqlalchemy import Connection, text

from todo.models import Base, own_tables

# Key of the advisory lock: an arbitrary number that must be the same in each release.
LOCK = 0x746F646F


def run() -> None:
    """Migrate in one transaction, one process at a time."""
    if context.is_offline_mode():
        raise CommandError(
            "--sql is not supported: the migrations depend on the tables in the database"
        )
    with current_app.extensions["migrate"].db.engine.connect() as connection:
        configure(connection)
        with context.begin_transaction():
            # On SQLite the transaction began with BEGIN IMMEDIATE, which takes the write lock.
            if connection.dialect.name == "postgresql":
                connection.execute(text(f"SELECT pg_advisory_xact_lock({LOCK})"))
            context.run_migrations()


def configure(connection: Connection) -> None:
    """Configure Alembic to compare and change only the service's own tables."""
    with connection.begin():
        ours = own_tables(connection)

    def is_ours(_object: object, name: str | None, kind: str, *_: object) -> bool:
        return kind != "table" or name in ours

    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        include_object=is_ours,
        # DDL is transactional on SQLite too, because todo.database begins the transactions itself.
        transactional_ddl=True,
        **current_app.extensions["migrate"].configure_args,
    )


run()
