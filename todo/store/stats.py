"""Statistics over all tasks of a user."""

from datetime import datetime, timedelta, tzinfo

from sqlalchemy import func, select

from . import tags
from .due import Cut, is_before, is_from
from .records import CountsByPriority, Stats
from .session import Reader
from .statements import USER_ID, Statement, of_owner
from .tables import PRIORITIES, PriorityOrNone, rank, task_counts, tasks


def _counts() -> Statement:
    counted = select(task_counts).where(task_counts.c.user_id == USER_ID).subquery("counted")
    columns = (counted.c.completed, counted.c.priority, counted.c.count)
    return Statement(of_owner(counted, *columns))


def _due() -> Statement:
    of_user = select(func.count()).where(tasks.c.user_id == USER_ID)
    overdue = of_user.where(is_before("now"), tasks.c.completed_at.is_(None))
    today = of_user.where(is_from("today"), is_before("tomorrow"))
    return Statement(select(overdue.scalar_subquery(), today.scalar_subquery()))


_COUNTS = _counts()
_DUE = _due()


def read(reader: Reader, *, now: datetime, tz: tzinfo) -> Stats:
    """Count the tasks of the user; today is the day of ``now`` in the time zone ``tz``."""
    today = now.astimezone(tz).date()
    due = {
        **Cut.before_time(now, tz).values("now"),
        **Cut.before_day(today, tz).values("today"),
        **Cut.before_day(today + timedelta(days=1), tz).values("tomorrow"),
    }
    counted = [row for row in reader.rows(_COUNTS) if row[0] is not None]
    ((overdue, due_today),) = reader.rows(_DUE, **due)
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
