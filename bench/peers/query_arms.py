"""The service with its statements run in another way, named by the variable ARM; see queries.py."""

import os
from contextlib import contextmanager
from typing import ClassVar

from sqlalchemy import BindParameter
from sqlalchemy.sql.visitors import iterate

from todo.store import session
from todo.store.connection import Connection
from wsgi import app


class DriverSQL(Connection):
    """Runs the compiled SQL by ``exec_driver_sql`` of a Core connection, which has transactions."""

    def __init__(self, core, dialect):
        super().__init__(core.connection.driver_connection, dialect)
        self._core = core

    def rows(self, query, values):
        compiled = query.compiled(self._dialect)
        result = self._core.exec_driver_sql(compiled.sql, compiled.parameters(values))
        return [compiled.row(row) for row in result.fetchall()]

    def run(self, statement, values):
        compiled = statement.compiled(self._dialect)
        parameters = [compiled.parameters(one) for one in values]
        self._core.exec_driver_sql(compiled.sql, parameters)

    def begin(self, take_turn):
        self._core.rollback()
        self._core.execution_options(isolation_level="READ COMMITTED")
        found = self._core.exec_driver_sql(f"{take_turn} FOR NO KEY UPDATE").first()
        return found is not None

    def commit(self, writes):
        self.run_all(writes)
        self._core.commit()

    def rollback(self):
        self._core.rollback()


class PlainCore(DriverSQL):
    """Runs the statement by a Core connection, which compiles and caches it itself."""

    names: ClassVar = {}

    def rows(self, query, values):
        return self._execute(query, [values]).fetchall()

    def run(self, statement, values):
        self._execute(statement, values)

    def _execute(self, statement, values):
        if statement not in self.names:
            elements = iterate(statement._statement)
            self.names[statement] = {one.key for one in elements if isinstance(one, BindParameter)}
        names = self.names[statement]
        parameters = [{name: one[name] for name in names & one.keys()} for one in values]
        return self._core.execute(
            statement._statement, parameters if len(parameters) > 1 else parameters[0]
        )


ARMS = {"exec_driver_sql": DriverSQL, "plain Core": PlainCore}


if arm := ARMS.get(os.environ["ARM"]):

    @contextmanager
    def connection():
        engine = session.db.engine
        with engine.connect() as core:
            yield arm(core, engine.dialect)

    session._connection = connection

__all__ = ["app"]
