"""Finds the tasks that a command is about, by the store's own lists.

Words are compared as the store's search compares them: regardless of case and accents.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from ..store.records import Task
from ..store.session import Reader
from ..store.tables import fold_for_search
from ..store.task_list import TaskListQuery, page
from .commands import Filter
from .when import Clock

PAGE = 100
MAX_PAGES = 10
"""Pages to look through where the store's list can't apply a condition itself."""

EARLIEST = date(1900, 1, 1)

_ARTICLES = {"the", "a", "an", "my", "our", "task", "tasks"}


class Found(NamedTuple):
    """The first tasks of a list."""

    tasks: list[Task]
    total: int
    """Number of tasks in the list, counted up to a limit; see ``TaskPage``."""
    has_more: bool
    """Whether the list has more tasks than ``tasks``."""


def find(reader: Reader, wanted: Filter, clock: Clock, limit: int) -> Found:
    """Return the first tasks of a filter, by due date."""
    if wanted.status == "completed" and (wanted.first_day or wanted.last_day):
        return _cut(_completed(reader, wanted, clock), limit)
    return first(reader, _query(wanted, clock), clock, limit)


def first(reader: Reader, query: TaskListQuery, clock: Clock, limit: int) -> Found:
    """Return the first tasks of a query."""
    found = page(reader, replace(query, limit=limit), clock.now)
    return Found(found.tasks, found.total, found.next_cursor is not None)


def find_named(reader: Reader, words: str, clock: Clock, *, is_completed: bool) -> list[Task]:
    """Return the tasks that ``words`` may mean.

    A title that is the same comes first, then titles with all words, then titles with all words
    as beginnings of words.
    """
    title, wanted = _plain(words), _words(words)
    query = TaskListQuery(
        status="completed" if is_completed else "active",
        search=_search(words),
        tz=clock.zone,
        sort_by="due_date",
        order="asc",
    )
    kinds: list[tuple[Callable[[str], bool], list[Task]]] = [
        (lambda its_title: its_title == title, []),
        (lambda its_title: bool(wanted) and set(wanted) <= set(_all_words(its_title)), []),
        (lambda its_title: _has_beginnings(its_title, wanted), []),
    ]
    for task in _every(reader, query, clock):
        its_title = _plain(task.title)
        for is_kind, tasks in kinds:
            if is_kind(its_title):
                tasks.append(task)
                break
    return next((tasks for _, tasks in kinds if tasks), [])


def _query(wanted: Filter, clock: Clock) -> TaskListQuery:
    day = timedelta(days=1)
    return TaskListQuery(
        status=wanted.status,
        priority=wanted.priorities,
        tag=wanted.tags,
        tag_match="any" if wanted.any_tag else "all",
        due_after=wanted.first_day - day if wanted.first_day else None,
        due_before=wanted.last_day + day if wanted.last_day else None,
        has_due_date=wanted.has_date,
        overdue=True if wanted.overdue else None,
        tz=clock.zone,
        search=_search(wanted.words),
        sort_by="updated_at" if wanted.status == "completed" else "due_date",
        order="desc" if wanted.status == "completed" else "asc",
    )


def _every(reader: Reader, query: TaskListQuery, clock: Clock) -> Iterator[Task]:
    """Yield the tasks of a query, of at most ``MAX_PAGES`` pages."""
    cursor = ""
    for _ in range(MAX_PAGES):
        found = page(reader, replace(query, cursor=cursor, limit=PAGE), clock.now)
        yield from found.tasks
        if found.next_cursor is None:
            return
        cursor = found.next_cursor


def _completed(reader: Reader, wanted: Filter, clock: Clock) -> Iterator[Task]:
    """Yield the tasks that were completed in a range of days, the latest change first."""
    start = _midnight(wanted.first_day or EARLIEST, clock)
    end = _midnight((wanted.last_day or clock.today) + timedelta(days=1), clock)
    query = _query(replace(wanted, first_day=None, last_day=None), clock)
    for task in _every(reader, query, clock):
        if task.updated_at < start:
            return  # a completion is a change, so all others were completed earlier
        if task.completed_at and start <= task.completed_at < end:
            yield task


def _midnight(day: date, clock: Clock) -> datetime:
    return datetime.combine(day, time(), clock.zone)


def _cut(tasks: Iterator[Task], limit: int) -> Found:
    found = list(tasks)
    return Found(found[:limit], len(found), len(found) > limit)


# Words


def _all_words(text: str) -> list[str]:
    return re.findall(r"\w+", text)


def _words(text: str) -> list[str]:
    """Return the words of ``text`` as the store compares them, without articles."""
    words = _all_words(fold_for_search(text))
    return [word for word in words if word not in _ARTICLES] or words


def _search(text: str) -> str:
    """Return ``text`` for the store's search, which finds all of its words in any order."""
    return " ".join(_words(text)) or text


def _plain(text: str) -> str:
    folded = fold_for_search(text)
    return " ".join(_all_words(folded)) or folded


def _has_beginnings(title: str, wanted: list[str]) -> bool:
    words = _all_words(title)
    return bool(wanted) and all(
        any(word.startswith(beginning) for word in words) for beginning in wanted
    )
