"""Statistics over all tasks of a user: /api/v1/{user_id}/tasks/stats."""

from datetime import UTC, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, g, jsonify

from ..store import stats
from ..store.records import Stats
from ..store.session import read
from .bodies import read_query
from .describe import Content, describe
from .requests import StatsQuery

bp = Blueprint("stats", __name__, url_prefix="/tasks")


@bp.get("/stats")
@describe({200: Content("The statistics.", Stats)}, query=StatsQuery)
def show(user_id: UUID) -> Response:
    """Count tasks by state, priority and tag; today is the day of the time zone ``tz``."""
    now = datetime.now(UTC)
    day_starts, day_ends = day_of(now, read_query(StatsQuery).tz)
    with read(g.user) as reader:
        found = stats.read(reader, now=now, day_starts=day_starts, day_ends=day_ends)
    return jsonify(found)


def day_of(now: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return the start and the end of the day of ``now`` in ``zone``: 23 to 25 hours, in UTC."""
    today = now.astimezone(zone).date()
    start = datetime.combine(today, time(), zone)
    end = datetime.combine(today + timedelta(days=1), time(), zone)
    return start.astimezone(UTC), end.astimezone(UTC)
