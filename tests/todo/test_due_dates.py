"""Due dates: a day is the same day in every time zone, and a time is the same time."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4
from zoneinfo import ZoneInfo, available_timezones

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from support.client import Client, expect, verified_user

from bridge import User
from todo.store import stats, task_list, tasks
from todo.store.due import Cut, Due
from todo.store.session import read, write
from todo.store.task_list import TaskListQuery

DAY, TIME = "2030-01-31", "2030-01-31T09:30:00Z"
# Each day begins first in Kiritimati, and ends last in Etc/GMT+12.
FIRST, LAST = "Pacific/Kiritimati", "Etc/GMT+12"
ZONES = [
    ZoneInfo(name)
    for name in (
        "UTC",
        FIRST,
        LAST,
        "Asia/Kathmandu",
        "Europe/Berlin",
        "America/New_York",
        "Africa/Cairo",
        "America/Sao_Paulo",
    )
]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, DAY),
        (DAY, TIME),
        (TIME, DAY),
        (DAY, None),
        (DAY, "2030-02-01"),
        (DAY, f"{DAY}T00:00:00Z"),  # the same sort key
        (f"{DAY}T00:00:00Z", DAY),
    ],
)
@pytest.mark.parametrize("method", ["PATCH", "PUT"])
def test_a_due_date_changes_between_none_a_day_and_a_time(
    alice: Client, method: str, before: str | None, after: str | None
):
    task = alice.make("/tasks", title="x", due_date=before)
    assert task["due_date"] == before
    path, body = f"/tasks/{task['id']}", {"title": "x", "due_date": after}
    changed = expect(200, alice.ask(method, path, json=body))
    assert (changed["due_date"], changed["version"]) == (after, 2)
    assert alice.read(path) == changed
    assert expect(200, alice.ask(method, path, json=body)) == changed


def test_another_change_keeps_the_day(alice: Client):
    task = alice.make("/tasks", title="x", due_date=DAY)
    path = f"/tasks/{task['id']}"
    assert expect(200, alice.ask("PATCH", path, json={"title": "y"}))["due_date"] == DAY
    body = {"action": "complete", "task_ids": [task["id"]]}
    expect(200, alice.ask("POST", "/tasks/bulk", json=body))
    assert alice.read(path)["due_date"] == DAY


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"due_before": "2030-02-01"}, ["31", "31 23:30"]),
        ({"due_before": "2030-02-01", "tz": "Europe/Berlin"}, ["31"]),
        ({"due_after": "2030-01-31"}, ["1", "1 00:30"]),
        ({"due_after": "2030-01-31", "tz": "Europe/Berlin"}, ["1", "1 00:30", "31 23:30"]),
        ({"due_after": "2030-01-30", "due_before": "2030-02-01"}, ["31", "31 23:30"]),
        ({"due_before": "2030-01-31T23:59:59Z"}, ["31 23:30"]),
        ({"due_before": "2030-02-01T00:00:00Z"}, ["31", "31 23:30"]),
        ({"due_before": "2030-02-01T00:00:00+01:00", "tz": "Europe/Berlin"}, ["31"]),
        ({"due_after": "2030-01-31T12:00:00Z"}, ["1", "1 00:30", "31", "31 23:30"]),
        ({"due_after": "2030-02-01T00:00:00Z"}, ["1", "1 00:30"]),
    ],
)
def test_days_and_times_are_found_before_and_after_a_day_or_a_time(
    alice: Client, query: dict[str, str], found: list[str]
):
    alice.make("/tasks", title="31", due_date="2030-01-31")
    alice.make("/tasks", title="31 23:30", due_date="2030-01-31T23:30:00Z")
    alice.make("/tasks", title="1", due_date="2030-02-01")
    alice.make("/tasks", title="1 00:30", due_date="2030-02-01T00:30:00Z")
    alice.make("/tasks", title="none")
    page = alice.read(f"/tasks?{urlencode({**query, 'sort_by': 'title', 'order': 'asc'})}")
    assert [task["title"] for task in page["items"]] == found
    assert page["total"] == len(found)


def test_a_day_is_overdue_when_it_has_ended_in_the_time_zone_of_the_caller(alice: Client):
    # This day has always ended in Kiritimati, 26 hours before it ends in Etc/GMT+12.
    yesterday = datetime.now(ZoneInfo(FIRST)).date() - timedelta(days=1)
    alice.make("/tasks", title="day", due_date=yesterday.isoformat())
    alice.make("/tasks", title="done", due_date=yesterday.isoformat(), completed=True)
    for zone, overdue in ((FIRST, ["day"]), (LAST, [])):
        query = urlencode({"tz": zone})
        found = alice.read(f"/tasks?overdue=true&{query}")["items"]
        assert [task["title"] for task in found] == overdue
        assert alice.read(f"/tasks?overdue=false&{query}")["total"] == 2 - len(overdue)
        assert alice.read(f"/tasks/stats?{query}")["overdue"] == len(overdue)


def create(user: User, dues: list[Due]) -> None:
    values = {"description": None, "completed": False, "priority": None, "tags": []}
    with write(user) as transaction:
        tasks.create(transaction, [{"title": str(due), "due_date": due, **values} for due in dues])


def titles(user: User, now: datetime | None = None, **query: Any) -> set[str]:
    with read(user) as reader:
        page = task_list.page(reader, TaskListQuery(limit=100, **query), now)
    assert page.total == len(page.tasks)
    return {task.title for task in page.tasks}


@pytest.mark.parametrize("zone", ZONES, ids=str)
@pytest.mark.parametrize("today", [date(2026, 3, 29), date(2026, 10, 25), date(2030, 1, 31)])
def test_overdue_and_today_follow_the_day_of_the_caller(ada: User, zone: ZoneInfo, today: date):
    day, second = timedelta(days=1), timedelta(seconds=1)
    start, end = (
        datetime.combine(one, time(), zone).astimezone(UTC) for one in (today, today + day)
    )
    create(ada, [today - day, today, today + day])
    create(ada, [start - second, start, end - second, end])
    yesterday: set[Due] = {today - day, start - second}
    during: set[Due] = {today, start, end - second}
    for now, overdue, due_today in (
        (start - second, set(), yesterday),
        (start, yesterday, during),
        (end - second, yesterday | {start}, during),
        (end, yesterday | during, {today + day, end}),
    ):
        assert titles(ada, now, overdue=True, tz=zone) == set(map(str, overdue))
        assert len(titles(ada, now, overdue=False, tz=zone)) == 7 - len(overdue)
        local = now.astimezone(zone).date()
        found = titles(ada, due_after=local - day, due_before=local + day, tz=zone)
        assert found == set(map(str, due_today))
        with read(ada) as reader:
            counted = stats.read(reader, now=now, tz=zone)
        assert (counted.overdue, counted.due_today) == (len(overdue), len(due_today))


@pytest.fixture(scope="module")
def mixed(store: Flask) -> tuple[User, list[Due]]:
    """A user with tasks of days and times around days on which clocks change."""
    dues: list[Due] = []
    for day in (date(2026, 3, 29), date(2026, 4, 24), date(2026, 10, 25), date(2026, 11, 1)):
        midnight = datetime.combine(day, time(), UTC)
        dues += [day + timedelta(days=days) for days in (-1, 0, 1)]
        dues += [midnight + timedelta(hours=hours) for hours in range(-14, 14, 3)]
    user = verified_user(uuid4())
    create(user, dues)
    return user, dues


def is_before(due: Due, limit: Due, zone: ZoneInfo) -> bool:
    """Tell as documented whether a due date is before a day or a time."""
    if not isinstance(limit, datetime):
        return day_of(due, zone) < limit
    return due < limit if isinstance(due, datetime) else end_of(due, zone) <= limit


def is_after(due: Due, limit: Due, zone: ZoneInfo) -> bool:
    """Tell as documented whether a due date is after a day or a time."""
    if not isinstance(limit, datetime):
        return day_of(due, zone) > limit
    return (due if isinstance(due, datetime) else end_of(due, zone)) > limit


def end_of(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)


def day_of(due: Due, zone: ZoneInfo) -> date:
    return due.astimezone(zone).date() if isinstance(due, datetime) else due


DAYS = st.dates(date(2026, 3, 27), date(2026, 4, 26)) | st.dates(
    date(2026, 10, 23), date(2026, 11, 3)
)
TIMES = st.builds(datetime.combine, DAYS, st.times(), st.just(UTC))
HOURS = st.builds(datetime.combine, DAYS, st.builds(time, st.integers(0, 23)), st.just(UTC))


@given(limit=DAYS | TIMES | HOURS, zone=st.sampled_from(ZONES), now=TIMES | HOURS)
@settings(max_examples=100, deadline=None)
def test_filters_find_the_tasks_of_the_documented_rule(
    mixed: tuple[User, list[Due]], limit: Due, zone: ZoneInfo, now: datetime
):
    user, dues = mixed
    before = {str(due) for due in dues if is_before(due, limit, zone)}
    assert titles(user, due_before=limit, tz=zone) == before
    after = {str(due) for due in dues if is_after(due, limit, zone)}
    assert titles(user, due_after=limit, tz=zone) == after
    overdue = {str(due) for due in dues if is_before(due, now, zone)}
    assert titles(user, now, overdue=True, tz=zone) == overdue
    today = now.astimezone(zone).date()
    with read(user) as reader:
        found = stats.read(reader, now=now, tz=zone)
    assert found.overdue == len(overdue)
    assert found.due_today == sum(day_of(due, zone) == today for due in dues)


@given(
    now=st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    zone=st.sampled_from(sorted(available_timezones())).map(ZoneInfo),
)
def test_every_time_is_within_its_day(now: datetime, zone: ZoneInfo):
    day = now.astimezone(zone).date()
    start = Cut.before_day(day, zone).time
    end = Cut.before_day(day + timedelta(days=1), zone).time
    assert start <= now < end
    assert timedelta(hours=20) <= end - start <= timedelta(hours=28)


def test_days_with_a_clock_change_have_23_or_25_hours():
    berlin, day = ZoneInfo("Europe/Berlin"), timedelta(days=1)
    lengths = [
        Cut.after(one, berlin).time - Cut.before(one, berlin).time
        for one in (date(2026, 3, 29), date(2026, 10, 25))
    ]
    assert lengths == [day - timedelta(hours=1), day + timedelta(hours=1)]
