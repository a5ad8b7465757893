"""Lists of tasks: filters, sort order, pages and totals.

The SQL of a list depends on few words of its query (``_Shape``), so each shape is compiled once.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from typing import Any, Literal, NamedTuple
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnCollection,
    ColumnElement,
    Select,
    and_,
    cast,
    exists,
    false,
    func,
    or_,
    select,
    tuple_,
)

from . import cursors
from . import tags as tags_of_user
from .due import Cut, Due, is_before, is_from
from .records import Task
from .session import Reader
from .statements import USER_ID, Statement, bound, is_any_of, number, of_owner
from .tables import (
    SORT_KEYS,
    PriorityOrNone,
    fold,
    fold_for_search,
    rank,
    tags,
    task_counts,
    task_tags,
    tasks,
)
from .tasks import columns_of, of_user, task_of

MAX_COUNTED = 1000
EXPORT_BATCH = 500

_WORD = re.compile(r'#"([^"]+)"|(\S+)')


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskListQuery:
    """Filters and order of a list, and the part of the list to return."""

    page: int = 1
    """Number of the page, from 1; ignored with a cursor."""
    cursor: str = ""
    """The ``next_cursor`` of the page before, or empty."""
    limit: int = 20
    status: Literal["all", "active", "completed"] = "all"
    priority: Sequence[PriorityOrNone] = ()
    """Any of these; empty for all."""
    tag: Sequence[UUID | str] = ()
    """Ids or names of tags, or "none" for tasks without tags; empty for all."""
    tag_match: Literal["any", "all"] = "any"
    due_before: Due | None = None
    due_after: Due | None = None
    has_due_date: bool | None = None
    overdue: bool | None = None
    """Whether the due day is before today, or the due time before now, and the task is active."""
    tz: tzinfo = UTC
    """Time zone of the caller, in which days begin and end."""
    search: str = ""
    """Words that title and description contain in any order, regardless of case and accents. A word
    such as #home also finds the tasks with a tag whose name begins with "home"."""
    sort_by: str = "created_at"
    """A key of ``SORT_KEYS``; tasks without the value come last."""
    order: Literal["asc", "desc"] = "desc"


class TaskPage(NamedTuple):
    """A part of a list."""

    tasks: list[Task]
    total: int
    """Number of tasks in the list; counted up to ``MAX_COUNTED`` if filters other than status and
    priority are set."""
    page: int
    next_cursor: str | None


class _Shape(NamedTuple):
    """The values that the SQL of a list depends on; everything else is a parameter."""

    status: str
    priority: tuple[PriorityOrNone, ...]
    tags: tuple[str, ...]
    tag_match: str
    due_before: bool
    due_after: bool
    has_due_date: bool | None
    overdue: bool | None
    search: tuple[bool, ...]
    """For each word, whether it may also name tags."""
    sort_by: str
    order: str
    start: str
    offset: int
    limit: int

    @property
    def is_ascending(self) -> bool:
        """True if the smallest sort key comes first."""
        return self.order == "asc"


def page(reader: Reader, query: TaskListQuery, now: datetime | None = None) -> TaskPage:
    """Return the part of the list that ``query`` names; raises ``CursorInvalid``.

    ``now`` is the time at which tasks are overdue or not, by default the current time.
    """
    start, number_of_page, last = _start(query)
    values = {**last, **_values(query, now or datetime.now(UTC)), **_tags_of_search(reader, query)}
    # One more than the limit tells whether there is a next page.
    found, total = reader.page(task_of, _statement(_shape(query, start)), **values)
    if start == "key" and len(found) <= query.limit and _is_nullable(query.sort_by):
        rest = _statement(_shape(query, "first null"))
        found += reader.page(task_of, rest, **values)[0]
    part = found[: query.limit]
    return TaskPage(
        tasks=part,
        total=total,
        page=number_of_page,
        next_cursor=cursors.encode(part[-1], query.sort_by, query.order, number_of_page + 1)
        if len(found) > len(part)
        else None,
    )


def batch_by_id(reader: Reader, after: UUID) -> list[Task]:
    """Return at most ``EXPORT_BATCH`` tasks in the order of their creation, from an id on."""
    return reader.records(task_of, _BATCH, after=after)


def _batch() -> Statement:
    after = of_user(tasks.c.id > bound("after", tasks.c.id)).order_by(tasks.c.id)
    task = after.limit(number(EXPORT_BATCH)).subquery("task")
    return Statement(of_owner(task, *columns_of(task)).order_by(task.c.id))


_BATCH = _batch()


def _start(query: TaskListQuery) -> tuple[str, int, dict[str, Any]]:
    """Return where the page starts, its number, and the parameters of the last task before it."""
    if not query.cursor:
        return "top", query.page, {}
    cursor = cursors.decode(query.cursor, query.sort_by, query.order)
    last = {"last_key": cursor.last_key, "last_id": cursor.last_id}
    return "null" if cursor.last_key is None else "key", cursor.page, last


def _shape(query: TaskListQuery, start: str) -> _Shape:
    return _Shape(
        status=query.status,
        priority=tuple(sorted(set(query.priority))),
        tags=tuple("none" if tag == "none" else type(tag).__name__ for tag in query.tag),
        tag_match=query.tag_match,
        due_before=query.due_before is not None,
        due_after=query.due_after is not None,
        has_due_date=query.has_due_date,
        overdue=query.overdue,
        search=tuple(_may_name_tags(word) for word in _words(query.search)),
        sort_by=query.sort_by,
        order=query.order,
        start=start,
        offset=0 if query.cursor else (query.page - 1) * query.limit,
        limit=query.limit,
    )


def _values(query: TaskListQuery, now: datetime) -> dict[str, Any]:
    values: dict[str, Any] = {
        f"tag{index}": tag if isinstance(tag, UUID) else fold(tag)
        for index, tag in enumerate(query.tag)
    }
    for index, word in enumerate(_words(query.search)):
        # LIKE's own signs are escaped by a slash.
        escaped = word.replace("/", "//").replace("%", "/%").replace("_", "/_")
        values[f"word{index}"] = f"%{escaped}%"
    values |= Cut.before_time(now, query.tz).values("now")
    if query.due_before is not None:
        values |= Cut.before(query.due_before, query.tz).values("due_before")
    if query.due_after is not None:
        values |= Cut.after(query.due_after, query.tz).values("due_after")
    return values


def _words(search: str) -> list[str]:
    """Return the words of a search, folded, the longest first: it excludes the most tasks."""
    found = _WORD.finditer(fold_for_search(search))
    words = {f"#{match[1]}" if match[1] else match[2] for match in found}
    return sorted(words, key=lambda word: (-len(word), word))


def _may_name_tags(word: str) -> bool:
    return len(word) > 1 and word.startswith("#")


def _tags_of_search(reader: Reader, query: TaskListQuery) -> dict[str, list[UUID]]:
    """Return the tags that words such as #home name, as parameters."""
    return {
        f"word{index}_tags": tags_of_user.ids_by_prefix(reader, word[1:])
        for index, word in enumerate(_words(query.search))
        if _may_name_tags(word)
    }


@lru_cache(maxsize=256)
def _statement(shape: _Shape) -> Statement:
    conditions = list(_conditions(shape))
    part = of_user(*conditions, *_beyond_start(shape)).order_by(*_order(tasks.c, shape))
    part = part.limit(number(shape.limit + 1))
    if shape.offset:
        part = part.offset(number(shape.offset))
    task = part.subquery("task")
    total = _total(shape, conditions).scalar_subquery()
    query = of_owner(task, *columns_of(task), total)
    return Statement(query.order_by(*_order(task.c, shape)))


def _conditions(shape: _Shape) -> Iterator[ColumnElement[bool]]:
    """Yield the condition of each filter."""
    task = tasks.c
    if shape.status != "all":
        is_active = task.completed_at.is_(None)
        yield is_active if shape.status == "active" else ~is_active
    if shape.priority:
        yield or_(
            *(
                task.priority.is_(None) if name == "none" else task.priority == name
                for name in shape.priority
            )
        )
    if shape.tags:
        has_tags = [_has_tag(kind, f"tag{index}") for index, kind in enumerate(shape.tags)]
        yield and_(*has_tags) if shape.tag_match == "all" else or_(*has_tags)
    if shape.due_before:
        yield is_before("due_before")
    if shape.due_after:
        yield is_from("due_after")
    if shape.has_due_date is not None:
        yield task.due_date.is_not(None) if shape.has_due_date else task.due_date.is_(None)
    if shape.overdue is not None:
        is_overdue = and_(is_before("now"), task.completed_at.is_(None))
        yield is_overdue if shape.overdue else ~func.coalesce(is_overdue, false())
    for index, may_name_tags in enumerate(shape.search):
        name = f"word{index}"
        is_in_text = task.search_text.like(bound(name, task.search_text), escape="/")
        yield or_(is_in_text, _has_any_tag(f"{name}_tags")) if may_name_tags else is_in_text


def _links_of_task() -> Select[Any]:
    links = task_tags.c
    return select(links.tag_id).where(links.user_id == tasks.c.user_id, links.task_id == tasks.c.id)


def _has_any_tag(name: str) -> ColumnElement[bool]:
    """Return the condition that a task has one of the tags of a parameter."""
    return exists(_links_of_task().where(is_any_of(task_tags.c.tag_id, name)))


def _has_tag(kind: str, name: str) -> ColumnElement[bool]:
    """Return the condition that a task has the tag of a parameter, or for "none", no tag."""
    links, link = task_tags.c, _links_of_task()
    if kind == "none":
        return ~exists(link)
    if kind == "UUID":
        return exists(link.where(links.tag_id == bound(name, tags.c.id)))
    named = select(tags.c.id).where(
        tags.c.user_id == USER_ID, tags.c.key == bound(name, tags.c.key)
    )
    return exists(link.where(links.tag_id == named.scalar_subquery()))


def _total(shape: _Shape, conditions: list[ColumnElement[bool]]) -> Select[int]:
    """Return the query of the total: the sum of maintained counts, or a count up to a limit."""
    is_filtered = (
        shape.tags
        or shape.search
        or shape.due_before
        or shape.due_after
        or shape.has_due_date is not None
        or shape.overdue is not None
    )
    if is_filtered:
        found = select(tasks.c.id).where(tasks.c.user_id == USER_ID, *conditions)
        some = found.limit(number(MAX_COUNTED)).subquery()
        return select(func.count()).select_from(some)
    counted = [task_counts.c.user_id == USER_ID]
    if shape.status != "all":
        counted.append(task_counts.c.completed.is_(shape.status == "completed"))
    if shape.priority:
        counted.append(or_(*(task_counts.c.priority == rank(name) for name in shape.priority)))
    total = cast(func.coalesce(func.sum(task_counts.c.count), 0), BigInteger)
    return select(total).where(*counted)


def _order(
    columns: ColumnCollection[str, ColumnElement[Any]], shape: _Shape
) -> tuple[ColumnElement[Any], ...]:
    """Return the sort order; tasks without the sort key come last."""
    key, last = columns[SORT_KEYS[shape.sort_by]], columns["id"]
    by_key, by_id = (key.asc(), last.asc()) if shape.is_ascending else (key.desc(), last.desc())
    return (by_key.nulls_last() if _is_nullable(shape.sort_by) else by_key), by_id


def _beyond_start(shape: _Shape) -> list[ColumnElement[bool]]:
    """Return the conditions of the tasks from where the page starts.

    Tasks with the sort key and tasks without it are two queries: no index serves both at once.
    """
    key, last_id = tasks.c[SORT_KEYS[shape.sort_by]], bound("last_id", tasks.c.id)
    if shape.start == "key":
        here, last = tuple_(key, tasks.c.id), tuple_(bound("last_key", key), last_id)
        return [here > last if shape.is_ascending else here < last]
    if shape.start == "null":
        is_beyond = tasks.c.id > last_id if shape.is_ascending else tasks.c.id < last_id
        return [key.is_(None), is_beyond]
    return [key.is_(None)] if shape.start == "first null" else []


def _is_nullable(sort_by: str) -> bool:
    return bool(tasks.c[SORT_KEYS[sort_by]].nullable)
