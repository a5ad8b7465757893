"""Streams of the assistant: how many there may be, and when each of them has to end."""

from collections import Counter
from collections.abc import Callable
from threading import Lock
from time import monotonic
from uuid import UUID

from flask import Flask, current_app, request

from ..assistant.conversation import Failed
from ..assistant.turns import ReaderGone, Stopping
from .problems import ChatBusy, ChatLimit

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

    Streams have threads of their own (serving/worker.py). Without a limit, a new stream would wait
    for one of these threads.
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
    # Another server than that of gunicorn.conf.py does not tell either.
    client_is_gone: Callable[[], bool] = request.environ.get("todo.client_is_gone", _never)
    is_stopping: Callable[[], bool] = request.environ.get("todo.is_stopping", _never)
    seconds = current_app.config["CHAT_TURN_SECONDS"]
    ends_at = monotonic() + seconds

    def check() -> None:
        if is_stopping():
            raise Stopping
        if client_is_gone():
            raise ReaderGone
        if monotonic() >= ends_at:
            raise Failed("The answer took too long. Try again.", allow_retry=True)

    return check


def _never() -> bool:
    return False
