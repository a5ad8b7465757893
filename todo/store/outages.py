"""Outages of the database: refused quickly while they last, and logged once.

A PostgreSQL that hangs (a stopped process, a full disk) keeps its connections open, and neither
the driver nor the kernel ends a wait for its response. Each such wait would hold a thread.
"""

import logging
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from time import monotonic
from typing import Any

from .errors import DatabaseUnavailable

log = logging.getLogger(__name__)

STATEMENT_SECONDS = 15
"""A connection is closed if it waits longer than this for a response."""
SUSPECT_SECONDS = 2
"""The database is taken to hang if two statements, and all since, take longer than this."""
LOG_EVERY_SECONDS = 60
"""An outage is logged again, with the number of refused requests, after this time."""


class _Waits:
    """Statements of this process that wait for a response of PostgreSQL."""

    def __init__(self) -> None:
        self.started: dict[int, tuple[float, Any]] = {}
        """Thread -> the time at which its statement began, and its connection."""
        self.last_response = 0.0
        self.is_suspect = False
        """Whether a connection was closed and no response has arrived since."""
        self.watchdog: threading.Thread | None = None


_waits = _Waits()


def _forget() -> None:
    """Forget the waits of the parent process, and its watchdog, which a fork does not copy."""
    global _waits  # noqa: PLW0603 (state of the process)
    _waits = _Waits()


os.register_at_fork(after_in_child=_forget)


@contextmanager
def waiting(connection: Any) -> Iterator[None]:
    """Let the watchdog see that this thread waits for PostgreSQL.

    ``connection`` is that of the driver, or None while a connection is being opened.
    """
    waits = _waits
    if waits.watchdog is None:
        waits.watchdog = threading.Thread(target=_watch, args=[waits], daemon=True)
        waits.watchdog.start()
    thread = threading.get_ident()
    waits.started[thread] = (monotonic(), connection)
    try:
        yield
        if connection is not None:  # the pool may lend a connection although PostgreSQL hangs
            waits.last_response = monotonic()
            waits.is_suspect = False
    finally:
        del waits.started[thread]


def check() -> None:
    """Raise ``DatabaseUnavailable`` at once if the database hangs.

    While it is only suspected, one statement at a time finds out whether it responds again.
    """
    waits = _waits
    if not waits.started:
        return
    now = monotonic()
    starts = [start for start, _ in list(waits.started.values())]
    late = [
        start for start in starts if start < now - SUSPECT_SECONDS and start > waits.last_response
    ]
    if len(late) >= 2 or (waits.is_suspect and starts):
        raise DatabaseUnavailable("the database does not respond")


def _watch(waits: _Waits) -> None:
    while True:
        threading.Event().wait(1)
        for start, connection in list(waits.started.values()):
            if connection is not None and start < monotonic() - STATEMENT_SECONDS:
                waits.is_suspect = True
                _close(connection)


def _close(connection: Any) -> None:
    """Close the socket of a connection that another thread waits for, which ends the wait."""
    with suppress(Exception):  # the connection may have been closed meanwhile
        duplicate = socket.socket(fileno=os.dup(connection.fileno()))
        try:
            duplicate.shutdown(socket.SHUT_RDWR)
        finally:
            duplicate.close()


class _Outage:
    """The outage that is going on, for the log."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.cause = ""
        self.logged_at = 0.0
        self.refused = 0


_outage = _Outage()


def report(error: Exception) -> None:
    """Log that the database can't serve a request: once per cause and minute."""
    with _outage.lock:
        _outage.refused += 1
        cause = str(error)
        now = monotonic()
        if cause == _outage.cause and now < _outage.logged_at + LOG_EVERY_SECONDS:
            return
        _outage.cause, _outage.logged_at = cause, now
        log.error("the database can't serve requests (%s refused): %s", _outage.refused, cause)


def is_over() -> None:
    """Log that the database serves requests again, if it did not."""
    if not _outage.cause:
        return
    with _outage.lock:
        if _outage.cause:
            log.warning("the database serves requests again; %s were refused", _outage.refused)
            _outage.cause, _outage.refused = "", 0
