"""Edits of tasks: the only way in which the assistant changes tasks.

An edit is data, so that a card can propose it, store it as JSON and apply it later, exactly as it
was shown. An edit names no owner: the transaction has the verified user.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import msgspec

from ..store import tags, tasks
from ..store.records import Task
from ..store.session import Transaction
from ..store.tables import fold
from ..store.task_json import decode_values


class Create(msgspec.Struct, frozen=True, tag="create"):
    """Create a task. ``values`` has its fields, tags by name; ``title`` is required."""

    values: dict[str, Any]


class Update(msgspec.Struct, frozen=True, tag="update"):
    """Set fields of a task that has this version; ``values`` as in ``Create``."""

    task_id: UUID
    version: int
    values: dict[str, Any]


class Delete(msgspec.Struct, frozen=True, tag="delete"):
    """Move a task that has this version to the trash."""

    task_id: UUID
    version: int


Edit = Create | Update | Delete


@dataclass
class Outcome:
    """The tasks that edits created, changed and deleted."""

    created: list[Task] = field(default_factory=list)
    updated: list[Task] = field(default_factory=list)
    deleted: list[Task] = field(default_factory=list)
    unchanged: list[Task] = field(default_factory=list)
    """Tasks that were already as the edit wants them."""
    skipped: int = 0
    """Edits of tasks that were changed or deleted since the edit was made."""

    def add(self, other: "Outcome") -> None:
        """Add the tasks of another outcome."""
        self.created += other.created
        self.updated += other.updated
        self.deleted += other.deleted
        self.unchanged += other.unchanged
        self.skipped += other.skipped

    @property
    def changes_tasks(self) -> bool:
        """Whether any task was created, changed or deleted."""
        return bool(self.created or self.updated or self.deleted)


def update(task: Task, **values: Any) -> Update:
    """Return the edit that sets fields of a task."""
    return Update(task.id, task.version, values)


def delete(task: Task) -> Delete:
    """Return the edit that deletes a task."""
    return Delete(task.id, task.version)


def names_of_tags(task: Task, *, without: Iterable[str] = ()) -> list[str]:
    """Return the names of the tags of a task, except for those ``without``, regardless of case."""
    left_out = {fold(name) for name in without}
    return [tag.name for tag in task.tags if fold(tag.name) not in left_out]


def apply(transaction: Transaction, edits: Sequence[Edit]) -> Outcome:
    """Apply edits, and return their outcome; raises ``TooManyTags``.

    Tags that do not exist are created.
    """
    outcome = Outcome()
    by_name = _tags(transaction, edits)

    def values_of(edit: Create | Update) -> dict[str, Any]:
        values = dict(edit.values)
        if "tags" in values:
            values["tags"] = [by_name[key] for key in sorted({fold(one) for one in values["tags"]})]
        return values

    current = tasks.find_existing(
        transaction, [edit.task_id for edit in edits if not isinstance(edit, Create)]
    )
    updates: list[tuple[Task, dict[str, Any]]] = []
    for edit in edits:
        if isinstance(edit, Create):
            continue
        task = current.get(edit.task_id)
        if task is None or task.version != edit.version:
            outcome.skipped += 1
        elif isinstance(edit, Delete):
            outcome.deleted.append(task)
        else:
            updates.append((task, values_of(edit)))
    new = [{"tags": []} | values_of(edit) for edit in edits if isinstance(edit, Create)]
    if new:
        outcome.created = tasks.create(transaction, new)
    for (before, _), after in zip(updates, tasks.update_each(transaction, updates), strict=True):
        (outcome.unchanged if after is before else outcome.updated).append(after)
    tasks.delete(transaction, outcome.deleted)
    return outcome


def _tags(transaction: Transaction, edits: Sequence[Edit]) -> dict[str, Any]:
    names = [
        name
        for edit in edits
        if not isinstance(edit, Delete)
        for name in edit.values.get("tags", ())
    ]
    return tags.find_or_create(transaction, names) if names else {}


def to_json(edits: Sequence[Edit]) -> list[Any]:
    """Return edits as JSON values, to be stored with a card."""
    built: list[Any] = msgspec.to_builtins(list(edits))
    return built


def from_json(values: list[Any]) -> list[Edit]:
    """Return the edits that ``to_json`` returned as JSON values."""
    decoded = msgspec.convert(values, list[Edit])
    return [
        edit
        if isinstance(edit, Delete)
        else msgspec.structs.replace(edit, values=_decoded(edit.values))
        for edit in decoded
    ]


def _decoded(values: dict[str, Any]) -> dict[str, Any]:
    # The tags of an edit are names, which JSON has as they are.
    names = {"tags": values["tags"]} if "tags" in values else {}
    return decode_values({name: one for name, one in values.items() if name != "tags"}) | names
