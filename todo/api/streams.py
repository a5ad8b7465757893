"""Streams of the assistant: how many there may be, and when each of them has to end."""

from collections.abc import Callable
from time import monotonic
from uuid import UUID

from flask import Flask, current_app, request

from ..assistant.conversation import Failed
from ..assistant.turns import ReaderGone, Stopping
from .problems import ChatBusy, ChatLimit
from .slots import Slots

_EXTENSION = "chat_slots"


def init_app(app: Flask) -> None:
    """Prepare the slots of this process.

    Streams have threads of their own (serving/worker.py). Without a limit, a new stream would wait
    for one of these threads.
    """
    app.extensions[_EXTENSION] = Slots(
        app.config["CHAT_STREAMS"],
        app.config["CHAT_STREAMS_EACH"],
        busy=ChatBusy("The assistant is busy. Try again in a moment."),
        limit=ChatLimit("Wait until your other answers are complete."),
    )


def take_slot(user_id: UUID) -> Callable[[], None]:
    """Take a slot for a stream of a user, and return the function that gives it back.

    Raises ``ChatLimit`` and ``ChatBusy``.
    """
    slots: Slots = current_app.extensions[_EXTENSION]
    return slots.take(user_id)


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
