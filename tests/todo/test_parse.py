"""POST /tasks/parse: the fields of a task in a text."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from support.client import Client, expect, on, problem

pytestmark = on("sqlite")


def parse(client: Client, text: str, query: str = "?tz=Europe/Berlin") -> Any:
    return expect(200, client.ask("POST", f"/tasks/parse{query}", json={"text": text}))


def test_all_fields_are_read_and_nothing_changes(alice: Client):
    before = alice.read("/tasks"), alice.read("/tags"), alice.read("/tasks/stats")
    assert parse(alice, "pay rent 2030-01-31 5pm #home !high every month") == {
        "title": "pay rent",
        "due_date": "2030-01-31T16:00:00Z",
        "priority": "high",
        "tags": ["home"],
        "repeat": "every month",
        "spans": [
            {"field": "due_date", "start": 9, "end": 23},
            {"field": "tag", "start": 24, "end": 29},
            {"field": "priority", "start": 30, "end": 35},
            {"field": "repeat", "start": 36, "end": 47},
        ],
    }
    assert (alice.read("/tasks"), alice.read("/tags"), alice.read("/tasks/stats")) == before


def test_a_text_without_fields_is_the_title(alice: Client):
    assert parse(alice, "  email June ") == {
        "title": "email June",
        "due_date": None,
        "priority": None,
        "tags": [],
        "repeat": None,
        "spans": [],
    }


def test_spans_are_indices_of_utf_16_code_units(alice: Client):
    assert parse(alice, "🎂 cake 2030-01-31")["spans"] == [
        {"field": "due_date", "start": 8, "end": 18}
    ]


def test_a_date_without_a_time_is_a_day(alice: Client):
    assert parse(alice, "pay rent 2030-01-31")["due_date"] == "2030-01-31"


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT%2B12"])
def test_tomorrow_is_a_day_of_the_time_zone(alice: Client, zone: str):
    zone_info = ZoneInfo(zone.replace("%2B", "+"))
    earliest = datetime.now(UTC).astimezone(zone_info).date()
    found = date.fromisoformat(parse(alice, "x tomorrow", f"?tz={zone}")["due_date"])
    latest = datetime.now(UTC).astimezone(zone_info).date()
    assert earliest <= found - timedelta(days=1) <= latest


def test_the_default_time_zone_is_utc(alice: Client):
    assert parse(alice, "x 2030-01-31 17:00", "")["due_date"] == "2030-01-31T17:00:00Z"


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({}, "text", "required"),
        ({"text": None}, "text", "wrong_type"),
        ({"text": ["x"]}, "text", "wrong_type"),
        ({"text": ""}, "text", "too_short"),
        ({"text": " \n\u3000"}, "text", "too_short"),
        ({"text": "x" * 4001}, "text", "too_long"),
        ({"text": "🎂" * 4001}, "text", "too_long"),
        ({"text": "a\0b"}, "text", "character"),
        ({"text": "\ud83c"}, "text", "character"),
        ({"text": "x", "title": "y"}, "title", "unknown_field"),
    ],
)
def test_invalid_bodies_are_reported(alice: Client, body: Any, field: str, code: str):
    errors = expect(422, alice.ask("POST", "/tasks/parse", json=body))["errors"]
    assert [(error["field"], error["code"]) for error in errors] == [(field, code)]


@pytest.mark.parametrize(
    ("query", "code"),
    [("tz=Mars/Olympus", "not_a_zone"), ("tz=UTC&tz=UTC", "repeated"), ("now=1", "unknown_field")],
)
def test_invalid_queries_are_reported(alice: Client, query: str, code: str):
    response = alice.ask("POST", f"/tasks/parse?{query}", json={"text": "x"})
    assert [error["code"] for error in expect(422, response)["errors"]] == [code]


@pytest.mark.parametrize("character", ["x", "🎂"])
def test_the_longest_text_is_accepted(alice: Client, character: str):
    assert parse(alice, character * 4000)["title"] == character * 4000


def test_a_get_request_is_a_405(alice: Client):
    assert problem(405, alice.ask("GET", "/tasks/parse")) == "method_not_allowed"
