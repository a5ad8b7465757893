"""Statistics over all tasks of a user."""

from datetime import datetime

from sqlalchemy import func, select

from . import tags
from .records import CountsByPriority, Stats
from .session import Reader
from .statements import USER_ID, Statement, bound, of_owner
from .tables import PRIORITIES, PriorityOrNone, rank, task_counts, tasks


def _counts() -> Statement:
    counted = select(task_counts).where(task_counts.c.user_id == USER_ID).subquery("counted")
    columns = (counted.c.completed, counted.c.priority, counted.c.count)
    return Statement(of_owner(counted, *columns))


def _due() -> Statement:
    due_date = tasks.c.due_date
    of_user = select(func.count()).where(tasks.c.user_id == USER_ID)
    overdue = of_user.where(due_date < bound("now", due_date), tasks.c.completed_at.is_(None))
    today = of_user.where(
        due_date >= bound("day_starts", due_date), due_date < bound("day_ends", due_date)
    )
    return Statement(select(overdue.scalar_subquery(), today.scalar_subquery()))


_COUNTS = _counts()
_DUE = _due()


def read(reader: Reader, *, now: datetime, day_starts: datetime, day_ends: datetime) -> Stats:
    """Count the tasks of the user: overdue at ``now``, and due today from start to end of a day."""
    counted = [row for row in reader.rows(_COUNTS) if row[0] is not None]
    ((overdue, due_today),) = reader.rows(_DUE, now=now, day_starts=day_starts, day_ends=day_ends)
    total = sum(count for _, _, count in counted)
    completed = sum(count for is_completed, _, count in counted if is_completed)
    names: tuple[PriorityOrNone, ...] = (*PRIORITIES, "none")
    by_priority = {
        name: sum(count for _, priority, count in counted if priority == rank(name))
        for name in names
    }
    return Stats(
        total=total,
        active=total - completed,
        completed=completed,
        overdue=overdue,
        due_today=due_today,
        by_priority=CountsByPriority(**by_priority),
        by_tag=tags.every(reader),
    )
