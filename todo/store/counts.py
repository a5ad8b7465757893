"""Counts of tasks by state and priority, maintained in the transaction that changes the tasks."""

from collections import Counter
from collections.abc import Iterable

from sqlalchemy import SmallInteger, delete, func, select, type_coerce
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT compiles on SQLite too

from .records import Change
from .session import Transaction
from .statements import USER_ID, Statement, bound, number
from .tables import rank, task_counts, tasks

_count = task_counts.c.count

_insert = insert(task_counts).values(
    user_id=USER_ID,
    completed=bound("completed", task_counts.c.completed),
    priority=bound("priority", task_counts.c.priority),
    count=bound("difference", _count),
)
_ADD = Statement(
    _insert.on_conflict_do_update(
        index_elements=list(task_counts.primary_key.columns),
        set_={"count": _count + _insert.excluded.count},
    )
)
_DELETE_ALL = Statement(delete(task_counts).where(task_counts.c.user_id == USER_ID))
_state = (
    tasks.c.completed_at.is_not(None),
    func.coalesce(type_coerce(tasks.c.priority, SmallInteger), number(0)),
)
_COUNT_ALL = Statement(
    insert(task_counts).from_select(
        ["user_id", "completed", "priority", "count"],
        select(tasks.c.user_id, *_state, func.count())
        .where(tasks.c.user_id == USER_ID)
        .group_by(tasks.c.user_id, *_state),
    )
)


def update(transaction: Transaction, changes: Iterable[Change]) -> None:
    """Update the counts after ``changes`` of tasks."""
    differences: Counter[tuple[bool, int]] = Counter()
    for before, after in changes:
        if before is not None:
            differences[before.completed, rank(before.priority)] -= 1
        if after is not None:
            differences[after.completed, rank(after.priority)] += 1
    transaction.write(
        _ADD,
        *(
            {"completed": completed, "priority": priority, "difference": difference}
            for (completed, priority), difference in sorted(differences.items())
            if difference
        ),
    )


def recount(transaction: Transaction) -> None:
    """Count all tasks of the user anew."""
    for statement in (_DELETE_ALL, _COUNT_ALL):
        transaction.write(statement, {})
