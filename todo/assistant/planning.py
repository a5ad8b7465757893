"""Plans: what to do today, and days of the week for overdue and undated tasks."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from ..store.records import Task
from ..store.session import Reader
from ..store.task_list import TaskListQuery
from .commands import Filter
from .finding import Found, find, first
from .when import Clock

MAX_PLANNED = 100
MAX_URGENT = 5
MAX_DUE = 1000
FRIDAY = 4


class DayPlan(NamedTuple):
    """What to do today."""

    overdue: Found
    today: Found
    urgent: Found
    """Tasks of high priority without a date."""


class WeekPlan(NamedTuple):
    """Days for tasks."""

    days: list[tuple[Task, date]]
    left: int
    """Number of tasks that do not fit into the week."""


def plan_day(reader: Reader, clock: Clock, limit: int) -> DayPlan:
    """Return overdue tasks by priority, today's by time, and a few urgent ones without a date."""
    overdue = first(reader, _by_priority(clock, overdue=True), clock, limit)
    today = find(reader, Filter(first_day=clock.today, last_day=clock.today), clock, limit)
    # A task of today whose time has passed is overdue: show it once.
    shown = {task.id for task in overdue.tasks}
    rest = [task for task in today.tasks if task.id not in shown]
    today = Found(rest, today.total - len(today.tasks) + len(rest), today.has_more)
    urgent = Filter(has_date=False, priorities=("high",))
    return DayPlan(overdue, today, find(reader, urgent, clock, MAX_URGENT))


def plan_week(reader: Reader, clock: Clock, *, each: int | None, is_next: bool) -> WeekPlan:
    """Spread overdue and undated tasks over the days until Sunday, or over the next week.

    Tasks that are due on these days already count towards ``each``. Without ``each``, the tasks
    are spread evenly. From Saturday on, the week is the next one.
    """
    days = _days(clock.today, is_next=is_next)
    due = find(reader, Filter(first_day=days[0], last_day=days[-1]), clock, MAX_DUE).tasks
    overdue = first(reader, _by_priority(clock, overdue=True), clock, MAX_PLANNED).tasks
    undated = first(reader, _by_priority(clock, overdue=None), clock, MAX_PLANNED).tasks
    moved = {task.id for task in overdue}
    taken = Counter(_day_of(task, clock) for task in due if task.id not in moved)
    planned = []
    tasks = [*overdue, *undated]
    for task in tasks:
        free = [day for day in days if each is None or taken[day] < each]
        if not free:
            break
        day = min(free, key=lambda day: taken[day]) if each is None else free[0]
        taken[day] += 1
        planned.append((task, day))
    return WeekPlan(planned, len(tasks) - len(planned))


def _by_priority(clock: Clock, *, overdue: bool | None) -> TaskListQuery:
    """Return the query of overdue tasks or, with None, of tasks without a date."""
    return TaskListQuery(
        status="active",
        overdue=overdue,
        has_due_date=None if overdue else False,
        tz=clock.zone,
        sort_by="priority",
    )


def _days(today: date, *, is_next: bool) -> Sequence[date]:
    monday = today - timedelta(days=today.weekday())
    if is_next or today.weekday() > FRIDAY:
        start = monday + timedelta(days=7)
        return [start + timedelta(days=ahead) for ahead in range(7)]
    return [today + timedelta(days=ahead) for ahead in range(7 - today.weekday())]


def _day_of(task: Task, clock: Clock) -> date | None:
    due = task.due_date
    return due.astimezone(clock.zone).date() if isinstance(due, datetime) else due
