"""Numbers over all tasks of a user: /api/v1/{user_id}/tasks/stats."""

from datetime import UTC, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, jsonify
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import undefer

from .answers import CountsByPriority, StatsAnswer, TagAnswer
from .database import db
from .models import PRIORITIES, PriorityOrNone, Tag, Task, TaskCount, rank
from .openapi import gives
from .schemas import StatsQuery, read_query

bp = Blueprint("stats", __name__, url_prefix="/tasks")


@bp.get("/stats")
@gives({200: StatsAnswer}, query=StatsQuery)
def stats(user_id: UUID) -> Response:
    """Count the tasks; today is that of the time zone ``tz``."""
    now = datetime.now(UTC)
    start, end = day_of(now, read_query(StatsQuery).tz)
    counted = db.session.scalars(select(TaskCount).where(TaskCount.user_id == user_id)).all()
    names: tuple[PriorityOrNone, ...] = (*PRIORITIES, "none")
    by_priority = {
        name: sum((one.count for one in counted if one.priority == rank(name)), 0) for name in names
    }
    active = sum(one.count for one in counted if not one.completed)
    total = sum(one.count for one in counted)
    tags = Tag.of(user_id).options(undefer(Tag.task_count)).order_by(Tag.key)
    return jsonify(
        StatsAnswer(
            total=total,
            active=active,
            completed=total - active,
            overdue=_count(user_id, Task.due_date < now, Task.completed_at.is_(None)),
            due_today=_count(user_id, Task.due_date >= start, Task.due_date < end),
            by_priority=CountsByPriority(**by_priority),
            by_tag=[TagAnswer.of(tag) for tag in db.session.scalars(tags)],
        )
    )


def _count(user_id: UUID, *conditions: ColumnElement[bool]) -> int:
    query = Task.of(user_id).where(*conditions).with_only_columns(func.count())
    return db.session.scalars(query).one()


def day_of(moment: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return when the day of ``moment`` begins and ends in ``zone``; some have 23 or 25 hours."""
    today = moment.astimezone(zone).date()
    start = datetime.combine(today, time(), zone)
    end = datetime.combine(today + timedelta(days=1), time(), zone)
    return start.astimezone(UTC), end.astimezone(UTC)
