"""Which tasks a list is about, in which order, and where a cursor goes on.

A cursor holds the sort key and id of the last task seen, so that the next page is found by an
index however far in it lies, and rows that come or go before it shift nothing.
"""

import base64
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Select,
    and_,
    bindparam,
    cast,
    exists,
    false,
    func,
    literal_column,
    or_,
    select,
    tuple_,
)
from sqlalchemy.orm import InstrumentedAttribute

from .answers import Page, TaskAnswer
from .errors import FieldError, Invalid
from .models import PRIORITIES, PriorityOrNone, Tag, Task, TaskCount, fold, rank, task_tags
from .schemas import EARLIEST, LATEST, TaskQuery
from .shown import USER, of_user
from .statements import Statement

# Each is unique together with the id, which breaks ties.
SORT_KEYS: dict[str, InstrumentedAttribute[Any]] = {
    "created_at": Task.created_at,
    "updated_at": Task.updated_at,
    "due_date": Task.due_date,
    "priority": Task.priority,
    "title": Task.title_key,
    "position": Task.position,
}
MAX_COUNTED = 10_000


class Shape(NamedTuple):
    """What the words of a list's query depend on; everything else is bound to them by name."""

    status: str
    priority: tuple[PriorityOrNone, ...]
    tags: tuple[str, ...]
    tag_match: str
    due_before: bool
    due_after: bool
    overdue: bool | None
    search: bool
    sort_by: str
    order: str
    start: str
    limit: int


@dataclass(frozen=True, slots=True)
class List:
    """The queries of one shape."""

    page: Statement
    total: Statement


def page_of(user_id: UUID, asked: TaskQuery) -> Page:
    """Return the tasks that are asked for."""
    start, number, values = _start(asked)
    values |= {"user_id": user_id, **_values_of_filters(asked)}
    queries = _queries(_shape(asked, start))
    rows = queries.page.rows(**values)
    if start == "key" and len(rows) <= asked.limit and _may_be_null(SORT_KEYS[asked.sort_by]):
        rows += _queries(_shape(asked, "first null")).page.rows(**values)
    # One more than asked for tells whether there is a next page.
    items = [TaskAnswer(*row[:-1]) for row in rows[: asked.limit]]
    total = rows[0][-1] if rows else queries.total.rows(**values)[0][0]
    return Page(
        items,
        total=total,
        page=number,
        limit=asked.limit,
        pages=-(-total // asked.limit),
        next_cursor=_cursor(items[-1], asked, number + 1) if len(rows) > asked.limit else None,
    )


def _shape(asked: TaskQuery, start: str) -> Shape:
    return Shape(
        asked.status,
        tuple(sorted(set(asked.priority))),
        tuple("none" if tag == "none" else type(tag).__name__ for tag in asked.tag),
        asked.tag_match,
        asked.due_before is not None,
        asked.due_after is not None,
        asked.overdue,
        bool(asked.search),
        asked.sort_by,
        asked.order,
        start,
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
def _queries(shape: Shape) -> List:
    conditions = _conditions(shape)
    total = _total(shape, conditions).scalar_subquery().label("total")
    page = of_user().add_columns(total).where(*conditions)
    page = _ordered(page, shape).limit(literal_column(str(shape.limit + 1)))
    return List(Statement(_started(page, shape)), Statement(select(total)))


def _conditions(shape: Shape) -> list[ColumnElement[bool]]:
    """Return what is true of the tasks that every filter lets pass."""
    conditions = [
        _status(shape.status),
        _priority(shape.priority),
        _tagged(shape.tags, all_of_them=shape.tag_match == "all"),
        Task.due_date < _bound("due_before", Task.due_date) if shape.due_before else None,
        Task.due_date > _bound("due_after", Task.due_date) if shape.due_after else None,
        _overdue(wanted=shape.overdue) if shape.overdue is not None else None,
        Task.search_text.like(_bound("search", Task.search_text), escape="/")
        if shape.search
        else None,
    ]
    return [condition for condition in conditions if condition is not None]


def _bound(name: str, column: InstrumentedAttribute[Any]) -> BindParameter[Any]:
    return bindparam(name, type_=column.type)


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
        return task_tags.c.tag_id == _bound(name, Tag.id)
    named = Tag.of(USER).with_only_columns(Tag.id).where(Tag.key == _bound(name, Tag.key))
    return task_tags.c.tag_id == named.scalar_subquery()


def _overdue(*, wanted: bool) -> ColumnElement[bool]:
    is_overdue = and_(Task.due_date < _bound("now", Task.due_date), Task.completed_at.is_(None))
    return is_overdue if wanted else ~func.coalesce(is_overdue, false())


def _literally(text: str) -> str:
    """Return ``text`` as LIKE finds it as it stands."""
    return text.replace("/", "//").replace("%", "/%").replace("_", "/_")


def _total(shape: Shape, conditions: list[ColumnElement[bool]]) -> Select[int]:
    """Return how many tasks there are; those that other filters find are counted to a limit."""
    if not _is_counted(shape):
        found = Task.of(USER).with_only_columns(Task.id).where(*conditions)
        some = found.limit(literal_column(str(MAX_COUNTED))).subquery()
        return select(func.count()).select_from(some)
    counts = [TaskCount.user_id == USER]
    if shape.status != "all":
        counts.append(TaskCount.completed.is_(shape.status == "completed"))
    if shape.priority:
        counts.append(or_(*(TaskCount.priority == rank(name) for name in shape.priority)))
    return select(cast(func.coalesce(func.sum(TaskCount.count), 0), BigInteger)).where(*counts)


def _is_counted(shape: Shape) -> bool:
    """Tell whether the filters are those by which tasks are counted as they change."""
    others = (shape.due_before, shape.due_after, shape.overdue is not None, shape.search)
    return not (shape.tags or any(others))


def _ordered(tasks: Select[Any], shape: Shape) -> Select[Any]:
    """Return the tasks in the order asked for; those without the sort key come last."""
    key = SORT_KEYS[shape.sort_by]
    by_key, by_id = key.asc(), Task.id.asc()
    if shape.order == "desc":
        by_key, by_id = key.desc(), Task.id.desc()
    return tasks.order_by(by_key.nulls_last() if _may_be_null(key) else by_key, by_id)


def _started(tasks: Select[Any], shape: Shape) -> Select[Any]:
    """Return the tasks from where the page starts.

    Those with the sort key and those without are two queries: no index serves both at once.
    """
    key, is_ascending = SORT_KEYS[shape.sort_by], shape.order == "asc"
    last_id = _bound("last_id", Task.id)
    match shape.start:
        case "offset":
            return tasks.offset(bindparam("offset", type_=BigInteger))
        case "key":
            here, last = tuple_(key, Task.id), tuple_(_bound("last_key", key), last_id)
            return tasks.where(here > last if is_ascending else here < last)
        case "first null":
            return tasks.where(key.is_(None))
        case "null":
            beyond = Task.id > last_id if is_ascending else Task.id < last_id
            return tasks.where(key.is_(None), beyond)
    return tasks


def _may_be_null(key: InstrumentedAttribute[Any]) -> bool:
    return bool(key.property.columns[0].nullable)


def _start(asked: TaskQuery) -> tuple[str, int, dict[str, Any]]:
    """Return where a page starts, its number, and the values that this is bound to."""
    if asked.cursor:
        last_key, last_id, number = _read_cursor(asked)
        values = {"last_key": last_key, "last_id": last_id}
        return "null" if last_key is None else "key", number, values
    offset = (asked.page - 1) * asked.limit
    return ("offset" if offset else "top"), asked.page, {"offset": offset}


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
