"""Runs compiled statements on a driver's connection that begins no transaction by itself."""

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import nullcontext, suppress
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus
from sqlalchemy import Dialect

from .outages import waiting
from .queues import WAIT_SECONDS
from .statements import Statement

Row = list[Any]
Values = Mapping[str, Any]
Write = tuple[Statement, Sequence[Values]]
"""A statement, to be run once for each of the values."""


class Connection:
    """A connection of psycopg or sqlite3, lent by the pool."""

    def __init__(self, driver: Any, dialect: Dialect) -> None:
        self._driver = driver
        self._dialect = dialect
        self.is_postgresql = dialect.name == "postgresql"
        self._waiting = waiting if self.is_postgresql else nullcontext
        # psycopg parses UUIDs and times faster from the binary format.
        self._options = {"binary": True} if self.is_postgresql else {}

    def rows(self, query: Statement, values: Values) -> list[Row]:
        """Return the rows that ``query`` finds."""
        compiled = query.compiled(self._dialect)
        parameters = compiled.parameters(values)
        with self._waiting(self._driver):
            found = self._driver.execute(compiled.sql, parameters, **self._options).fetchall()
        return [compiled.row(row) for row in found]

    def run_all(self, writes: Sequence[Write]) -> None:
        """Run statements that return no rows, each once for each of its values."""
        if writes:
            with self._waiting(self._driver):
                self._send(writes)

    def _send(self, writes: Sequence[Write]) -> None:
        for statement, values in writes:
            compiled = statement.compiled(self._dialect)
            parameters = [compiled.parameters(one) for one in values]
            if len(parameters) == 1:
                self._driver.execute(compiled.sql, parameters[0])
            elif parameters:
                self._driver.cursor().executemany(compiled.sql, parameters)

    def has_table(self, name: str) -> bool:
        """Tell whether the database has a table of this name."""
        query = (
            "SELECT 1 WHERE to_regclass(%s) IS NOT NULL"
            if self.is_postgresql
            else "SELECT 1 FROM sqlite_schema WHERE name = ?"
        )
        return self._driver.execute(query, [name]).fetchone() is not None

    def schema_revision(self) -> str | None:
        """Return the revision of the migrations, or None before the first."""
        if not self.has_table("alembic_version"):
            return None
        row = self._driver.execute("SELECT version_num FROM alembic_version").fetchone()
        return None if row is None else str(row[0])

    def begin(self, take_turn: str) -> bool:
        """Begin a transaction that writes; return whether ``take_turn`` found its row.

        On SQLite the transaction begins as the only writer: one that reads first and writes later
        fails at once, whatever the timeout, when Better Auth has written in between.
        """
        if not self.is_postgresql:
            self._driver.execute("BEGIN IMMEDIATE")
            return self._driver.execute(take_turn).fetchone() is not None
        # One round trip for all statements. The driver can't prepare several at once.
        begin = f"BEGIN; SET LOCAL lock_timeout = '{WAIT_SECONDS}s'; {take_turn} FOR NO KEY UPDATE"
        with self._waiting(self._driver):
            cursor = self._driver.execute(begin, prepare=False)
        cursor.nextset()
        cursor.nextset()
        return cursor.fetchone() is not None

    def commit(self, writes: Sequence[Write]) -> None:
        """Run ``writes`` and commit: on PostgreSQL in one round trip."""
        in_one = self._driver.pipeline() if self.is_postgresql and writes else nullcontext()
        with self._waiting(self._driver), in_one:
            self._send(writes)
            self._driver.execute("COMMIT")

    def rollback(self) -> None:
        """End the transaction, if one is open; a lost connection has ended it already."""
        if not self.is_idle():
            with suppress(psycopg.Error, sqlite3.Error):
                self._driver.execute("ROLLBACK")

    def is_idle(self) -> bool:
        """Tell whether no transaction is open, so that the pool may lend the connection again."""
        if self.is_postgresql:
            return bool(self._driver.info.transaction_status == TransactionStatus.IDLE)
        return not self._driver.in_transaction
