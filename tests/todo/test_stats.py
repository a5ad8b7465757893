"""Statistics over all tasks, with today in the time zone of the caller."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.client import Client, expect

from todo.api.stats import day_of

ZONES = sorted(available_timezones())


def test_all_counts_are_zero_without_tasks(alice: Client):
    assert alice.read("/tasks/stats") == {
        "total": 0,
        "active": 0,
        "completed": 0,
        "overdue": 0,
        "due_today": 0,
        "by_priority": {"low": 0, "medium": 0, "high": 0, "none": 0},
        "by_tag": [],
    }


def test_statistics_count_all_tasks_of_the_user(alice: Client, bob: Client):
    tag = alice.make("/tags", name="Home")
    past, soon = "2020-01-01T00:00:00Z", f"{datetime.now(UTC):%Y-%m-%d}T12:00:00Z"
    for number in range(25):
        alice.make("/tasks", title=str(number), priority="low", tag_ids=[tag["id"]])
    alice.make("/tasks", title="late", due_date=past, priority="high")
    alice.make("/tasks", title="done", due_date=past, completed=True)
    alice.make("/tasks", title="today", due_date=soon, completed=True)
    bob.make("/tasks", title="his")
    stats = alice.read("/tasks/stats")
    assert stats["by_tag"] == [alice.read(f"/tags/{tag['id']}")]
    del stats["by_tag"]
    assert stats == {
        "total": 28,
        "active": 26,
        "completed": 2,
        "overdue": 1,
        "due_today": 1,
        "by_priority": {"low": 25, "medium": 0, "high": 1, "none": 2},
    }


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12", "Asia/Kathmandu"])
def test_due_today_uses_the_time_zone_of_the_caller(alice: Client, zone: str):
    start, end = day_of(datetime.now(UTC), ZoneInfo(zone))
    for time in (start - timedelta(seconds=1), start, end - timedelta(seconds=1), end):
        alice.make("/tasks", title="x", due_date=time.isoformat())
    assert alice.read(f"/tasks/stats?tz={zone.replace('+', '%2B')}")["due_today"] == 2


@pytest.mark.parametrize(
    "zone", ["", "Mars/Olympus", "../etc/passwd", "/etc/passwd", "Europe", "%00"]
)
def test_an_invalid_time_zone_is_reported(alice: Client, zone: str):
    errors = expect(422, alice.ask("GET", f"/tasks/stats?tz={zone}"))["errors"]
    assert [(error["field"], error["code"]) for error in errors] == [("tz", "not_a_zone")]


@given(
    time=st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    zone=st.sampled_from(ZONES).map(ZoneInfo),
)
def test_every_time_is_within_its_day(time: datetime, zone: ZoneInfo):
    start, end = day_of(time, zone)
    assert start <= time < end
    assert timedelta(hours=20) <= end - start <= timedelta(hours=28)
    assert start.astimezone(zone).date() == time.astimezone(zone).date()
    assert end.astimezone(zone).date() > time.astimezone(zone).date()


def test_days_with_a_clock_change_have_23_or_25_hours():
    berlin = ZoneInfo("Europe/Berlin")
    spring, autumn = datetime(2026, 3, 29, 12, tzinfo=UTC), datetime(2026, 10, 25, 12, tzinfo=UTC)
    lengths = [end - start for start, end in (day_of(spring, berlin), day_of(autumn, berlin))]
    assert lengths == [timedelta(hours=23), timedelta(hours=25)]
