"""A lock that works across ``os.fork``, as in gunicorn with ``--preload``."""

import os
import threading
import weakref
from collections.abc import Callable
from types import TracebackType

_FORK_WAITS_SECONDS = 1


class ForkSafeLock:
    """Reentrant lock that no fork leaves locked in the child.

    A fork waits until no other thread holds the lock, so nothing inside a ``with`` block is
    interrupted: neither a change of state nor a log line, whose stream would stay locked in the
    child. ``in_child`` is called in each child after the lock is free.
    """

    def __init__(self, in_child: Callable[[], None]) -> None:
        self._in_child = in_child
        self._lock = threading.RLock()
        self._forking_thread: int | None = None
        if hasattr(os, "register_at_fork"):
            # Fork hooks can't be unregistered, so they must not keep the lock and its owner alive.
            os.register_at_fork(
                before=_call_weakly(self._before_fork),
                after_in_parent=_call_weakly(self._after_fork_in_parent),
                after_in_child=_call_weakly(self._after_fork_in_child),
            )

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._lock.release()

    def _before_fork(self) -> None:
        if self._lock.acquire(timeout=_FORK_WAITS_SECONDS):
            self._forking_thread = threading.get_ident()

    def _after_fork_in_parent(self) -> None:
        if self._forking_thread == threading.get_ident():
            self._forking_thread = None
            self._lock.release()

    def _after_fork_in_child(self) -> None:
        if self._forking_thread == threading.get_ident():
            self._forking_thread = None
            self._lock.release()
        else:
            self._lock = threading.RLock()  # its holder is a thread that the child does not have
            self._forking_thread = None
        self._in_child()


def _call_weakly(method: Callable[[], None]) -> Callable[[], None]:
    reference = weakref.WeakMethod(method)

    def call() -> None:
        if (alive := reference()) is not None:
            alive()

    return call
