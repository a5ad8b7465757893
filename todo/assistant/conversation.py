"""A turn of a conversation, as a responder sees it: the message, and what is done in return.

A responder is a function ``respond(turn)`` that yields steps. Whatever it saves goes through
``turn.reply()``: one transaction of the verified user, in which tasks are changed, and the
messages and cards about these changes are added to the conversation. So both are committed, or
none of them is.
"""

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from bridge import User

from ..store import changes, conversations
from ..store.conversations import NewItem
from ..store.errors import ChangedSince, NotFound
from ..store.records import ChatItem
from ..store.session import Transaction, write
from . import chatkit, edits, phrases, widgets
from .edits import Edit, Outcome

MAX_UNDO_SEARCH = 100


class Failed(Exception):
    """The turn can't be completed; the message is a sentence for the user."""

    def __init__(self, message: str, *, allow_retry: bool) -> None:
        super().__init__(message)
        self.message = message
        self.allow_retry = allow_retry


class AlreadyAnswered(Exception):
    """The card has no such action any more: it was answered, undone, or is none."""


class CannotUndo(Exception):
    """The change can't be undone; the message is a sentence for the user."""


@dataclass(frozen=True, slots=True)
class Words:
    """More words of a message, which is saved when it ends."""

    text: str


@dataclass(frozen=True, slots=True)
class EndOfWords:
    """The message ends here, because something else follows."""


@dataclass(frozen=True, slots=True)
class Progress:
    """What is being done, to be shown while it takes time."""

    text: str


@dataclass(frozen=True, slots=True)
class Ping:
    """Nothing to send; the server looks whether the reader is still there."""


@dataclass(frozen=True, slots=True)
class Saved:
    """An item was added to the conversation."""

    item: ChatItem


@dataclass(frozen=True, slots=True)
class Replaced:
    """An item has another content."""

    item: ChatItem


@dataclass(frozen=True, slots=True)
class TasksChanged:
    """Tasks were changed, so lists of tasks are stale."""


Step = Words | EndOfWords | Progress | Ping | Saved | Replaced | TasksChanged


@dataclass
class Turn:
    """A message of the user, and the conversation that it belongs to."""

    user: User
    thread_id: UUID
    text: str
    now: datetime
    zone: ZoneInfo
    """Time zone of the user, for days and times without an offset."""
    previous: Sequence[ChatItem] = ()
    """Items since the message before this one, in order."""
    has_changed_tasks: bool = field(default=False, init=False)

    @contextmanager
    def reply(self) -> Iterator["Reply"]:
        """Begin a transaction of the user; it commits when the block ends.

        Do not yield inside the block: a slow reader would hold the transaction. Raises
        ``NotFound`` if the conversation was deleted meanwhile, and what ``write`` raises.
        """
        with write(self.user) as transaction:
            reply = Reply(self, transaction)
            yield reply
            reply.save()
        self.has_changed_tasks |= reply.has_changed_tasks


class Reply:
    """Changes of tasks, and the messages and cards about them, in one transaction."""

    def __init__(self, turn: Turn, transaction: Transaction) -> None:
        self.transaction = transaction
        self.has_changed_tasks = False
        self._turn = turn
        self._new: list[NewItem] = []
        self._steps: list[Step] = []
        self._outcome = Outcome()
        self._confirmed: ChatItem | None = None

    def say(self, markdown: str, memo: dict[str, Any] | None = None) -> None:
        """Add a message of the assistant; ``memo`` is for later turns only."""
        self._new.append(message(markdown, memo))

    def keep(self, item: NewItem) -> None:
        """Add an item as it is."""
        self._new.append(item)

    def show(
        self, widget: widgets.Widget, copy_text: str, memo: dict[str, Any] | None = None
    ) -> None:
        """Add a widget; ``copy_text`` is the same as plain text."""
        self._new.append(card(widget, copy_text, memo))

    def apply(self, some: Sequence[Edit]) -> Outcome:
        """Apply edits; a receipt for all edits of the reply follows its messages.

        Raises ``TooManyTags``.
        """
        outcome = edits.apply(self.transaction, some)
        self._outcome.add(outcome)
        return outcome

    def propose(
        self,
        question: str,
        rows: Sequence[str],
        some: Sequence[Edit],
        *,
        confirm: str,
        cancel: str = "Cancel",
    ) -> None:
        """Add a card that asks before edits are applied; ``rows`` tell what the edits are."""
        widget = widgets.proposal(question, rows, confirm, cancel)
        self.show(widget, question, {"edits": edits.to_json(some)})

    def find(self, item_id: UUID) -> ChatItem:
        """Return an item of this conversation, or raise ``NotFound``."""
        return conversations.find_item(self.transaction, self._turn.thread_id, item_id)

    def confirm(self, item_id: UUID) -> Outcome:
        """Apply the edits that a card proposes; its receipt takes the place of the card.

        Tasks that were changed since the card was shown are left as they are. Raises
        ``AlreadyAnswered``, ``NotFound`` and ``TooManyTags``.
        """
        item = self._open(item_id, "edits")
        assert item.memo is not None  # noqa: S101 (checked by _open; for the type checker)
        self._confirmed = item
        return self.apply(edits.from_json(item.memo["edits"]))

    def cancel(self, item_id: UUID) -> None:
        """Close a card without applying its edits. Raises ``AlreadyAnswered``, ``NotFound``."""
        self._replace(self._open(item_id, "edits"), widgets.note, "Nothing was changed.")

    def undo(self, item_id: UUID) -> int:
        """Revert the changes of a receipt, and return the number of their tasks.

        Raises ``AlreadyAnswered``, ``NotFound`` and ``CannotUndo``; then nothing is changed.
        """
        item = self._open(item_id, "undo")
        assert item.memo is not None  # noqa: S101 (checked by _open; for the type checker)
        try:
            number = changes.undo(self.transaction, UUID(item.memo["undo"]))
        except ChangedSince:
            raise CannotUndo("It was changed meanwhile, so it can't be undone.") from None
        except NotFound:
            raise CannotUndo("It can't be undone any more.") from None
        self.has_changed_tasks = True
        self._replace(item, widgets.note, f"{item.content['copy_text']} · undone")
        return number

    def latest_undoable(self) -> ChatItem | None:
        """Return the latest receipt of this conversation that was not undone."""
        latest, _ = conversations.page_of_items(
            self.transaction, self._turn.thread_id, limit=MAX_UNDO_SEARCH, order="desc"
        )
        return next((item for item in latest if item.memo and "undo" in item.memo), None)

    def save(self) -> None:
        """Save undo data, receipts, messages and cards; ``turn.reply`` calls it at the end."""
        if self._outcome.changes_tasks:
            self.has_changed_tasks = True
            # None if the changes cancel each other out, as a task that is added and deleted.
            change_id = changes.save(self.transaction)
            self._add_receipt(str(change_id) if change_id else None)
        elif self._confirmed is not None:
            self._add_receipt(None)
        items = conversations.add_items(self.transaction, self._turn.thread_id, self._new)
        self._steps += map(Saved, items)
        if self.has_changed_tasks:
            self._steps.append(TasksChanged())

    def steps(self) -> Sequence[Step]:
        """Return the steps that tell the client what was saved, after the block has ended."""
        return self._steps

    def _add_receipt(self, change_id: str | None) -> None:
        text = phrases.summary(self._outcome)
        if self._outcome.skipped:
            text += f"; {phrases.count(self._outcome.skipped, 'task')} had been changed meanwhile"
        widget = widgets.receipt if change_id else widgets.note
        memo = {"undo": change_id} if change_id else None
        if self._confirmed is not None:
            self._replace(self._confirmed, widget, text, memo)
        else:
            self.show(widget(text), text, memo)

    def _open(self, item_id: UUID, action: str) -> ChatItem:
        item = self.find(item_id)
        if not item.memo or action not in item.memo:
            raise AlreadyAnswered
        return item

    def _replace(
        self,
        item: ChatItem,
        widget: Callable[[str], widgets.Widget],
        text: str,
        memo: dict[str, Any] | None = None,
    ) -> None:
        content = card(widget(text), text).content
        replaced = conversations.replace_item(self.transaction, item, content, memo)
        self._steps.append(Replaced(replaced))


Responder = Callable[[Turn], Generator[Step, None, None]]


def message(
    markdown: str, memo: dict[str, Any] | None = None, item_id: UUID | None = None
) -> NewItem:
    """Return a message of the assistant; ``item_id`` is its id if the client has seen it."""
    return NewItem("assistant_message", {"content": [chatkit.text_part(markdown)]}, memo, item_id)


def card(widget: widgets.Widget, copy_text: str, memo: dict[str, Any] | None = None) -> NewItem:
    """Return a card of the assistant; ``copy_text`` is the same as plain text."""
    return NewItem("widget", {"widget": widget, "copy_text": copy_text}, memo)
