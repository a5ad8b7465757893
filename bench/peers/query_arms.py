"""The service with its queries run in another way, named by the variable ARM; see queries.py."""

import os
from contextlib import contextmanager
from typing import ClassVar

from sqlalchemy import BindParameter
from sqlalchemy.sql.visitors import iterate

from todo.store import session
from todo.store.connection import Connection
from wsgi import app


class DriverSQL(Connection):
    """Runs the compiled SQL by ``exec_driver_sql`` of a Core connection."""

    def __init__(self, core, dialect):
        super().__init__(core.connection.driver_connection, dialect)
        self._core = core

    def rows(self, query, values):
        compiled = query.compiled(self._dialect)
        result = self._core.exec_driver_sql(compiled.sql, compiled.parameters(values))
        return [compiled.row(row) for row in result.fetchall()]


class PlainCore(DriverSQL):
    """Runs the statement by a Core connection, which compiles and caches it itself."""

    names: ClassVar = {}

    def rows(self, query, values):
        names = self.names.get(query)
        if names is None:
            elements = iterate(query._statement)
            names = {one.key for one in elements if isinstance(one, BindParameter)}
            self.names[query] = names
        parameters = {name: values[name] for name in names & values.keys()}
        return self._core.execute(query._statement, parameters).fetchall()


ARMS = {"exec_driver_sql": DriverSQL, "plain Core": PlainCore}


if arm := ARMS.get(os.environ["ARM"]):

    @contextmanager
    def connection():
        engine = session.db.engine
        with engine.connect() as core:
            yield arm(core, engine.dialect)

    session._connection = connection

__all__ = ["app"]
