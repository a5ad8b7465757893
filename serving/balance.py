"""The numbers of connections of all workers, in memory that they share."""

import mmap
from collections.abc import Callable
from time import monotonic

SLOTS = 64
# A worker that has not published its number for so long hangs or has ended.
ALIVE_SECONDS = 2.0


class Balance:
    """Lets workers with fewer connections accept first.

    The kernel wakes all workers for a new connection, and often the same one is the first: of two
    workers, one got all of 16 connections in 5 of 16 runs. ``age`` is gunicorn's number of a
    worker; only workers whose ages differ by 64 share a slot.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._slots = memoryview(mmap.mmap(-1, SLOTS * 2 * 8)).cast("d")

    def publish(self, age: int, connections: int) -> None:
        """Publish the number of connections of a worker."""
        at = age % SLOTS * 2
        self._slots[at] = self._clock()
        self._slots[at + 1] = connections

    def leave(self, age: int) -> None:
        """Remove a worker that accepts no connections any more."""
        self._slots[age % SLOTS * 2] = 0.0

    def gives_way(self, age: int, connections: int) -> bool:
        """Return whether another worker should accept the next connection.

        One more than the other and an eighth is even enough. To be exact would take longer when
        many connections are opened at once, or each for one request.
        """
        alive_since = self._clock() - ALIVE_SECONDS
        slots = self._slots.tolist()
        return any(
            seen > alive_since and other * 9 / 8 + 1 < connections
            for number, (seen, other) in enumerate(zip(slots[::2], slots[1::2], strict=True))
            if number != age % SLOTS
        )
