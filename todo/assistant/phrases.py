"""Words for tasks, dates and numbers in the assistant's answers."""

import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from ..store.records import Task
from .edits import Outcome

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~&])")


def escaped(text: str) -> str:
    """Return Markdown that shows ``text`` as it is, on one line."""
    return _MARKDOWN.sub(r"\\\1", " ".join(text.split()))


def bold(title: str) -> str:
    """Return the title of a task in bold Markdown."""
    return f"**{escaped(title)}**"


def count(number: int, noun: str) -> str:
    """Return a number with its noun: "1 task", "1,234 tasks"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def listed(parts: Iterable[str], last: str = "and") -> str:
    """Return parts as a list in a sentence: "a, b and c"."""
    *others, final = list(parts)
    return f"{', '.join(others)} {last} {final}" if others else final


def day_words(day: date, today: date) -> str:
    """Return a day as people say it: "today", "Fri 27 Nov", "Fri 1 Jan 2027"."""
    near = {-1: "yesterday", 0: "today", 1: "tomorrow"}
    if (days := (day - today) // timedelta(days=1)) in near:
        return near[days]
    words = f"{day:%a} {day.day} {day:%b}"
    return words if day.year == today.year else f"{words} {day.year}"


def due_words(due: date | datetime, now: datetime, zone: ZoneInfo) -> str:
    """Return a due date in the time zone of the user: "tomorrow", "Fri 27 Nov, 17:00"."""
    today = now.astimezone(zone).date()
    if not isinstance(due, datetime):
        return day_words(due, today)
    local = due.astimezone(zone)
    return f"{day_words(local.date(), today)}, {local:%H:%M}"


def details(task: Task, now: datetime, zone: ZoneInfo) -> str:
    """Return the fields of a task beside its title: "Fri 27 Nov, 17:00 · high · #home"."""
    parts = [
        *([due_words(task.due_date, now, zone)] if task.due_date else []),
        *([task.priority] if task.priority else []),
        *(f"#{tag.name}" for tag in task.tags),
    ]
    return " · ".join(parts)


def summary(outcome: Outcome) -> str:
    """Return what edits did: "2 tasks added, 1 changed"."""
    done = [
        (len(outcome.created), "added"),
        (len(outcome.updated), "changed"),
        (len(outcome.deleted), "deleted"),
    ]
    parts = [f"{number:,} {verb}" for number, verb in done if number]
    if not parts:
        return "Nothing was changed"
    number, _, verbs = ", ".join(parts).partition(" ")
    return f"{number} {'task' if number == '1' else 'tasks'} {verbs}"
