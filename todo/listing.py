"""Which tasks a list is about, in which order, and where a cursor goes on.

A cursor holds the sort key and id of the last task seen, so that the next page is found by an
index however far in it lies, and rows that come or go before it shift nothing.
"""

import base64
import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    exists,
    false,
    func,
    literal,
    or_,
    select,
    tuple_,
)
from sqlalchemy.orm import InstrumentedAttribute

from .errors import FieldError, Invalid
from .models import PRIORITIES, Tag, Task, fold, task_tags
from .schemas import EARLIEST, LATEST, TaskQuery

# Each is unique together with the id, which breaks ties.
SORT_KEYS: dict[str, InstrumentedAttribute[Any]] = {
    "created_at": Task.created_at,
    "updated_at": Task.updated_at,
    "due_date": Task.due_date,
    "priority": Task.priority,
    "title": Task.title_key,
    "position": Task.position,
}


def narrowed(tasks: Select[Task], user_id: UUID, asked: TaskQuery) -> Select[Task]:
    """Return the tasks that every filter lets pass."""
    conditions = [
        _status(asked.status),
        _priority(asked.priority),
        _tagged(user_id, asked.tag, all_of_them=asked.tag_match == "all"),
        Task.due_date < asked.due_before if asked.due_before else None,
        Task.due_date > asked.due_after if asked.due_after else None,
        _overdue(wanted=asked.overdue) if asked.overdue is not None else None,
        _found(asked.search) if asked.search else None,
    ]
    return tasks.where(*(condition for condition in conditions if condition is not None))


def _status(status: str) -> ColumnElement[bool] | None:
    if status == "all":
        return None
    is_active = Task.completed_at.is_(None)
    return is_active if status == "active" else ~is_active


def _priority(wanted: Iterable[str]) -> ColumnElement[bool] | None:
    named = [name for name in wanted if name in PRIORITIES]
    conditions = [Task.priority.in_(named)] if named else []
    if "none" in wanted:
        conditions.append(Task.priority.is_(None))
    return or_(*conditions) if conditions else None


def _tagged(
    user_id: UUID, wanted: list[UUID | str], *, all_of_them: bool
) -> ColumnElement[bool] | None:
    if not wanted:
        return None
    conditions = [~_has_tag()] if "none" in wanted else []
    conditions += [_has_tag(_is_tag(user_id, one)) for one in wanted if one != "none"]
    return and_(*conditions) if all_of_them else or_(false(), *conditions)


def _has_tag(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    links = task_tags.c
    return exists(
        select(links.tag_id).where(
            links.user_id == Task.user_id, links.task_id == Task.id, *conditions
        )
    )


def _is_tag(user_id: UUID, wanted: UUID | str) -> ColumnElement[bool]:
    if isinstance(wanted, UUID):
        return task_tags.c.tag_id == wanted
    named = Tag.of(user_id).with_only_columns(Tag.id).where(Tag.key == fold(wanted))
    return task_tags.c.tag_id == named.scalar_subquery()


def _overdue(*, wanted: bool) -> ColumnElement[bool]:
    is_overdue = and_(Task.due_date < datetime.now(UTC), Task.completed_at.is_(None))
    return is_overdue if wanted else ~func.coalesce(is_overdue, false())


def _found(search: str) -> ColumnElement[bool]:
    return Task.search_text.contains(fold(search), autoescape=True)


def ordered(tasks: Select[Task], asked: TaskQuery) -> Select[Task]:
    """Return the tasks in the order asked for; those without the sort key come last."""
    key = SORT_KEYS[asked.sort_by]
    if asked.order == "asc":
        return tasks.order_by(key.asc().nulls_last(), Task.id.asc())
    return tasks.order_by(key.desc().nulls_last(), Task.id.desc())


def cursor_after(task: Task, asked: TaskQuery, page: int) -> str:
    """Return what asks for the tasks after ``task``, as page number ``page``."""
    value = getattr(task, SORT_KEYS[asked.sort_by].key)
    shown = value.isoformat() if isinstance(value, datetime) else value
    content = [asked.sort_by, asked.order, shown, str(task.id), page]
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode()


def read_cursor(asked: TaskQuery) -> tuple[ColumnElement[bool], int]:
    """Return what is true of the tasks after the cursor, and the number of their page.

    Raises ``Invalid`` if it is none of ours, or of a list in another order.
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
    return _after(SORT_KEYS[sort_by], value, last_id, is_ascending=order == "asc"), page


def _after(
    key: InstrumentedAttribute[Any], value: Any, last_id: UUID, *, is_ascending: bool
) -> ColumnElement[bool]:
    if value is None:
        return and_(key.is_(None), Task.id > last_id if is_ascending else Task.id < last_id)
    here = tuple_(key, Task.id)
    there = tuple_(literal(value, key.type), literal(last_id, Task.id.type))
    beyond = here > there if is_ascending else here < there
    return or_(beyond, key.is_(None)) if key.property.columns[0].nullable else beyond


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
