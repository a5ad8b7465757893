"""The commands that the embedded assistant understands, and the tasks that a command is about."""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Literal
from uuid import UUID

from .words import ParsedTask, Priority

# Tasks


@dataclass(frozen=True, slots=True)
class Filter:
    """Properties of tasks: "everything overdue", "high priority tasks tagged home"."""

    status: Literal["active", "completed", "all"] = "active"
    first_day: date | None = None
    """The first and the last day on which a task is due, or was completed if ``status`` is
    "completed"."""
    last_day: date | None = None
    overdue: bool = False
    has_date: bool | None = None
    priorities: tuple[Priority, ...] = ()
    tags: tuple[str, ...] = ()
    """Names of tags that a task has; "none" for tasks without tags."""
    any_tag: bool = False
    """Whether one of ``tags`` is enough."""
    words: str = ""
    """Words to search for."""


@dataclass(frozen=True, slots=True)
class Named:
    """Tasks by words of their titles: "milk", "milk and eggs"."""

    words: str


@dataclass(frozen=True, slots=True)
class Numbered:
    """Tasks by their numbers in the list last shown, from 1; -1 is the last one."""

    numbers: tuple[int, ...]
    words: str = ""
    """The same as text, because "1984" may be a title."""


@dataclass(frozen=True, slots=True)
class Matching:
    """All tasks of a filter."""

    filter: Filter


@dataclass(frozen=True, slots=True)
class Mentioned:
    """Tasks that were mentioned before: "it" (one task), "them", "the rest" of the last list."""

    which: Literal["it", "them", "rest"]


@dataclass(frozen=True, slots=True)
class Chosen:
    """Tasks by their ids, as the answer to "Which one?"."""

    ids: tuple[UUID, ...]


Target = Named | Numbered | Matching | Mentioned | Chosen

# Commands


@dataclass(frozen=True, slots=True)
class Add:
    """Add a task; the person said so, or the text has a date, a tag, a priority or a repeat."""

    task: ParsedTask


@dataclass(frozen=True, slots=True)
class Suggest:
    """Offer to add a task, because the text may be one."""

    task: ParsedTask


@dataclass(frozen=True, slots=True)
class Show:
    """List or count tasks."""

    filter: Filter
    is_count: bool = False


@dataclass(frozen=True, slots=True)
class Complete:
    target: Target


@dataclass(frozen=True, slots=True)
class Reopen:
    target: Target


@dataclass(frozen=True, slots=True)
class Shift:
    """A length of time by which due dates move; negative for earlier."""

    days: int = 0
    months: int = 0
    minutes: int = 0


@dataclass(frozen=True, slots=True)
class Move:
    """Change due dates.

    A day keeps the task's time, and a time without a day keeps the task's day. None removes the
    due date.
    """

    target: Target
    to: date | datetime | time | Shift | None


@dataclass(frozen=True, slots=True)
class SetPriority:
    target: Target
    priority: Priority | None


@dataclass(frozen=True, slots=True)
class AddTags:
    target: Target
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RemoveTags:
    """Remove tags from tasks; without names, all tags."""

    target: Target
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rename:
    target: Target
    title: str


@dataclass(frozen=True, slots=True)
class Describe:
    """Set the description of a task, or add a line to it."""

    target: Target
    text: str
    is_added: bool = True


@dataclass(frozen=True, slots=True)
class Delete:
    target: Target


@dataclass(frozen=True, slots=True)
class Undo:
    """Take back the latest change of the conversation."""


@dataclass(frozen=True, slots=True)
class PlanDay:
    """List what to do today."""


@dataclass(frozen=True, slots=True)
class PlanWeek:
    """Propose days for overdue and undated tasks, with at most ``each`` tasks a day."""

    each: int | None = None
    is_next: bool = False


@dataclass(frozen=True, slots=True)
class Confirm:
    """Answer "yes" to the card of the turn before."""


@dataclass(frozen=True, slots=True)
class Refuse:
    """Answer "no" to the card of the turn before."""


@dataclass(frozen=True, slots=True)
class Choose:
    """Answer "Which one?" by numbers from 1 (-1 is the last one), or by None for all tasks."""

    numbers: tuple[int, ...] | None


@dataclass(frozen=True, slots=True)
class Say:
    """Answer with words only."""

    topic: Literal["hello", "thanks", "help", "trash", "advice", "kept", "question", "date"]


@dataclass(frozen=True, slots=True)
class Unclear:
    """Not understood."""


Command = (
    Add
    | Suggest
    | Show
    | Complete
    | Reopen
    | Move
    | SetPriority
    | AddTags
    | RemoveTags
    | Rename
    | Describe
    | Delete
    | Undo
    | PlanDay
    | PlanWeek
    | Confirm
    | Refuse
    | Choose
    | Say
    | Unclear
)


@dataclass(frozen=True, slots=True)
class Clause:
    """A part of a message with its meaning."""

    text: str
    command: Command
