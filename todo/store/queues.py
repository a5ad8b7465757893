"""One transaction per user at a time in this process, so that waiting ones hold no connection.

PostgreSQL and SQLite have their own locks for the other processes. A user with many requests
behind one long transaction, such as an import, must not occupy all threads: most of them wait only
a second, and get ``Busy`` then.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from uuid import UUID

from .errors import Busy

WAIT_SECONDS = 5
"""Longest wait for a transaction of the same user, in this process or in another one."""
PATIENT = 4
"""Requests of one user that may wait that long at the same time."""
IMPATIENT_SECONDS = 1
"""Longest wait of the user's other requests."""


class _Queue:
    def __init__(self) -> None:
        self.lock = Lock()
        self.length = 0


_lock = Lock()
_queues: dict[UUID, _Queue] = {}


@contextmanager
def turn_of(user_id: UUID) -> Iterator[None]:
    """Wait until no other transaction of the user runs in this process. Raises ``Busy``."""
    with _lock:
        queue = _queues.get(user_id)
        if queue is None:
            queue = _queues[user_id] = _Queue()
        queue.length += 1
        timeout = WAIT_SECONDS if queue.length <= 1 + PATIENT else IMPATIENT_SECONDS
    try:
        if not queue.lock.acquire(timeout=timeout):
            raise Busy
        try:
            yield
        finally:
            queue.lock.release()
    finally:
        with _lock:
            queue.length -= 1
            if not queue.length:
                del _queues[user_id]
