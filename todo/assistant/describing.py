"""Sentences about lists: "2 tasks are due today", "I found no open tasks tagged #home"."""

from collections.abc import Sequence
from datetime import date

from ..store.records import Task
from ..store.task_list import MAX_COUNTED
from .commands import Filter
from .finding import Found
from .phrases import bold, count, day_words, due_words, escaped, listed
from .when import Clock


def number(found: Found) -> str:
    """Return the number of tasks in a list, which is counted up to a limit."""
    is_limit = found.total == MAX_COUNTED and found.has_more
    return f"at least {found.total:,}" if is_limit else f"{found.total:,}"


def sentence(wanted: Filter, found: Found, clock: Clock) -> str:
    """Return the sentence above a list of tasks, or instead of an empty one."""
    if wanted.status == "all" and wanted.words and len(found.tasks) == 1:
        return _state(found.tasks[0], clock)
    due, is_one = _due(wanted, clock), found.total == 1
    if wanted == Filter(
        first_day=wanted.first_day, last_day=wanted.last_day, overdue=wanted.overdue
    ) and (due or wanted.overdue):
        what = "overdue" if wanted.overdue else f"due {due}"
        if not found.total:
            return f"Nothing is {what}."
        return f"{number(found)} {'task is' if is_one else 'tasks are'} {what}"
    what = _adjectives(wanted) + ("task" if is_one else "tasks") + _properties(wanted, clock)
    if not found.total:
        return f"I found no {what}."
    return f"{'I found' if wanted.words else 'You have'} {number(found)} {what}"


def _state(task: Task, clock: Clock) -> str:
    if task.completed:
        return f"{bold(task.title)} is done"
    if task.due_date is None:
        return f"{bold(task.title)} is open and has no date"
    return f"{bold(task.title)} is open, due {due_words(task.due_date, clock.now, clock.zone)}"


def _adjectives(wanted: Filter) -> str:
    parts = []
    if wanted.overdue:
        parts.append("overdue ")
    elif wanted.status != "all" and not wanted.words:
        parts.append("open " if wanted.status == "active" else "completed ")
    parts += [f"{priority}-priority " for priority in wanted.priorities]
    return "".join(parts)


def _properties(wanted: Filter, clock: Clock) -> str:
    parts = []
    if wanted.words:
        parts.append(f" with “{escaped(wanted.words)}”")
    if wanted.tags == ("none",):
        parts.append(" without a tag")
    elif wanted.tags:
        names = [f"#{escaped(name)}" for name in wanted.tags]
        parts.append(f" tagged {listed(names, 'or' if wanted.any_tag else 'and')}")
    if wanted.has_date is not None:
        parts.append(" with a date" if wanted.has_date else " without a date")
    days = _due(wanted, clock)
    if days:
        parts.append(f" {days}" if wanted.status == "completed" else f" due {days}")
    return "".join(parts)


def _due(wanted: Filter, clock: Clock) -> str:
    """Return the days of a filter: "today", "on Fri 27 Nov", "until Sun 29 Nov"."""
    first, last = wanted.first_day, wanted.last_day
    if first and first == last:
        words = day_words(first, clock.today)
        return f"on {words}" if words[0].isupper() else words
    if first and last:
        return f"from {_day(first, clock)} to {_day(last, clock)}"
    if last:
        return f"until {_day(last, clock)}"
    return f"from {_day(first, clock)} on" if first else ""


def _day(day: date, clock: Clock) -> str:
    return day_words(day, clock.today)


def shown_list(text: str, found: Found) -> str:
    """Return a sentence that introduces a list, which may show only the first tasks."""
    shown = len(found.tasks)
    return f"{text}. Here are the first {shown}:" if found.has_more else f"{text}:"


def titles(tasks: Sequence[Task]) -> str:
    """Return the title of one task in bold, or the number of several tasks."""
    return bold(tasks[0].title) if len(tasks) == 1 else count(len(tasks), "task")
