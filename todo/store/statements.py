"""Statements that are built and compiled once, and run on the database driver's own connection.

SQLAlchemy writes the SQL and converts the values. To run it by a SQLAlchemy connection would cost a
tenth of the requests per second for reads and a quarter for writes (bench/README.md).
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BindParameter,
    Boolean,
    ColumnElement,
    Dialect,
    Executable,
    FromClause,
    Select,
    Text,
    TypeDecorator,
    UpdateBase,
    Uuid,
    bindparam,
    literal_column,
    select,
    true,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.visitors import iterate
from sqlalchemy.types import TypeEngine

from .tables import owners

Convert = Callable[[Any], Any]

USER_ID = bindparam("owner_id", type_=owners.c.user_id.type)
"""The owner of all rows that a statement reads or writes; the connection binds it."""


def bound(name: str, column: ColumnElement[Any]) -> BindParameter[Any]:
    """Return a parameter for a value of ``column``, to be passed by ``name``."""
    return bindparam(name, type_=column.type)


def of_owner(rows: FromClause, *columns: ColumnElement[Any]) -> Select[Any]:
    """Return a query of ``columns``, found in ``rows``, that also tells whether the owner exists.

    It finds one row of NULLs if there are no such rows, and no row at all without the owner: the
    account is checked in the same round trip. The order of ``rows`` is lost.
    """
    query = select(*columns).select_from(owners).join(rows, true(), isouter=True)
    return query.where(owners.c.user_id == USER_ID)


class _IdList(TypeDecorator[list[UUID]]):
    """Several ids in one parameter: an array on PostgreSQL, JSON on SQLite."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        is_postgresql = dialect.name == "postgresql"
        return dialect.type_descriptor(ARRAY(Uuid()) if is_postgresql else Text())

    def process_bind_param(self, value: list[UUID] | None, dialect: Dialect) -> Any:
        if value is None or dialect.name == "postgresql":
            return value
        return json.dumps([str(one) for one in value])


class _is_any_of(FunctionElement[bool]):  # noqa: N801 (a function of SQL)
    type = Boolean()
    inherit_cache = True


@compiles(_is_any_of, "postgresql")
def _is_any_of_postgresql(element: _is_any_of, compiler: SQLCompiler, **options: Any) -> str:
    column, ids = (compiler.process(clause, **options) for clause in element.clauses)
    return f"{column} = ANY({ids})"


@compiles(_is_any_of, "sqlite")
def _is_any_of_sqlite(element: _is_any_of, compiler: SQLCompiler, **options: Any) -> str:
    column, ids = (compiler.process(clause, **options) for clause in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({ids}))"  # noqa: S608 (compiled SQL)


def is_any_of(column: ColumnElement[UUID], name: str) -> ColumnElement[bool]:
    """Return the condition that ``column`` is one of a list of ids, to be passed by ``name``.

    One SQL text serves lists of any length.
    """
    return _is_any_of(column, bindparam(name, type_=_IdList()))


def number(value: int) -> ColumnElement[int]:
    """Return a number that is written into the SQL: PostgreSQL takes an unknown LIMIT for large."""
    return literal_column(str(value))


class Statement:
    """A statement about the rows of one user, compiled once per database.

    Raises ``ValueError`` unless the statement names the user.
    """

    def __init__(self, statement: Select[Any] | UpdateBase) -> None:
        if USER_ID.key not in {
            element.key for element in iterate(statement) if isinstance(element, BindParameter)
        }:
            raise ValueError(f"a statement without its user: {statement}")
        self._statement = statement
        self._compiled: dict[str, Compiled] = {}

    def compiled(self, dialect: Dialect) -> "Compiled":
        """Return the statement in the SQL of ``dialect``."""
        if dialect.name not in self._compiled:
            self._compiled[dialect.name] = Compiled.of(self._statement, dialect)
        return self._compiled[dialect.name]


@dataclass(frozen=True, slots=True)
class Compiled:
    """The SQL of a statement, and how its values are converted to and from the driver's."""

    sql: str
    constants: dict[str, Any]
    order: list[str] | None
    binds: list[tuple[str, Convert]]
    results: list[tuple[int, Convert]]

    @classmethod
    def of(cls, statement: Executable, dialect: Dialect) -> "Compiled":
        """Compile ``statement`` for ``dialect``."""
        compiled: Any = statement.compile(dialect=dialect)  # type: ignore[attr-defined]
        columns: Iterable[Any] = statement.selected_columns if isinstance(statement, Select) else ()
        return cls(
            sql=str(compiled),
            constants=dict(compiled.construct_params(_check=False)),
            order=compiled.positiontup,
            binds=[
                (name, convert)
                for bind, name in compiled.bind_names.items()
                if (convert := bind.type.dialect_impl(dialect).bind_processor(dialect))
            ],
            results=[
                (index, convert)
                for index, column in enumerate(columns)
                if (convert := column.type.dialect_impl(dialect).result_processor(dialect, None))
            ],
        )

    def parameters(self, values: Mapping[str, Any]) -> Any:
        """Return ``values`` and the statement's own constants as the driver takes them."""
        parameters = {**self.constants, **values}
        for name, convert in self.binds:
            parameters[name] = convert(parameters[name])
        return parameters if self.order is None else [parameters[name] for name in self.order]

    def row(self, values: tuple[Any, ...]) -> list[Any]:
        """Return a row of the driver's with the values of its columns' types."""
        row = list(values)
        for index, convert in self.results:
            row[index] = convert(row[index])
        return row
