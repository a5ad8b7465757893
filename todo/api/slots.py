"""Limits on what runs at the same time, in a process and for each user."""

from collections import Counter
from collections.abc import Callable
from threading import Lock
from uuid import UUID

from .problems import Problem


class Slots:
    """A number of slots of a process, of which a user may take only some."""

    def __init__(self, in_all: int, each: int, busy: Problem, limit: Problem) -> None:
        self._in_all = in_all
        self._each = each
        self._busy = busy
        self._limit = limit
        self._lock = Lock()
        self._taken: Counter[UUID] = Counter()

    def take(self, user_id: UUID) -> Callable[[], None]:
        """Take a slot, and return the function that gives it back.

        Raises ``limit`` if the user has all slots that a user may have, and ``busy`` if no slot
        is free.
        """
        with self._lock:
            if self._taken[user_id] >= self._each:
                raise self._limit
            if self._taken.total() >= self._in_all:
                raise self._busy
            self._taken[user_id] += 1

        def give_back() -> None:
            with self._lock:
                self._taken[user_id] -= 1
                if not self._taken[user_id]:
                    del self._taken[user_id]

        return give_back
