"""Statistics over all tasks of a user: /api/v1/{user_id}/tasks/stats."""

from datetime import UTC, datetime
from uuid import UUID

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
    tz = read_query(StatsQuery).tz
    with read(g.user) as reader:
        found = stats.read(reader, now=datetime.now(UTC), tz=tz)
    return jsonify(found)
