"""Undo: the data to revert the changes of a transaction, saved with the transaction.

``tasks._write`` notes each change in ``transaction.changes``, whoever asks for it: one task, many,
an import, or an undo. ``save`` stores them as one row, and ``undo`` reverts them.

A row has no content of tasks that were created or deleted: a deleted task is restored from the
trash. So the row of a large import stays small, and a task that is deleted for ever is gone.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID

import msgspec
import sqlalchemy as sql
from sqlalchemy import select
from uuid_utils.compat import uuid7

from . import tags, tasks, trash
from .errors import ChangedSince, NotFound
from .records import Change, TagOfTask, Task
from .session import Transaction
from .statements import USER_ID, Statement, bound, number
from .tables import changes
from .task_json import decode_values, encode

MAX_CHANGES = 100
PRUNE_EVERY = 16
KEPT_DAYS = 1

# The fields that must be the same before a change is undone. An undo itself raises the version.
_COMPARED = [
    field.name
    for field in fields(Task)
    if field.name
    not in {"id", "user_id", "completed", "tags", "created_at", "updated_at", "version"}
]

_ID = bound("change_id", changes.c.id)
_OF_USER = changes.c.user_id == USER_ID
_INSERT = Statement(
    sql.insert(changes).values(
        user_id=USER_ID,
        id=_ID,
        created_at=bound("created_at", changes.c.created_at),
        content=bound("content", changes.c.content),
    )
)
_CONTENT = Statement(select(changes.c.content).where(_OF_USER, changes.c.id == _ID))
_DELETE = Statement(sql.delete(changes).where(_OF_USER, changes.c.id == _ID))
_DELETE_OLD = Statement(
    sql.delete(changes).where(
        _OF_USER, changes.c.created_at < bound("before", changes.c.created_at)
    )
)
_newest = select(changes.c.id).where(_OF_USER).order_by(changes.c.id.desc())
_DELETE_ALL_BUT_NEWEST = Statement(
    sql.delete(changes).where(
        _OF_USER,
        changes.c.id <= _newest.limit(number(1)).offset(number(MAX_CHANGES)).scalar_subquery(),
    )
)


class _Entry(msgspec.Struct, array_like=True):
    """The change of one task. Tags are indexes into the tags of the whole change."""

    kind: Literal["created", "updated", "deleted"]
    task_id: UUID
    digest: str
    """Of the task after the change, or of the deleted task."""
    tags: list[int]
    """The tags of the same task."""
    former: dict[str, Any]
    """The former values of the fields that an update changed."""
    former_tags: list[int] | None


class _Content(msgspec.Struct, array_like=True):
    tags: list[UUID]
    entries: list[_Entry]


_decode = msgspec.json.Decoder(_Content).decode


def save(transaction: Transaction) -> UUID | None:
    """Save the changes of the transaction so far; return the id for ``undo``.

    Returns None if no task was changed.
    """
    pairs = list(_merged(transaction.changes))
    if not pairs:
        return None
    change_id: UUID = uuid7()
    content = encode(_content(pairs)).decode()
    row = {"change_id": change_id, "created_at": datetime.now(UTC), "content": content}
    transaction.write(_INSERT, row)
    # Not each time, because to look for old changes would slow down every write.
    if change_id.int % PRUNE_EVERY == 0:
        transaction.write(_DELETE_ALL_BUT_NEWEST, {})
    return change_id


def undo(transaction: Transaction, change_id: UUID) -> int:
    """Revert a change, and return the number of its tasks.

    Created tasks are moved to the trash, and deleted tasks come back from the trash. Tags that
    were deleted meanwhile are left out. The undo is itself a change to be saved.

    Raises ``NotFound`` if there is no such change, or if it was undone already, and
    ``ChangedSince`` if a task is not as the change left it. Nothing is changed then.
    """
    found = transaction.rows(_CONTENT, change_id=change_id)
    if not found:
        raise NotFound
    content = _decode(found[0][0])
    existing_tags = tags.find_existing(transaction, content.tags)
    of_kind: dict[str, list[tuple[_Entry, Task]]] = {"created": [], "updated": [], "deleted": []}
    for entry, task in _current(transaction, content, existing_tags):
        of_kind[entry.kind].append((entry, task))
    transaction.write(_DELETE, {"change_id": change_id})
    tasks.delete(transaction, [task for _, task in of_kind["created"]])
    tasks.restore(transaction, [task for _, task in of_kind["deleted"]])
    tasks.update_each(
        transaction,
        [
            (task, _former_values(entry, content.tags, existing_tags))
            for entry, task in of_kind["updated"]
        ],
    )
    return len(content.entries)


def delete_old(transaction: Transaction, before: datetime) -> None:
    """Delete the changes that were saved before a time."""
    transaction.write(_DELETE_OLD, {"before": before})


def _merged(pairs: Iterable[Change]) -> Iterator[tuple[UUID, Change]]:
    """Yield each task's id, and its state before the first and after the last of its changes."""
    merged: dict[UUID, Change] = {}
    for before, after in pairs:
        task = before or after
        assert task is not None  # noqa: S101 (for the type checker)
        merged[task.id] = (merged.get(task.id, (before,))[0], after)
    return ((task_id, pair) for task_id, pair in merged.items() if pair[0] != pair[1])


def _content(pairs: Iterable[tuple[UUID, Change]]) -> _Content:
    places: dict[UUID, int] = {}

    def indexes(task: Task) -> list[int]:
        return [places.setdefault(tag.id, len(places)) for tag in task.tags]

    entries = []
    for task_id, (before, after) in pairs:
        left = after or before
        assert left is not None  # noqa: S101 (for the type checker)
        former: dict[str, Any] = {}
        former_tags = None
        kind: Literal["created", "updated", "deleted"] = "created" if after else "deleted"
        if before and after:
            kind = "updated"
            former = {
                name: value
                for name in _COMPARED
                if (value := getattr(before, name)) != getattr(after, name)
            }
            former_tags = indexes(before)
        entries.append(_Entry(kind, task_id, _digest(left), indexes(left), former, former_tags))
    return _Content(list(places), entries)


def _digest(task: Task) -> str:
    content = encode([getattr(task, name) for name in _COMPARED])
    return hashlib.blake2b(content, digest_size=12).hexdigest()


def _current(
    transaction: Transaction, content: _Content, existing_tags: Iterable[TagOfTask]
) -> Iterator[tuple[_Entry, Task]]:
    """Yield each entry with its task, or raise ``ChangedSince``."""
    deleted = [entry.task_id for entry in content.entries if entry.kind == "deleted"]
    others = [entry.task_id for entry in content.entries if entry.kind != "deleted"]
    listed = tasks.find_existing(transaction, others) if others else {}
    found = listed | trash.find_some(transaction, deleted)
    missing_tags = set(content.tags) - {tag.id for tag in existing_tags}
    for entry in content.entries:
        task = found.get(entry.task_id)
        if task is None or _digest(task) != entry.digest:
            raise ChangedSince
        its_tags = {tag.id for tag in task.tags}
        if its_tags - missing_tags != {content.tags[at] for at in entry.tags} - missing_tags:
            raise ChangedSince
        yield entry, task


def _former_values(
    entry: _Entry, tag_ids: list[UUID], existing_tags: Iterable[TagOfTask]
) -> dict[str, Any]:
    values = decode_values(entry.former)
    if "completed_at" in values:
        values["completed"] = values["completed_at"] is not None
    former_tags = {tag_ids[at] for at in entry.former_tags or ()}
    return values | {"tags": [tag for tag in existing_tags if tag.id in former_tags]}
