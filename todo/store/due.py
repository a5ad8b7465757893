"""Due dates: a day or a time, and how both compare.

A day is the same day in every time zone. The column ``due_date`` stores a time, or midnight UTC of
a day, so that one index sorts both. The column ``due_all_day`` tells which of them it is.
"""

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, ColumnElement, and_, case

from .statements import bound
from .tables import tasks

Due = date | datetime


class Cut(NamedTuple):
    """A point between due dates: the days before ``day`` and the times before ``time`` precede it.

    A day precedes a time if the day has ended by then, in the time zone of the caller.
    """

    day: date
    time: datetime

    @classmethod
    def before_day(cls, day: date, zone: tzinfo) -> "Cut":
        """Return the cut before ``day``, and before all times of this day in ``zone``."""
        return cls(day, datetime.combine(day, time(), zone).astimezone(UTC))

    @classmethod
    def before_time(cls, at: datetime, zone: tzinfo) -> "Cut":
        """Return the cut before a time, and after the days that have ended by then in ``zone``."""
        return cls(at.astimezone(zone).date(), at)

    @classmethod
    def before(cls, due: Due, zone: tzinfo) -> "Cut":
        """Return the cut before a day or a time."""
        if isinstance(due, datetime):
            return cls.before_time(due, zone)
        return cls.before_day(due, zone)

    @classmethod
    def after(cls, due: Due, zone: tzinfo) -> "Cut":
        """Return the cut after a day or a time."""
        if isinstance(due, datetime):
            return cls(due.astimezone(zone).date(), due + datetime.resolution)
        return cls.before_day(due + timedelta(days=1), zone)

    def values(self, name: str) -> dict[str, Any]:
        """Return the parameters of ``is_before`` and ``is_from`` with this name."""
        midnight = midnight_utc(self.day)
        return {
            f"{name}_day": midnight,
            f"{name}_time": self.time,
            f"{name}_first": min(midnight, self.time),
            f"{name}_last": max(midnight, self.time),
        }


def is_before(name: str) -> ColumnElement[bool]:
    """Return the condition that a task is due before the cut ``name``."""
    # The first condition lets the database use an index; the second one is exact.
    return and_(
        tasks.c.due_date < _bound(f"{name}_last"),
        tasks.c.due_date < _key_of(name),
    )


def is_from(name: str) -> ColumnElement[bool]:
    """Return the condition that a task is due after the cut ``name``."""
    return and_(
        tasks.c.due_date >= _bound(f"{name}_first"),
        tasks.c.due_date >= _key_of(name),
    )


def _key_of(name: str) -> ColumnElement[datetime]:
    return case((tasks.c.due_all_day, _bound(f"{name}_day")), else_=_bound(f"{name}_time"))


def _bound(name: str) -> BindParameter[Any]:
    return bound(name, tasks.c.due_date)


def columns_of(due: Due | None) -> dict[str, Any]:
    """Return the columns that store a due date."""
    if due is None:
        return {"due_date": None, "due_all_day": False}
    return {"due_date": sort_key(due), "due_all_day": not isinstance(due, datetime)}


def sort_key(due: Due) -> datetime:
    """Return the time by which a list sorts a due date: for a day, its midnight in UTC."""
    return due if isinstance(due, datetime) else midnight_utc(due)


def midnight_utc(day: date) -> datetime:
    """Return the start of a day in UTC."""
    return datetime.combine(day, time(), UTC)
