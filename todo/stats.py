"""Numbers over all tasks of a user: /api/v1/{user_id}/tasks/stats."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Blueprint
from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import undefer

from .database import db
from .models import PRIORITIES, Tag, Task
from .openapi import gives
from .schemas import CountsByPriority, StatsAnswer, StatsQuery, TagAnswer, read_query

bp = Blueprint("stats", __name__, url_prefix="/tasks")


@bp.get("/stats")
@gives({200: StatsAnswer}, query=StatsQuery)
def stats(user_id: UUID) -> dict[str, Any]:
    """Count the tasks; today is that of the time zone ``tz``."""
    now = datetime.now(UTC)
    start, end = day_of(now, read_query(StatsQuery).tz)
    is_active = Task.completed_at.is_(None)
    counts: dict[str, ColumnElement[int]] = {
        "total": func.count(),
        "active": func.count().filter(is_active),
        "overdue": func.count().filter(and_(is_active, Task.due_date < now)),
        "due_today": func.count().filter(and_(Task.due_date >= start, Task.due_date < end)),
        **{name: func.count().filter(Task.priority == name) for name in PRIORITIES},
    }
    columns = [count.label(name) for name, count in counts.items()]
    found = db.session.execute(select(*columns).where(Task.user_id == user_id)).one()
    by_priority = {name: getattr(found, name) for name in PRIORITIES}
    tags = Tag.of(user_id).options(undefer(Tag.task_count)).order_by(Tag.key)
    return StatsAnswer(
        total=found.total,
        active=found.active,
        completed=found.total - found.active,
        overdue=found.overdue,
        due_today=found.due_today,
        by_priority=CountsByPriority(**by_priority, none=found.total - sum(by_priority.values())),
        by_tag=[TagAnswer.model_validate(tag) for tag in db.session.scalars(tags)],
    ).as_json()


def day_of(moment: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return when the day of ``moment`` begins and ends in ``zone``; some have 23 or 25 hours."""
    today = moment.astimezone(zone).date()
    start = datetime.combine(today, time(), zone)
    end = datetime.combine(today + timedelta(days=1), time(), zone)
    return start.astimezone(UTC), end.astimezone(UTC)
