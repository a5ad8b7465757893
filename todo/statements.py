"""Runs the queries of reading views by the database's driver alone.

SQLAlchemy spells each of them once; building it anew for each request, looking it up and wrapping
what it finds costs more than the database's own work (bench/load.py).
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Dialect, Select

from .database import db

Row = list[Any]
Convert = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Spelling:
    """A query in the words of one database."""

    sql: str
    values: dict[str, Any]
    order: list[str] | None
    binds: list[tuple[str, Convert]]
    results: list[tuple[int, Convert]]

    @classmethod
    def of(cls, query: Select[Any], dialect: Dialect) -> "Spelling":
        """Return ``query`` as ``dialect`` has it, and what turns its values to and fro."""
        compiled: Any = query.compile(dialect=dialect)
        binds = [(name, bind.type) for bind, name in compiled.bind_names.items()]
        results = enumerate(column.type for column in query.selected_columns)
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
        """Return ``values`` as the driver takes them, with those that the query itself has."""
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


class Statement:
    """A query to be run again and again; what differs is bound by name."""

    def __init__(self, query: Select[Any]) -> None:
        self._query = query
        self._spellings: dict[str, Spelling] = {}

    def rows(self, **values: Any) -> list[Row]:
        """Return all that is found, in a transaction of its own."""
        spelling = self._spelling()
        with _connection() as connection:
            found = connection.execute(spelling.sql, spelling.parameters(values)).fetchall()
        return [spelling.row(row) for row in found]

    def row(self, **values: Any) -> Row | None:
        """Return the first that is found, if any."""
        return next(iter(self.rows(**values)), None)

    def _spelling(self) -> Spelling:
        dialect = db.engine.dialect
        if dialect.name not in self._spellings:
            self._spellings[dialect.name] = Spelling.of(self._query, dialect)
        return self._spellings[dialect.name]


@contextmanager
def _connection() -> Iterator[Any]:
    """Lend a connection of the driver's that keeps no transaction open."""
    pooled = db.engine.raw_connection()
    connection: Any = pooled.driver_connection
    is_postgresql = db.engine.dialect.name == "postgresql"
    try:
        if is_postgresql:
            connection.autocommit = True
        yield connection
        if is_postgresql:
            connection.autocommit = False
    except BaseException:
        pooled.invalidate()
        raise
    finally:
        pooled.close()
