"""The only ways to a connection: ``read(user)`` and ``write(user)``.

Both check that the account of the user exists, in the round trip that does the work, and bind
the user to every statement: no query can forget its owner. They need an application context, and
no request.
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from select import POLLIN, poll
from typing import Any, TypeVar
from uuid import UUID

import psycopg
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import event, exc, select

from bridge import User

from . import outages, poolers, queues, users
from .connection import Connection, Row, Values
from .errors import Busy, DatabaseUnavailable
from .records import Change
from .statements import Statement
from .tables import metadata, owners

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"
SQLITE_BUSY_TIMEOUT_MS = 10_000

# Errors of SQLAlchemy's pool, and of the drivers, that a retry may cure.
_OUTAGES = (
    exc.OperationalError,
    exc.InterfaceError,
    psycopg.OperationalError,
    psycopg.InterfaceError,
    sqlite3.OperationalError,
)

_NOT_MIGRATED = (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn)

Record = TypeVar("Record")

db = SQLAlchemy(
    metadata=metadata,
    # Transactions are begun and ended here, as SQL. A connection that is not idle afterwards is
    # closed, so that the pool has nothing to reset.
    engine_options={"isolation_level": "AUTOCOMMIT", "pool_reset_on_return": None},
)


class Reader:
    """Queries of one user's rows; each query sees a snapshot of its own."""

    def __init__(self, connection: Connection, user: User) -> None:
        self._connection = connection
        self._user = user
        self.user_id = users.uuid_of(user)

    def rows(self, query: Statement, **values: Any) -> list[Row]:
        """Return the rows that ``query`` finds: at least one, if it is made by ``of_owner``."""
        parameters = {"owner_id": self.user_id, **values}
        found = self._connection.rows(query, parameters)
        if not found:
            users.add_owner(self._connection, self._user)
            found = self._connection.rows(query, parameters)
        return found

    def records(
        self, record: Callable[..., Record], query: Statement, **values: Any
    ) -> list[Record]:
        """Return the rows as records, without the row of NULLs that stands for none."""
        return [record(*row) for row in self.rows(query, **values) if row[0] is not None]

    def page(
        self, record: Callable[..., Record], query: Statement, **values: Any
    ) -> tuple[list[Record], int]:
        """Return the rows as records, and the total that is in the last column of each row."""
        found = self.rows(query, **values)
        records = [record(*row[:-1]) for row in found if row[0] is not None]
        return records, found[0][-1] if found else 0


class Transaction(Reader):
    """Reads and writes of one user's rows, all of which take place or none.

    Nobody else writes rows of the user meanwhile: what was read stays true until the commit.
    """

    def __init__(self, connection: Connection, user: User) -> None:
        super().__init__(connection, user)
        self._writes: list[tuple[Statement, Sequence[Values]]] = []
        self.changes: list[Change] = []
        """The changes of tasks so far; ``changes.save`` makes it possible to undo them."""

    def rows(self, query: Statement, **values: Any) -> list[Row]:
        """Return the rows that ``query`` finds, earlier writes of the transaction included."""
        self._connection.run_all(self._writes)
        self._writes.clear()
        return self._connection.rows(query, {"owner_id": self.user_id, **values})

    def write(self, statement: Statement, *values: Values) -> None:
        """Run a statement once for each of ``values``, at the commit or before the next query."""
        if values:
            self._writes.append((statement, [{"owner_id": self.user_id, **one} for one in values]))

    def commit(self) -> None:
        """Run the remaining writes and commit."""
        self._connection.commit(self._writes)


def init_app(app: Any) -> None:
    """Prepare the engine of ``app``. It connects at the first request, so workers may fork."""
    db.init_app(app)
    Migrate(app, db, directory=str(MIGRATIONS))
    with app.app_context():
        engine = db.engine
    if engine.dialect.name == "sqlite":
        _protect(Path(engine.url.database or ""), Path(app.instance_path))
        event.listen(engine, "connect", _prepare_sqlite)
    else:
        event.listen(engine, "connect", poolers.configure)
        event.listen(engine, "checkout", _check_silence)


@contextmanager
def read(user: User) -> Iterator[Reader]:
    """Lend a connection that reads the rows of ``user``.

    Its queries raise ``UserUnknown`` and ``DatabaseUnavailable``.
    """
    with _connection() as connection:
        yield Reader(connection, user)


@contextmanager
def write(user: User) -> Iterator[Transaction]:
    """Begin a transaction of ``user``; it commits when the block ends, and an exception undoes it.

    Transactions of one user take turns: the second waits here until the first has ended. So
    parallel changes of a task see each other, positions stay distinct, and no two transactions
    lock the same rows in different orders. Raises ``UserUnknown``, ``Busy`` and
    ``DatabaseUnavailable``.
    """
    user_id = users.uuid_of(user)
    with queues.turn_of(user_id), _connection() as connection:
        try:
            while not _take_turn(connection, user_id):
                connection.rollback()
                users.add_owner(connection, user)
            transaction = Transaction(connection, user)
            yield transaction
            transaction.commit()
        except BaseException:
            connection.rollback()
            raise


def check_account(user: User) -> None:
    """Raise ``UserUnknown`` if the account does not exist: for requests that need no rows."""
    with read(user) as reader:
        reader.rows(users.ACCOUNT)


def find_user(uuid: UUID) -> User:
    """Return the user of an account, for commands and jobs; requests have ``g.user``.

    Raises ``UserUnknown`` and ``DatabaseUnavailable``.
    """
    with _connection() as connection:
        return users.find(connection, uuid)


def owner_ids() -> Iterator[UUID]:
    """Yield the UUIDs of all owners, for commands."""
    last = UUID(int=0)
    while True:
        query = select(owners.c.user_id).where(owners.c.user_id > last)
        with db.engine.connect() as connection:
            batch = connection.scalars(query.order_by(owners.c.user_id).limit(1000)).all()
        if not batch:
            return
        yield from batch
        last = batch[-1]


def schema_revision() -> str | None:
    """Return the revision of the migrations that the database has, or None before the first.

    Raises ``DatabaseUnavailable``.
    """
    with _connection() as connection:
        return connection.schema_revision()


def _take_turn(connection: Connection, user_id: UUID) -> bool:
    """Begin a transaction and lock the user's row; return whether there is one.

    The row is one of our own: to lock Better Auth's would need the right to update it.
    """
    return connection.begin(f"SELECT 1 FROM owners WHERE user_id = '{user_id}'")  # noqa: S608 (a UUID)


@contextmanager
def _connection() -> Iterator[Connection]:
    try:
        outages.check()
        with outages.waiting(None):
            pooled = db.engine.raw_connection()
        connection = Connection(pooled.driver_connection, db.engine.dialect)
        try:
            yield connection
        finally:
            if not connection.is_idle():
                pooled.invalidate()
            pooled.close()
        outages.is_over()
    except DatabaseUnavailable as error:
        outages.report(error)
        raise
    except (exc.TimeoutError, psycopg.errors.LockNotAvailable):  # no free connection, or no lock
        raise Busy from None
    except _OUTAGES as error:
        if "is locked" in str(error):  # SQLite
            raise Busy from None
        raise _unavailable(error) from error
    except _NOT_MIGRATED as error:
        raise _unavailable(error) from error


def _unavailable(error: Exception) -> DatabaseUnavailable:
    is_not_migrated = isinstance(error, _NOT_MIGRATED) or "no such" in str(error)  # SQLite
    advice = "not migrated? run flask --app wsgi db upgrade: " if is_not_migrated else ""
    unavailable = DatabaseUnavailable(f"{advice}{error}")
    outages.report(unavailable)
    return unavailable


def _protect(database: Path, instance: Path) -> None:
    """Make ``instance/`` private to the service's user, if the database is there.

    On a shared database it contains sessions and password hashes.
    """
    if instance in database.parents:
        database.touch(mode=0o600)  # before SQLite, which would let other users read the file
        instance.chmod(0o700)
        for file in instance.iterdir():
            file.chmod(0o600 if file.is_file() else 0o700)


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute(f"PRAGMA busy_timeout = {SQLITE_BUSY_TIMEOUT_MS}")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA foreign_keys = ON")


def _check_silence(connection: Any, _record: object, _pooled: object) -> None:
    """Have the pool open another connection if PostgreSQL has closed this one.

    PostgreSQL's last message waits in the socket then. To ask with a query would cost every
    request a round trip.
    """
    socket = poll()
    socket.register(connection.fileno(), POLLIN)
    if socket.poll(0):
        raise exc.DisconnectionError("PostgreSQL has closed the connection")
