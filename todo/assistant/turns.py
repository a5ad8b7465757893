"""Runs a turn: the steps of a responder become events, and what was said is kept.

However a turn ends (the reader leaves, the service restarts, the database fails), the words that
the reader saw are in the conversation afterwards.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime
from functools import singledispatch
from uuid import UUID

from uuid_utils.compat import uuid7

from ..store.errors import (
    Busy,
    ConversationFull,
    DatabaseUnavailable,
    NotFound,
    StoreError,
    TooManyTags,
    UserUnknown,
)
from ..store.tables import MAX_TAGS_OF_TASK
from . import chatkit
from .chatkit import Event
from .conversation import (
    EndOfWords,
    Failed,
    Ping,
    Progress,
    Replaced,
    Responder,
    Saved,
    Step,
    TasksChanged,
    Turn,
    Words,
    message,
)

log = logging.getLogger(__name__)

STOPPED = "*Stopped.*"
MAX_WORDS = 16_000
"""Characters of one message, beyond which an endless answer is ended."""


class ReaderGone(Exception):
    """Nobody reads the stream any more."""


class Stopping(Exception):
    """The process is being stopped or reloaded."""


def run(turn: Turn, respond: Responder, check: Callable[[], None]) -> Iterator[Event | None]:
    """Yield the events of a turn, and None where nothing is to be sent for the moment.

    ``check`` is called between the steps; it raises ``ReaderGone``, ``Stopping`` or ``Failed`` to
    end the turn.
    """
    speech = _Speech(turn)
    # A responder that is closed ends its own connections.
    with closing(respond(turn)) as steps:
        try:
            for step in steps:
                check()
                yield from _events(step, speech)
            yield from speech.end()
        except (ReaderGone, GeneratorExit):
            speech.keep(STOPPED)
            raise
        except Exception as error:  # noqa: BLE001 (the status is sent already)
            failure = _failure(error)
            speech.keep()
            allow_retry = failure.allow_retry and not turn.has_changed_tasks
            yield chatkit.error(failure.message, allow_retry=allow_retry)


def _events(step: Step, speech: "_Speech") -> Iterator[Event | None]:
    match step:
        case Words(text):
            yield from speech.add(text)
        case EndOfWords():
            yield from speech.end()
        case Progress(text):
            yield chatkit.progress(text)
        case Ping():
            yield None
        case Saved(item):
            yield chatkit.item_done(chatkit.item(item))
        case Replaced(item):
            yield chatkit.item_replaced(chatkit.item(item))
        case TasksChanged():
            yield chatkit.tasks_changed()


class _Speech:
    """The message that is being streamed."""

    def __init__(self, turn: Turn) -> None:
        self._turn = turn
        self._id: UUID | None = None
        self._text = ""

    def add(self, words: str) -> Iterator[Event]:
        """Stream more words, up to ``MAX_WORDS``."""
        words = words[: MAX_WORDS - len(self._text)]
        if not words:
            return
        if self._id is None:
            self._id = uuid7()
            yield chatkit.item_added(self._item())
            yield chatkit.part_added(self._id)
        self._text += words
        yield chatkit.text_delta(self._id, words)

    def end(self) -> Iterator[Event]:
        """Save the message, if there is one."""
        if self._id is None:
            return
        yield chatkit.part_done(self._id, self._text)
        done = self._item()
        self._save(self._text)
        yield chatkit.item_done(done)

    def keep(self, mark: str = "") -> None:
        """Save the words so far, followed by a mark, if that is possible."""
        if self._id is not None:
            with suppress(StoreError):
                self._save(f"{self._text.rstrip()}\n\n{mark}".rstrip())

    def _save(self, text: str) -> None:
        with self._turn.reply() as reply:
            reply.keep(message(text, item_id=self._id))
        self._id, self._text = None, ""

    def _item(self) -> dict[str, object]:
        assert self._id is not None  # noqa: S101 (for the type checker)
        return {
            "type": "assistant_message",
            "id": self._id,
            "thread_id": self._turn.thread_id,
            "created_at": datetime.now(UTC),
            "content": [chatkit.text_part(self._text)] if self._text else [],
        }


@singledispatch
def _failure(error: Exception) -> Failed:
    log.error("a turn of the assistant failed", exc_info=error)
    return Failed("Something went wrong. Try again.", allow_retry=True)


@_failure.register
def _(error: Failed) -> Failed:
    return error


@_failure.register
def _(_error: Stopping) -> Failed:
    return Failed("The service is being restarted. Try again.", allow_retry=True)


@_failure.register
def _(_error: DatabaseUnavailable) -> Failed:
    return Failed("The database can't be used right now. Try again.", allow_retry=True)


@_failure.register
def _(_error: Busy) -> Failed:
    return Failed("Another change takes too long. Try again.", allow_retry=True)


@_failure.register
def _(_error: NotFound) -> Failed:
    return Failed("This conversation was deleted.", allow_retry=False)


@_failure.register
def _(_error: UserUnknown) -> Failed:
    return Failed("This account does not exist any more.", allow_retry=False)


@_failure.register
def _(_error: ConversationFull) -> Failed:
    return Failed("This conversation is full. Start a new one.", allow_retry=False)


@_failure.register
def _(_error: TooManyTags) -> Failed:
    return Failed(f"A task may have at most {MAX_TAGS_OF_TASK} tags.", allow_retry=False)
