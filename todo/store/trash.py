"""The trash of a user: deleted tasks that can be restored.

``tasks.delete`` and ``tasks.restore`` move tasks to the trash and back.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from uuid import UUID

import sqlalchemy as sql
from sqlalchemy import func, select, type_coerce

from .records import Task, TrashedTask
from .session import Reader, Transaction
from .statements import USER_ID, Statement, bound, is_any_of, number, of_owner
from .tables import trash
from .task_json import TaskJSON

KEPT_DAYS = 30

_OF_USER = trash.c.user_id == USER_ID
_ID = bound("task_id", trash.c.id)
_INSERT = Statement(
    sql.insert(trash).values(
        user_id=USER_ID,
        id=_ID,
        deleted_at=bound("deleted_at", trash.c.deleted_at),
        position=bound("position", trash.c.position),
        content=sql.bindparam("content", type_=TaskJSON()),
    )
)
_DELETE = Statement(sql.delete(trash).where(_OF_USER, trash.c.id == _ID))
_DELETE_ALL = Statement(sql.delete(trash).where(_OF_USER))
_DELETE_OLD = Statement(
    sql.delete(trash).where(_OF_USER, trash.c.deleted_at < bound("before", trash.c.deleted_at))
)
_SOME = Statement(
    select(type_coerce(trash.c.content, TaskJSON())).where(_OF_USER, is_any_of(trash.c.id, "ids"))
)


@lru_cache(maxsize=256)
def _page(limit: int, offset: int) -> Statement:
    newest_first = (trash.c.deleted_at.desc(), trash.c.id.desc())
    rows = select(trash).where(_OF_USER).order_by(*newest_first)
    part = rows.limit(number(limit)).offset(number(offset)).subquery("part")
    total = select(func.count()).select_from(trash).where(_OF_USER).scalar_subquery()
    columns = (type_coerce(part.c.content, TaskJSON()), part.c.deleted_at, total)
    return Statement(of_owner(part, *columns).order_by(part.c.deleted_at.desc(), part.c.id.desc()))


def page(reader: Reader, *, limit: int, offset: int) -> tuple[list[TrashedTask], int]:
    """Return some tasks of the trash, the latest deleted first, and the number of all of them."""
    return reader.page(TrashedTask, _page(limit, offset))


def find_some(transaction: Transaction, task_ids: Sequence[UUID]) -> dict[UUID, Task]:
    """Return those of several tasks that are in the trash, by id."""
    found = transaction.rows(_SOME, ids=list(task_ids)) if task_ids else []
    return {task.id: task for (task,) in found}


def add(transaction: Transaction, tasks: Iterable[Task]) -> None:
    """Put tasks into the trash."""
    now = datetime.now(UTC)
    transaction.write(
        _INSERT,
        *(
            {"task_id": task.id, "deleted_at": now, "position": task.position, "content": task}
            for task in tasks
        ),
    )


def delete(transaction: Transaction, task_ids: Iterable[UUID]) -> None:
    """Remove tasks from the trash."""
    transaction.write(_DELETE, *({"task_id": task_id} for task_id in task_ids))


def empty(transaction: Transaction) -> None:
    """Delete all tasks in the trash for ever."""
    transaction.write(_DELETE_ALL, {})


def delete_old(transaction: Transaction, before: datetime) -> None:
    """Delete for ever the tasks that were moved to the trash before a time."""
    transaction.write(_DELETE_OLD, {"before": before})
