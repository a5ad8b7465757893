"""Which tasks a list is about, in which order, and where a cursor goes on.

A cursor holds the sort key and id of the last task seen, so that the next page is found by an
index however far in it lies, and rows that come or go before it shift nothing.
"""

import base64
import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple
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
    literal_column,
    or_,
    select,
    tuple_,
)

from .answers import Page, TaskAnswer
from .errors import FieldError, Invalid
from .models import (
    PRIORITIES,
    SORT_KEYS,
    PriorityOrNone,
    Tag,
    Task,
    TaskCount,
    fold,
    rank,
    task_tags,
)
from .pages import envelope
from .schemas import EARLIEST, LATEST, TaskQuery
from .shown import USER, rows_of_user, shown
from .statements import Statement, bound

MAX_COUNTED = 1000


class Shape(NamedTuple):
    """What the words of a list's query depend on; everything else is bound to them by name."""

    status: str
    priority: tuple[PriorityOrNone, ...]
    tags: tuple[str, ...]
    tag_match: str
    due_before: bool
    due_after: bool
    has_due_date: bool | None
    overdue: bool | None
    search: bool
    sort_by: str
    order: str
    start: str
    offset: int
    limit: int


def page_of(user_id: UUID, asked: TaskQuery) -> Page:
    """Return the tasks that are asked for."""
    start, number, last = _start(asked)
    values = {"user_id": user_id, **last, **_values_of_filters(asked)}
    found, total = _read(asked, start, values)
    if start == "key" and len(found) <= asked.limit and _may_be_null(asked.sort_by):
        found += _read(asked, "first null", values)[0]
    # One more than asked for tells whether there is a next page.
    part = found[: asked.limit]
    return envelope(
        part,
        total,
        asked,
        page=number,
        next_cursor=_cursor(part[-1], asked, number + 1) if len(found) > len(part) else None,
    )


def _read(asked: TaskQuery, start: str, values: dict[str, Any]) -> tuple[list[TaskAnswer], int]:
    """Return the tasks from ``start``, one more than asked for, and how many there are in all."""
    found = rows_of_user(_statement(_shape(asked, start)), **values)
    return [TaskAnswer(*row[:-1]) for row in found if row[0] is not None], found[0][-1]


def _shape(asked: TaskQuery, start: str) -> Shape:
    return Shape(
        asked.status,
        tuple(sorted(set(asked.priority))),
        tuple("none" if tag == "none" else type(tag).__name__ for tag in asked.tag),
        asked.tag_match,
        asked.due_before is not None,
        asked.due_after is not None,
        asked.has_due_date,
        asked.overdue,
        bool(asked.search),
        asked.sort_by,
        asked.order,
        start,
        (asked.page - 1) * asked.limit,
        asked.limit,
    )


def _values_of_filters(asked: TaskQuery) -> dict[str, Any]:
    tags = {
        f"tag{index}": tag if isinstance(tag, UUID) else fold(tag)
        for index, tag in enumerate(asked.tag)
    }
    return {
        **tags,
        "due_before": asked.due_before,
        "due_after": asked.due_after,
        "now": datetime.now(UTC),
        "search": f"%{_literally(fold(asked.search))}%",
    }


@lru_cache(maxsize=256)
def _statement(shape: Shape) -> Statement:
    conditions = _conditions(shape)
    tasks = Task.of(USER).where(*conditions, *_beyond_start(shape))
    # Written out, since PostgreSQL plans for what it does not know as if it were a lot.
    part = tasks.order_by(*_order(Task.__table__.c, shape)).limit(_number(shape.limit + 1))
    query, columns = shown(part.offset(_number(shape.offset)) if shape.offset else part)
    total = _total(shape, conditions).scalar_subquery()
    return Statement(query.add_columns(total).order_by(*_order(columns, shape)))


def _conditions(shape: Shape) -> list[ColumnElement[bool]]:
    """Return what is true of the tasks that every filter lets pass."""
    conditions = [
        _status(shape.status),
        _priority(shape.priority),
        _tagged(shape.tags, all_of_them=shape.tag_match == "all"),
        Task.due_date < bound("due_before", Task.due_date) if shape.due_before else None,
        Task.due_date > bound("due_after", Task.due_date) if shape.due_after else None,
        _has_due_date(wanted=shape.has_due_date) if shape.has_due_date is not None else None,
        _overdue(wanted=shape.overdue) if shape.overdue is not None else None,
        Task.search_text.like(bound("search", Task.search_text), escape="/")
        if shape.search
        else None,
    ]
    return [condition for condition in conditions if condition is not None]


def _status(status: str) -> ColumnElement[bool] | None:
    if status == "all":
        return None
    is_active = Task.completed_at.is_(None)
    return is_active if status == "active" else ~is_active


def _priority(wanted: Iterable[str]) -> ColumnElement[bool] | None:
    conditions = [
        Task.priority.is_(None) if name == "none" else Task.priority == name for name in wanted
    ]
    return or_(*conditions) if conditions else None


def _tagged(kinds: tuple[str, ...], *, all_of_them: bool) -> ColumnElement[bool] | None:
    if not kinds:
        return None
    conditions = [
        ~_has_tag() if kind == "none" else _has_tag(_is_tag(kind, f"tag{index}"))
        for index, kind in enumerate(kinds)
    ]
    return and_(*conditions) if all_of_them else or_(*conditions)


def _has_tag(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    links = task_tags.c
    return exists(
        select(links.tag_id).where(
            links.user_id == Task.user_id, links.task_id == Task.id, *conditions
        )
    )


def _is_tag(kind: str, name: str) -> ColumnElement[bool]:
    if kind == "UUID":
        return task_tags.c.tag_id == bound(name, Tag.id)
    named = Tag.of(USER).with_only_columns(Tag.id).where(Tag.key == bound(name, Tag.key))
    return task_tags.c.tag_id == named.scalar_subquery()


def _has_due_date(*, wanted: bool) -> ColumnElement[bool]:
    return Task.due_date.is_not(None) if wanted else Task.due_date.is_(None)


def _overdue(*, wanted: bool) -> ColumnElement[bool]:
    is_overdue = and_(Task.due_date < bound("now", Task.due_date), Task.completed_at.is_(None))
    return is_overdue if wanted else ~func.coalesce(is_overdue, false())


def _literally(text: str) -> str:
    """Return ``text`` as LIKE finds it as it stands."""
    return text.replace("/", "//").replace("%", "/%").replace("_", "/_")


def _total(shape: Shape, conditions: list[ColumnElement[bool]]) -> Select[int]:
    """Return how many tasks there are; those that other filters find are counted to a limit."""
    if not _is_counted(shape):
        found = Task.of(USER).with_only_columns(Task.id).where(*conditions)
        some = found.limit(_number(MAX_COUNTED)).subquery()
        return select(func.count()).select_from(some)
    counts = [TaskCount.user_id == USER]
    if shape.status != "all":
        counts.append(TaskCount.completed.is_(shape.status == "completed"))
    if shape.priority:
        counts.append(or_(*(TaskCount.priority == rank(name) for name in shape.priority)))
    return select(cast(func.coalesce(func.sum(TaskCount.count), 0), BigInteger)).where(*counts)


def _is_counted(shape: Shape) -> bool:
    """Tell whether the filters are those by which tasks are counted as they change."""
    by_due_date = shape.due_before or shape.due_after or shape.has_due_date is not None
    return not (shape.tags or shape.search or by_due_date or shape.overdue is not None)


def _order(columns: ColumnCollection[Any, Any], shape: Shape) -> tuple[ColumnElement[Any], ...]:
    """Return the order asked for; tasks without the sort key come last."""
    key, last = columns[SORT_KEYS[shape.sort_by]], columns.id
    by_key, by_id = (key.asc(), last.asc()) if _is_ascending(shape) else (key.desc(), last.desc())
    return (by_key.nulls_last() if _may_be_null(shape.sort_by) else by_key), by_id


def _beyond_start(shape: Shape) -> list[ColumnElement[bool]]:
    """Return what is true of the tasks from where the page starts.

    Those with the sort key and those without are two queries: no index serves both at once.
    """
    columns = Task.__table__.c
    key, last_id = columns[SORT_KEYS[shape.sort_by]], bound("last_id", columns.id)
    if shape.start == "key":
        here, last = tuple_(key, columns.id), tuple_(bound("last_key", key), last_id)
        return [here > last if _is_ascending(shape) else here < last]
    if shape.start == "null":
        is_beyond = columns.id > last_id if _is_ascending(shape) else columns.id < last_id
        return [key.is_(None), is_beyond]
    return [key.is_(None)] if shape.start == "first null" else []


def _is_ascending(shape: Shape) -> bool:
    return shape.order == "asc"


def _may_be_null(sort_by: str) -> bool:
    return bool(Task.__table__.c[SORT_KEYS[sort_by]].nullable)


def _number(number: int) -> ColumnElement[int]:
    return literal_column(str(number))


def _start(asked: TaskQuery) -> tuple[str, int, dict[str, Any]]:
    """Return where a page starts, its number, and what is known of the last task before it."""
    if asked.cursor:
        last_key, last_id, number = _read_cursor(asked)
        values = {"last_key": last_key, "last_id": last_id}
        return "null" if last_key is None else "key", number, values
    return "top", asked.page, {}


def _cursor(task: TaskAnswer, asked: TaskQuery, page: int) -> str:
    """Return what asks for the tasks after ``task``, as page number ``page``."""
    value = fold(task.title) if asked.sort_by == "title" else getattr(task, asked.sort_by)
    shown = value.isoformat() if isinstance(value, datetime) else value
    content = [asked.sort_by, asked.order, shown, str(task.id), page]
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode()


def _read_cursor(asked: TaskQuery) -> tuple[Any, UUID, int]:
    """Return the sort key and id of the last task seen, and the number of the page after it.

    Raises ``Invalid`` if the cursor is none of ours, or of a list in another order.
    """
    if "page" in asked.model_fields_set:
        raise Invalid([FieldError("page", "Give a page or a cursor, not both.", "exclusive")])
    try:
        sort_by, order, shown, last, page = json.loads(base64.urlsafe_b64decode(asked.cursor))
        value = None if shown is None else _READERS[sort_by](shown)
        last_id, page = UUID(last), _whole(page)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise _bad_cursor("This is no cursor of a list of tasks.") from None
    if (sort_by, order) != (asked.sort_by, asked.order):
        raise _bad_cursor("This cursor is of a list in another order.")
    return value, last_id, page


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None or not EARLIEST.year <= moment.year <= LATEST.year:
        raise ValueError("not a time of ours")
    return moment


def _whole(number: int) -> int:
    if type(number) is not int or not 0 <= number < 1 << 53:
        raise ValueError("not a number of ours")
    return number


def _priority_name(name: str) -> str:
    return PRIORITIES[PRIORITIES.index(name)]  # or ValueError


def _text(text: str) -> str:
    text.encode()  # or ValueError, for half of a surrogate pair
    if "\0" in text:
        raise ValueError("not a text of ours")
    return text


_READERS: dict[str, Callable[[Any], Any]] = {
    "created_at": _moment,
    "updated_at": _moment,
    "due_date": _moment,
    "priority": _priority_name,
    "title": _text,
    "position": _whole,
}


def _bad_cursor(message: str) -> Invalid:
    return Invalid([FieldError("cursor", message, "bad_cursor")])
