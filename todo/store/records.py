"""Records of the store, built from rows in ``store/`` alone. The API encodes them as they are."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from .tables import Priority


@dataclass(slots=True)
class TagOfTask:
    """A tag as part of a task."""

    id: UUID
    name: str
    color: str | None


@dataclass(slots=True)
class Task:
    """A task with its tags, sorted by name; times are in UTC. A due date is a day or a time."""

    id: UUID
    user_id: UUID
    title: str
    description: str | None
    completed: bool
    completed_at: datetime | None
    priority: Priority | None
    due_date: date | datetime | None
    position: int
    tags: list[TagOfTask]
    created_at: datetime
    updated_at: datetime
    version: int


Change = tuple[Task | None, Task | None]
"""A task before and after a change: None before it is created, and after it is deleted."""


@dataclass(slots=True)
class TrashedTask:
    """A task in the trash, as it was when it was deleted."""

    task: Task
    deleted_at: datetime


@dataclass(slots=True)
class Tag:
    """A tag with the number of its tasks."""

    id: UUID
    name: str
    color: str | None
    task_count: int


@dataclass(slots=True)
class CountsByPriority:
    """Number of tasks of each priority, and of tasks without one."""

    low: int
    medium: int
    high: int
    none: int


@dataclass(slots=True)
class Stats:
    """Counts over all tasks of a user."""

    total: int
    active: int
    completed: int
    overdue: int
    due_today: int
    by_priority: CountsByPriority
    by_tag: list[Tag]


@dataclass(slots=True)
class ChatThread:
    """A conversation with the assistant."""

    id: UUID
    title: str | None
    created_at: datetime
    updated_at: datetime


ChatItemKind = Literal["user_message", "assistant_message", "widget"]


@dataclass(slots=True)
class ChatItem:
    """A message or a card of a conversation."""

    id: UUID
    thread_id: UUID
    seq: int
    kind: ChatItemKind
    content: dict[str, Any]
    """The members that a client sees, beside the id and the time."""
    memo: dict[str, Any] | None
    """Only for the server: what a card proposes, how to undo, which tasks were listed."""
    created_at: datetime
