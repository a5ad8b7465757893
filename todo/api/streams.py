"""Streams of the assistant: how many there may be, and when each of them has to end."""

import socket
from collections import Counter
from collections.abc import Callable
from threading import Lock
from time import monotonic
from typing import Any
from uuid import UUID

from flask import Flask, current_app, request

from ..assistant.conversation import Failed
from ..assistant.turns import ReaderGone, Stopping
from .problems import ChatBusy, ChatLimit

LOOK_EVERY_SECONDS = 1
"""How often a stream looks whether its reader is still connected."""

_EXTENSION = "chat_streams"


def init_app(app: Flask) -> None:
    """Prepare the slots of this process."""
    app.extensions[_EXTENSION] = _Slots(app.config["CHAT_STREAMS"], app.config["CHAT_STREAMS_EACH"])


def take_slot(user_id: UUID) -> Callable[[], None]:
    """Take a slot for a stream of a user, and return the function that gives it back.

    Raises ``ChatLimit`` and ``ChatBusy``.
    """
    slots: _Slots = current_app.extensions[_EXTENSION]
    slots.take(user_id)

    def give_back() -> None:
        slots.give_back(user_id)

    return give_back


class _Slots:
    """Limits the streams of this process, in all and of each user.

    Each stream has a thread, and gunicorn accepts connections even if all threads are busy. Without
    a limit below the number of threads, streams would stop the API.
    """

    def __init__(self, in_all: int, each: int) -> None:
        self._in_all = in_all
        self._each = each
        self._lock = Lock()
        self._taken: Counter[UUID] = Counter()

    def take(self, user_id: UUID) -> None:
        with self._lock:
            if self._taken[user_id] >= self._each:
                raise ChatLimit("Wait until your other answers are complete.")
            if self._taken.total() >= self._in_all:
                raise ChatBusy("The assistant is busy. Try again in a moment.")
            self._taken[user_id] += 1

    def give_back(self, user_id: UUID) -> None:
        with self._lock:
            self._taken[user_id] -= 1
            self._taken += Counter()  # removes users without a stream


def check_of_stream() -> Callable[[], None]:
    """Return the check that ``turns.run`` makes between its steps, for the current request."""
    connection: socket.socket | None = request.environ.get("gunicorn.socket")
    worker: Any = current_app.extensions.get("gunicorn_worker")
    seconds = current_app.config["CHAT_TURN_SECONDS"]
    ends_at = monotonic() + seconds
    look_at = monotonic() + LOOK_EVERY_SECONDS

    def check() -> None:
        nonlocal look_at
        if worker is not None and not worker.alive:
            raise Stopping
        now = monotonic()
        if now >= ends_at:
            raise Failed("The answer took too long. Try again.", allow_retry=True)
        if now >= look_at:
            look_at = now + LOOK_EVERY_SECONDS
            if connection is not None and _is_closed(connection):
                raise ReaderGone

    return check


def _is_closed(connection: socket.socket) -> bool:
    """Tell whether the client has closed the connection.

    The first write into a closed connection succeeds, so writing would notice it late.
    """
    try:
        return connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True
