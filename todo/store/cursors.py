"""Cursors of task lists: the sort key and id of the last task seen, as opaque text.

The next page is then found by an index, however far into the list, and tasks that are created or
deleted before it shift nothing.
"""

import base64
import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from .due import sort_key
from .errors import CursorInvalid
from .records import Task
from .tables import PRIORITIES, fold

# Times that clients may send: shown in another zone, a time beyond these may have no date.
EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
LATEST = datetime(9998, 12, 31, tzinfo=UTC)


class Cursor(NamedTuple):
    """The last task of a page: its sort key (None if it has none), its id, and the next page."""

    last_key: Any
    last_id: UUID
    page: int


def encode(task: Task, sort_by: str, order: str, page: int) -> str:
    """Return the cursor of the tasks after ``task``, which are page number ``page``."""
    key = fold(task.title) if sort_by == "title" else getattr(task, sort_by)
    if isinstance(key, date):
        key = sort_key(key).isoformat()
    content = [sort_by, order, key, str(task.id), page]
    # An escaped emoji has 12 bytes instead of 4, and 120 of them made a cursor too long to accept.
    text = json.dumps(content, ensure_ascii=False)
    return base64.urlsafe_b64encode(text.encode()).decode()


def decode(text: str, sort_by: str, order: str) -> Cursor:
    """Return the content of a cursor.

    Raises ``CursorInvalid`` if the store did not create it, or for a list in another order.
    """
    try:
        its_sort_by, its_order, key, last_id, page = json.loads(base64.urlsafe_b64decode(text))
        last_key = None if key is None else _DECODERS[its_sort_by](key)
        cursor = Cursor(last_key, UUID(last_id), _whole(page))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise CursorInvalid("This is not a cursor of a list of tasks.") from None
    if (its_sort_by, its_order) != (sort_by, order):
        raise CursorInvalid("This cursor belongs to a list in another order.")
    return cursor


def _time(text: str) -> datetime:
    time = datetime.fromisoformat(text)
    if time.tzinfo is None or not EARLIEST.year <= time.year <= LATEST.year:
        raise ValueError("not a time of a cursor")
    return time


def _whole(number: int) -> int:
    if type(number) is not int or not 0 <= number < 1 << 53:
        raise ValueError("not a number of a cursor")
    return number


def _priority(name: str) -> str:
    return PRIORITIES[PRIORITIES.index(name)]  # raises ValueError


def _title(text: str) -> str:
    text.encode()  # raises ValueError for half of a surrogate pair
    if "\0" in text:
        raise ValueError("not a title")
    return text


_DECODERS: dict[str, Callable[[Any], Any]] = {
    "created_at": _time,
    "updated_at": _time,
    "due_date": _time,
    "priority": _priority,
    "title": _title,
    "position": _whole,
}
