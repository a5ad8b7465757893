"""Statistics over all tasks, with today in the time zone of the caller."""

from datetime import UTC, datetime

import pytest
from support.client import Client, expect


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


@pytest.mark.parametrize(
    "zone", ["", "Mars/Olympus", "../etc/passwd", "/etc/passwd", "Europe", "%00"]
)
def test_an_invalid_time_zone_is_reported(alice: Client, zone: str):
    errors = expect(422, alice.ask("GET", f"/tasks/stats?tz={zone}"))["errors"]
    assert [(error["field"], error["code"]) for error in errors] == [("tz", "not_a_zone")]
