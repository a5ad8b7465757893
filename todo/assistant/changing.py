"""Changes of tasks by commands: the edits, and the sentences about them."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from ..store.cursors import EARLIEST, LATEST
from ..store.records import Task
from ..store.tables import MAX_DESCRIPTION, MAX_TAG_NAME, MAX_TITLE
from . import edits
from .commands import (
    AddTags,
    Complete,
    Delete,
    Describe,
    Move,
    RemoveTags,
    Rename,
    Reopen,
    SetPriority,
    Shift,
)
from .conversation import Failed
from .describing import titles
from .edits import Create, Edit
from .phrases import bold, count, due_words, escaped, listed
from .when import Clock
from .words import ParsedTask, parse

Change = Complete | Reopen | Move | SetPriority | AddTags | RemoveTags | Rename | Describe | Delete
ONE_AT_A_TIME = (Rename, Describe)
"""Commands that make no sense for several tasks."""
MAX_ROWS = 20
"""Added tasks that a sentence lists."""


def check_title(title: str) -> str:
    """Return the title, or raise ``Failed`` if it is too long."""
    if len(title) > MAX_TITLE:
        raise Failed(f"The title may have at most {MAX_TITLE} characters.", allow_retry=False)
    return title


def create(task: ParsedTask, clock: Clock) -> Create:
    """Return the edit that creates a task; a repeated task is due on the next date."""
    due = task.due_date
    if task.repeat and due is None:
        due = _next_date(task.repeat, clock)
    return Create(
        {
            "title": check_title(task.title),
            "due_date": due,
            "priority": task.priority,
            "tags": task.tags,
        }
    )


def edit(command: Change, task: Task, clock: Clock) -> Edit | None:
    """Return the edit of a task, or None if the task has no date or time to shift."""
    if isinstance(command, Delete):
        return edits.delete(task)
    values = _VALUES[type(command)](command, task, clock)
    return None if values is None else edits.update(task, **values)


def question(command: Change, number: str) -> tuple[str, str]:
    """Return the question before many tasks are changed, and the label of its button."""
    verb = _QUESTIONS[type(command)]
    noun = "task" if number == "1" else "tasks"
    return f"{verb} {number} {noun}?", verb


def sentence(command: Change, tasks: Sequence[Task], clock: Clock) -> str:
    """Return the sentence about tasks that a command has changed."""
    return _SENTENCES[type(command)](command, tasks, clock)


# The values that a command sets

_Values = dict[str, Any] | None


def _move(command: Move, task: Task, clock: Clock) -> _Values:
    due = task.due_date
    match command.to:
        case Shift() as shift:
            if due is None or (shift.minutes and not isinstance(due, datetime)):
                return None
            return {"due_date": _checked(due, shift, clock)}
        case time() as at:
            return {"due_date": _at(due, at, clock)}
        case datetime() | None:
            return {"due_date": command.to}
        case date() as day if isinstance(due, datetime):
            local = due.astimezone(clock.zone)
            return {"due_date": _time(day, local.time(), clock)}
    return {"due_date": command.to}


def _shifted(due: date | datetime, shift: Shift, clock: Clock) -> date | datetime:
    if not isinstance(due, datetime):
        return _months_later(due, shift.months) + timedelta(days=shift.days)
    local = due.astimezone(clock.zone)
    day = _months_later(local.date(), shift.months) + timedelta(days=shift.days)
    return _time(day, local.time(), clock) + timedelta(minutes=shift.minutes)


def _checked(due: date | datetime, shift: Shift, clock: Clock) -> date | datetime:
    """Return a shifted due date, or raise ``Failed`` if a task can't have it."""
    with suppress(ValueError, OverflowError):
        shifted = _shifted(due, shift, clock)
        if EARLIEST.year <= shifted.year <= LATEST.year:
            return shifted
    raise Failed("This date is too far away.", allow_retry=False)


def _months_later(day: date, months: int) -> date:
    """Return the same day of another month, or the last day of that month."""
    years, month = divmod(day.month - 1 + months, 12)
    first = date(day.year + years, month + 1, 1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return min(first + timedelta(days=day.day - 1), last)


def _at(due: date | datetime | None, at: time, clock: Clock) -> datetime:
    """Return a time on the day of a due date, otherwise the next such time."""
    if due is not None:
        day = due.astimezone(clock.zone).date() if isinstance(due, datetime) else due
        return _time(day, at, clock)
    today = _time(clock.today, at, clock)
    return today if today > clock.now else _time(clock.today + timedelta(days=1), at, clock)


def _time(day: date, at: time, clock: Clock) -> datetime:
    return datetime.combine(day, at, clock.zone).astimezone(UTC)


def _add_tags(command: AddTags, task: Task, clock: Clock) -> _Values:
    if any(len(name) > MAX_TAG_NAME for name in command.names):
        raise Failed(f"A tag may have at most {MAX_TAG_NAME} characters.", allow_retry=False)
    return {"tags": [*edits.names_of_tags(task), *command.names]}


def _remove_tags(command: RemoveTags, task: Task, clock: Clock) -> _Values:
    # "remove the tags of milk" names none, and means all.
    return {"tags": edits.names_of_tags(task, without=command.names) if command.names else []}


def _describe(command: Describe, task: Task, clock: Clock) -> _Values:
    text = command.text
    if command.is_added and task.description:
        text = f"{task.description}\n{text}"
    if len(text) > MAX_DESCRIPTION:
        message = f"The description may have at most {MAX_DESCRIPTION:,} characters."
        raise Failed(message, allow_retry=False)
    return {"description": text}


_VALUES: dict[type, Callable[[Any, Task, Clock], _Values]] = {
    Complete: lambda *_: {"completed": True},
    Reopen: lambda *_: {"completed": False},
    Move: _move,
    SetPriority: lambda command, *_: {"priority": command.priority},
    AddTags: _add_tags,
    RemoveTags: _remove_tags,
    Rename: lambda command, *_: {"title": check_title(command.title)},
    Describe: _describe,
}


# Sentences


def _moved(command: Move, tasks: Sequence[Task], clock: Clock) -> str:
    what = titles(tasks)
    if command.to is None:
        return f"Removed the date of {what}."
    if len(tasks) == 1 and tasks[0].due_date is not None:
        return f"Moved {what} to {due_words(tasks[0].due_date, clock.now, clock.zone)}."
    if isinstance(command.to, Shift):
        return f"Moved {what}."
    to = command.to
    words = f"{to:%H:%M}" if isinstance(to, time) else due_words(to, clock.now, clock.zone)
    return f"Moved {what} to {words}."


def _prioritized(command: SetPriority, tasks: Sequence[Task], clock: Clock) -> str:
    if command.priority is None:
        return f"Removed the priority of {titles(tasks)}."
    return f"Set {titles(tasks)} to {command.priority}."


def _untagged(command: RemoveTags, tasks: Sequence[Task], clock: Clock) -> str:
    names = _tag_list(command.names) if command.names else "all tags"
    return f"Removed {names} from {titles(tasks)}."


def _tag_list(names: Sequence[str]) -> str:
    return listed(f"#{escaped(name)}" for name in names)


def _plain(verb: str) -> Callable[[Any, Sequence[Task], Clock], str]:
    return lambda _, tasks, *_more: f"{verb} {titles(tasks)}."


_SENTENCES: dict[type, Callable[[Any, Sequence[Task], Clock], str]] = {
    Complete: _plain("Completed"),
    Reopen: _plain("Reopened"),
    Move: _moved,
    SetPriority: _prioritized,
    AddTags: lambda command, tasks, _: f"Tagged {titles(tasks)} with {_tag_list(command.names)}.",
    RemoveTags: _untagged,
    Rename: lambda command, *_: f"Renamed it to {bold(command.title)}.",
    Describe: lambda command, tasks, _: (
        f"Added a note to {titles(tasks)}."
        if command.is_added
        else f"Changed the description of {titles(tasks)}."
    ),
}
_QUESTIONS: dict[type, str] = {
    Complete: "Complete",
    Reopen: "Reopen",
    Move: "Move",
    SetPriority: "Change",
    AddTags: "Tag",
    RemoveTags: "Change",
    Rename: "Rename",
    Describe: "Change",
    Delete: "Delete",
}


# Repeats


def _next_date(repeat: str, clock: Clock) -> date | datetime:
    """Return the first date of "every friday at 18:00", "daily" or "on fridays"."""
    words = repeat.lower().replace(",", " ").split()
    at = next((place for place, word in enumerate(words) if word in ("at", "@")), len(words))
    clock_words = " ".join(words[at:])
    names = [word.removesuffix("s") for word in words[:at] if word != "s"]
    found = []
    for name in names:
        day = parse(f"x on {name} {clock_words}", now=clock.now, zone=clock.zone)
        if day.title == "x" and day.due_date is not None:
            found.append(day.due_date)
    if not found and clock_words:
        timed = parse(f"x {clock_words}", now=clock.now, zone=clock.zone)
        found = [timed.due_date] if timed.due_date is not None else []
    return min(found, key=lambda due: _sort_key(due, clock)) if found else clock.today


def _sort_key(due: date | datetime, clock: Clock) -> datetime:
    return due if isinstance(due, datetime) else _time(due, time(), clock)


def added(tasks: Sequence[Task], details: Callable[[Task], str]) -> str:
    """Return the sentence about tasks that were added."""
    rows = [bold(task.title) + (f": {more}" if (more := details(task)) else "") for task in tasks]
    if len(rows) == 1:
        return f"Added {rows[0]}."
    shown = [f"- {row}" for row in rows[:MAX_ROWS]]
    if len(rows) > MAX_ROWS:
        shown.append(f"- and {len(rows) - MAX_ROWS:,} more")
    return "\n".join([f"Added {count(len(rows), 'task')}:", "", *shown])
