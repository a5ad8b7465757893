"""Connection poolers such as PgBouncer, between the service and PostgreSQL.

In transaction mode a pooler may run the next statement on another connection of PostgreSQL, which
does not have the prepared statements of the one before. PgBouncer 1.22 prepares them where they are
missing, under names of its own, if ``max_prepared_statements`` is above 0.
"""

from typing import Any
from uuid import uuid4

import psycopg
from psycopg.pq import ExecStatus


def configure(connection: psycopg.Connection[Any], _record: object) -> None:
    """Let a new connection prepare no statements if a pooler would mix them up."""
    if connection.prepare_threshold is None:
        return  # the setting pgbouncer=true
    (process,) = connection.execute("SELECT pg_backend_pid()", prepare=False).fetchone() or (0,)
    # A pooler can't tell the process of PostgreSQL, which changes, so it makes up a number.
    if process != connection.info.backend_pid and not _prepares_statements(connection):
        connection.prepare_threshold = None


def _prepares_statements(connection: psycopg.Connection[Any]) -> bool:
    """Tell whether the pooler gives a prepared statement a name of its own."""
    # No two clients may choose the same name: they may share a connection of PostgreSQL.
    name = f"probe_{uuid4().hex}"
    find = f"SELECT 1 FROM pg_prepared_statements WHERE name = '{name}'"  # noqa: S608 (a UUID)
    with connection.transaction():
        prepared = connection.pgconn.prepare(name.encode(), b"SELECT 1")
        if prepared.status != ExecStatus.COMMAND_OK:
            return False
        if connection.execute(find, prepare=False).fetchone() is None:
            return True
        connection.execute(f"DEALLOCATE {name}", prepare=False)
        return False
