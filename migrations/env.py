"""How Alembic finds the database and our tables in it; ``flask db`` runs this."""

from alembic import context
from alembic.util import CommandError
from flask import current_app
from sqlalchemy import Connection, text

from todo.models import Base, own_tables

# Any number, as long as each release has the same.
LOCK = 0x746F646F


def run() -> None:
    """Migrate in one transaction, one process at a time."""
    if context.is_offline_mode():
        raise CommandError("what to do depends on the database: --sql can't tell")
    with current_app.extensions["migrate"].db.engine.connect() as connection:
        configure(connection)
        with context.begin_transaction():
            # On SQLite the transaction began as the only writer.
            if connection.dialect.name == "postgresql":
                connection.execute(text(f"SELECT pg_advisory_xact_lock({LOCK})"))
            context.run_migrations()


def configure(connection: Connection) -> None:
    """Compare and change our tables, and leave alone what Better Auth or others have there."""
    with connection.begin():
        ours = own_tables(connection)

    def is_ours(_object: object, name: str | None, kind: str, *_: object) -> bool:
        return kind != "table" or name in ours

    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        include_object=is_ours,
        # The transactions of SQLite are real here: todo.database begins them.
        transactional_ddl=True,
        **current_app.extensions["migrate"].configure_args,
    )


run()
