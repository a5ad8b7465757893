"""Runs the migrations on the service's database; Better Auth's tables are not ours."""

from alembic import context
from flask import current_app

db = current_app.extensions["migrate"].db
OURS = {"tasks", "tags", "task_tags"}


def is_ours(thing: object, name: str | None, kind: str, *_: object) -> bool:
    """Tell Alembic which tables to look at."""
    return kind != "table" or name in OURS


with db.engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=db.metadata,
        include_object=is_ours,
    )
    with context.begin_transaction():
        if connection.dialect.name == "postgresql":
            # Two upgrades at once: the second waits, and finds nothing left to do.
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7245131)")
        context.run_migrations()
    connection.commit()
