"""Runs what is asked of tasks again and again by the database's driver alone.

SQLAlchemy spells each statement once; building it anew for each request, looking it up and
wrapping what it finds costs more than the database's own work (bench/load.py).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
from psycopg.pq import TransactionStatus
from sqlalchemy import BindParameter, Dialect, Executable, Select, bindparam

from .database import db, turn_of

Row = list[Any]
Convert = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Spelling:
    """A statement in the words of one database."""

    sql: str
    values: dict[str, Any]
    order: list[str] | None
    binds: list[tuple[str, Convert]]
    results: list[tuple[int, Convert]]

    @classmethod
    def of(cls, statement: Executable, dialect: Dialect) -> "Spelling":
        """Return ``statement`` as ``dialect`` has it, and what turns its values to and fro."""
        compiled: Any = statement.compile(dialect=dialect)  # type: ignore[attr-defined]
        binds = [(name, bind.type) for bind, name in compiled.bind_names.items()]
        columns: Iterable[Any] = statement.selected_columns if isinstance(statement, Select) else ()
        results = enumerate(column.type for column in columns)
        return cls(
            str(compiled),
            dict(compiled.construct_params(_check=False)),
            compiled.positiontup,
            [
                (name, convert)
                for name, type_ in binds
                if (convert := type_.dialect_impl(dialect).bind_processor(dialect))
            ],
            [
                (index, convert)
                for index, type_ in results
                if (convert := type_.dialect_impl(dialect).result_processor(dialect, None))
            ],
        )

    def parameters(self, values: Mapping[str, Any]) -> Any:
        """Return ``values`` as the driver takes them, with those that the statement itself has."""
        bound = {**self.values, **values}
        for name, convert in self.binds:
            bound[name] = convert(bound[name])
        return bound if self.order is None else [bound[name] for name in self.order]

    def row(self, found: tuple[Any, ...]) -> Row:
        """Return what the driver found, as Python has it."""
        row = list(found)
        for index, convert in self.results:
            row[index] = convert(row[index])
        return row


def bound(name: str, column: Any) -> BindParameter[Any]:
    """Return what stands in a statement for a value of ``column``, which is given by ``name``."""
    return bindparam(name, type_=column.type)


class Statement:
    """A statement to be run again and again; what differs is bound by name."""

    def __init__(self, statement: Executable) -> None:
        self._statement = statement
        self._spellings: dict[str, Spelling] = {}

    def rows(self, **values: Any) -> list[Row]:
        """Return all that is found, in a transaction of its own."""
        with _connection() as connection:
            return Transaction(connection).rows(self, **values)

    def spelling(self) -> Spelling:
        """Return the statement in the words of the application's database."""
        dialect = db.engine.dialect
        if dialect.name not in self._spellings:
            self._spellings[dialect.name] = Spelling.of(self._statement, dialect)
        return self._spellings[dialect.name]


class Transaction:
    """Runs statements of which all take place or none."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        # Moments and UUIDs are read faster than from text.
        self._form = {"binary": True} if _is_postgresql(connection) else {}

    def rows(self, query: Statement, **values: Any) -> list[Row]:
        """Return all that is found."""
        spelling = query.spelling()
        parameters = spelling.parameters(values)
        found = self._connection.execute(spelling.sql, parameters, **self._form).fetchall()
        return [spelling.row(row) for row in found]

    def run(self, statement: Statement, values: Sequence[Mapping[str, Any]]) -> int:
        """Run ``statement`` for each of ``values``; return how many rows were written."""
        spelling = statement.spelling()
        parameters = [spelling.parameters(one) for one in values]
        if not parameters:
            return 0
        cursor = self._connection.cursor()
        if len(parameters) == 1:
            cursor.execute(spelling.sql, parameters[0])
        else:
            cursor.executemany(spelling.sql, parameters)
        return int(cursor.rowcount)


@contextmanager
def transaction(user_id: UUID) -> Iterator[Transaction | None]:
    """Begin as the only one who writes this user's rows, or on SQLite any; end with the block.

    Gives None if there is no such user, who is looked up on the same way.
    """
    with _connection() as connection:
        is_there = _begin(connection, user_id)
        try:
            yield Transaction(connection) if is_there else None
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")


def _begin(connection: Any, user_id: UUID) -> bool:
    """Begin a transaction, and tell whether there is the user."""
    look_up = f"""SELECT 1 FROM "user" WHERE uuid = '{user_id}'"""  # noqa: S608 (a UUID)
    if not _is_postgresql(connection):
        connection.execute("BEGIN IMMEDIATE")
        return connection.execute(look_up).fetchone() is not None
    # Several statements on one way, which the driver would else try to prepare.
    cursor = connection.execute(f"BEGIN; {turn_of(user_id)}; {look_up}", prepare=False)
    while cursor.nextset():
        pass
    return cursor.fetchone() is not None


@contextmanager
def _connection() -> Iterator[Any]:
    """Lend a connection of the driver's that begins no transaction by itself."""
    pooled = db.engine.raw_connection()
    connection: Any = pooled.driver_connection
    try:
        if _is_postgresql(connection):
            connection.autocommit = True
        yield connection
    finally:
        if not _is_idle(connection):
            pooled.invalidate()
        elif _is_postgresql(connection):
            connection.autocommit = False
        pooled.close()


def _is_idle(connection: Any) -> bool:
    if _is_postgresql(connection):
        return bool(connection.info.transaction_status == TransactionStatus.IDLE)
    return not connection.in_transaction


def _is_postgresql(connection: Any) -> bool:
    return isinstance(connection, psycopg.Connection)
