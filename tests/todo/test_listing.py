"""Lists of tasks: all filters, sort orders and both kinds of pagination."""

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from support.client import Client, expect, problem

from todo.store.task_list import MAX_COUNTED

NOBODY = "00000000-0000-4000-8000-000000000000"
RANKS = {"low": 1, "medium": 2, "high": 3, None: None}
FIELDS: list[dict[str, Any]] = [
    {"title": "b", "priority": "low", "due_date": "2030-01-02T00:00:00Z"},
    {"title": "A", "priority": None, "due_date": None},
    {"title": "ä", "priority": "high", "due_date": "2030-01-01T00:00:00.000001Z"},
    {"title": "B", "priority": "medium", "due_date": "2030-01-01T00:00:00Z"},
    {"title": "a b", "priority": "high", "due_date": None},
    {"title": "Z", "priority": "low", "due_date": "2029-12-31T23:00:00-05:00"},
    {"title": "b", "priority": None, "due_date": "2030-01-02T00:00:00Z"},
    {"title": "day", "priority": "low", "due_date": "2030-01-01"},
    {"title": "day", "priority": "low", "due_date": "2030-01-02"},
    {"title": "day", "priority": "low", "due_date": "2029-12-31"},
]
KEYS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "created_at": lambda task: task["created_at"],
    "updated_at": lambda task: task["updated_at"],
    "due_date": lambda task: task["due_date"] and as_time(task["due_date"]),
    "priority": lambda task: RANKS[task["priority"]],
    "title": lambda task: task["title"].casefold(),
    "position": lambda task: task["position"],
}


def as_time(due: str) -> datetime:
    """Return the time of a due date; a day is sorted by its midnight in UTC."""
    time = datetime.fromisoformat(due)
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def in_order(tasks: list[dict[str, Any]], sort_by: str, order: str) -> list[dict[str, Any]]:
    """Sort as documented: tasks without a value come last, and equal values are sorted by ID."""
    key, is_descending = KEYS[sort_by], order == "desc"
    with_value = [task for task in tasks if key(task) is not None]
    without = [task for task in tasks if key(task) is None]
    return sorted(
        with_value, key=lambda task: (key(task), task["id"]), reverse=is_descending
    ) + sorted(without, key=lambda task: str(task["id"]), reverse=is_descending)


def walk(client: Client, query: str) -> list[list[dict[str, Any]]]:
    """Follow the cursors from the first page to the last; return all pages."""
    pages, cursor = [], ""
    while True:
        response = client.read(f"/tasks?{query}{cursor}")
        pages.append(response["items"])
        assert response["page"] == len(pages)
        if response["next_cursor"] is None:
            return pages
        cursor = f"&cursor={quote(response['next_cursor'])}"


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("sort_by", KEYS)
def test_cursors_and_page_numbers_list_all_tasks_in_each_sort_order(
    alice: Client, sort_by: str, order: str
):
    made = [alice.make("/tasks", **fields) for fields in FIELDS]
    alice.ask("PATCH", f"/tasks/{made[2]['id']}", json={"description": "changed later"})
    tasks = [alice.read(f"/tasks/{task['id']}") for task in made]
    query = urlencode({"sort_by": sort_by, "order": order, "limit": 2})
    expected = in_order(tasks, sort_by, order)
    assert walk(alice, query) == [expected[i : i + 2] for i in range(0, len(FIELDS), 2)]
    numbered = [alice.read(f"/tasks?{query}&page={page}")["items"] for page in range(1, 6)]
    assert [task for page in numbered for task in page] == expected


def test_a_cursor_stays_in_place_when_tasks_are_created_or_deleted(alice: Client):
    made = [alice.make("/tasks", title=str(number)) for number in range(6)]
    first = alice.read("/tasks?limit=2")
    alice.make("/tasks", title="newer")
    alice.ask("DELETE", f"/tasks/{made[5]['id']}")
    alice.ask("DELETE", f"/tasks/{made[4]['id']}")  # the cursor points to this task
    second = alice.read(f"/tasks?limit=2&cursor={quote(first['next_cursor'])}")
    assert [task["title"] for task in second["items"]] == ["3", "2"]


def test_a_cursor_does_not_show_tasks_of_another_user(alice: Client, bob: Client):
    for number in range(3):
        alice.make("/tasks", title=str(number))
    cursor = alice.read("/tasks?limit=1")["next_cursor"]
    assert bob.read(f"/tasks?cursor={quote(cursor)}")["items"] == []


def forged(*content: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode()


TIME = "2030-01-01T00:00:00+00:00"


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "%00",
        "ä",
        "e30=",
        "W10=",
        base64.b64encode(b"[" * 1000).decode(),
        forged("created_at", "desc", TIME, NOBODY),
        forged("created_at", "desc", "2030-01-01T00:00:00", NOBODY, 2),
        forged("created_at", "desc", "0001-01-01T00:00:00+00:00", NOBODY, 2),
        forged("created_at", "desc", 5, NOBODY, 2),
        forged("created_at", "desc", TIME, "x", 2),
        forged("created_at", "desc", TIME, 7, 2),
        forged("created_at", "desc", TIME, NOBODY, -1),
        forged("created_at", "desc", TIME, NOBODY, "2"),
        forged("created_at", "desc", TIME, NOBODY, bool(1)),
        forged("created_at", "asc", TIME, NOBODY, 2),
        forged("title", "desc", "x", NOBODY, 2),
        forged("user_id", "desc", TIME, NOBODY, 2),
        forged([], "desc", TIME, NOBODY, 2),
        forged({}, {}, {}, {}, {}),
    ],
)
def test_an_invalid_cursor_is_refused(alice: Client, cursor: str):
    response = alice.ask("GET", f"/tasks?{urlencode({'cursor': cursor})}")
    assert problem(422, response) == "validation_failed"
    assert response.json()["errors"][0]["field"] == "cursor"


@pytest.mark.parametrize(
    ("sort_by", "value"),
    [
        ("title", "a\0"),
        ("title", "\ud800"),
        ("title", 5),
        ("priority", "urgent"),
        ("priority", 1),
        ("position", 1 << 70),
        ("position", 1.5),
        ("due_date", "tomorrow"),
    ],
)
def test_a_cursor_with_an_impossible_sort_value_is_refused(alice: Client, sort_by: str, value: Any):
    cursor = forged(sort_by, "asc", value, NOBODY, 2)
    query = urlencode({"sort_by": sort_by, "order": "asc", "cursor": cursor})
    response = alice.ask("GET", f"/tasks?{query}")
    assert expect(422, response)["errors"][0]["code"] == "bad_cursor"


@pytest.mark.parametrize(
    "letter", ["x", "🦊", "\N{GREEK SMALL LETTER IOTA WITH DIALYTIKA AND TONOS}", "ﬃ"]
)
def test_the_cursor_after_the_longest_title_is_accepted(alice: Client, letter: str):
    for _ in range(2):
        alice.make("/tasks", title=letter * 200)
    first = alice.read("/tasks?limit=1&sort_by=title")
    second = alice.read(f"/tasks?limit=1&sort_by=title&cursor={quote(first['next_cursor'])}")
    assert first["items"] != second["items"]
    assert second["next_cursor"] is None


def test_a_page_and_a_cursor_cannot_be_combined(alice: Client):
    for number in range(2):
        alice.make("/tasks", title=str(number))
    cursor = alice.read("/tasks?limit=1")["next_cursor"]
    response = alice.ask("GET", f"/tasks?page=1&cursor={quote(cursor)}")
    assert expect(422, response)["errors"][0]["code"] == "exclusive"


@pytest.fixture
def tagged(alice: Client) -> dict[str, str]:
    """Create tasks named after their tags, and one without tags; return the tag IDs by name."""
    tags = {name: alice.make("/tags", name=name)["id"] for name in ("Home", "Garden", "Work")}
    for title in ("Home", "Garden", "Home Garden", "Work"):
        alice.make("/tasks", title=title, tag_ids=[tags[name] for name in title.split()])
    alice.make("/tasks", title="untagged")
    return tags


def titles(client: Client, query: str) -> set[str]:
    page = client.read(f"/tasks?{query}")
    assert page["total"] == len(page["items"])
    return {task["title"] for task in page["items"]}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("tag=home", {"Home", "Home Garden"}),
        ("tag=HOME&tag=work", {"Home", "Home Garden", "Work"}),
        ("tag=Home&tag=Garden&tag_match=all", {"Home Garden"}),
        ("tag=none", {"untagged"}),
        ("tag=none&tag=Work", {"untagged", "Work"}),
        ("tag=none&tag=Work&tag_match=all", set()),
        ("tag=nowhere", set()),
        (f"tag={NOBODY}", set()),
        ("tag=", set()),
    ],
)
def test_tasks_can_be_filtered_by_tag_name(
    alice: Client, tagged: dict[str, str], query: str, found: set[str]
):
    assert titles(alice, query) == found


def test_tasks_can_be_filtered_by_tag_id(alice: Client, tagged: dict[str, str]):
    assert titles(alice, f"tag={tagged['Garden']}") == {"Garden", "Home Garden"}
    assert titles(alice, f"tag={tagged['Garden'].upper()}&tag=none") == {
        "Garden",
        "Home Garden",
        "untagged",
    }


def test_tags_of_another_user_match_no_tasks(alice: Client, bob: Client, tagged: dict[str, str]):
    bob.make("/tasks", title="his", tag_ids=[bob.make("/tags", name="Home")["id"]])
    assert titles(bob, "tag=home") == {"his"}
    assert titles(bob, f"tag={tagged['Home']}") == set()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("priority=high", {"ä", "a b"}),
        ("priority=none", {"A", "b"}),
        ("priority=low&priority=medium", {"b", "Z", "B", "day"}),
        ("priority=high&priority=none", {"ä", "a b", "A", "b"}),
        ("due_before=2029-12-31", set()),
        ("due_before=2030-01-01T00:00:00Z", {"day"}),
        ("due_before=2030-01-01T00:00:00.000001Z", {"B", "day"}),
        ("due_after=2030-01-01T00:00:00Z", {"ä", "b", "Z", "day"}),
        ("due_after=2030-01-02", set()),
        ("due_after=2030-01-01T01:00:00%2B01:00&due_before=2030-01-01T12:00:00Z", {"ä", "Z"}),
        ("has_due_date=true", {"ä", "b", "Z", "B", "day"}),
        ("has_due_date=false", {"A", "a b"}),
        ("overdue=true", set()),
        ("overdue=false", {"b", "A", "ä", "B", "a b", "Z", "day"}),
    ],
)
def test_tasks_can_be_filtered_by_priority_and_due_date(alice: Client, query: str, found: set[str]):
    for fields in FIELDS:
        alice.make("/tasks", **fields)
    assert titles(alice, query) == found


def test_overdue_tasks_are_past_due_and_not_completed(alice: Client):
    past = "2020-01-01T00:00:00Z"
    alice.make("/tasks", title="late", due_date=past)
    alice.make("/tasks", title="done", due_date=past, completed=True)
    alice.make("/tasks", title="whenever")
    assert titles(alice, "overdue=true") == {"late"}
    assert titles(alice, "overdue=false") == {"done", "whenever"}
    assert alice.read("/tasks?overdue=false")["total"] == 2


@pytest.mark.parametrize(
    ("query", "field", "code"),
    [
        ("priority=urgent", "priority.0", "not_a_choice"),
        ("priority=", "priority.0", "not_a_choice"),
        ("tag_match=some", "tag_match", "not_a_choice"),
        ("tag=%00", "tag.0", "character"),
        ("&".join(["tag=x"] * 51), "tag", "too_long"),
        ("due_before=2030-01-01T00:00:00", "due_before", "offset_missing"),
        ("due_before=2030-02-30", "due_before", "not_a_time"),
        ("due_after=9999-01-01", "due_after", "out_of_range"),
        ("tz=Mars/Olympus", "tz", "not_a_zone"),
        ("tz=UTC&tz=UTC", "tz", "repeated"),
        ("due_after=soon", "due_after", "not_a_time"),
        ("has_due_date=no", "has_due_date", "not_a_choice"),
        ("overdue=1", "overdue", "not_a_choice"),
        ("sort_by=user_id", "sort_by", "not_a_choice"),
        ("order=up", "order", "not_a_choice"),
        ("sort_by=title&sort_by=title", "sort_by", "repeated"),
    ],
)
def test_an_invalid_parameter_is_reported(alice: Client, query: str, field: str, code: str):
    response = alice.ask("GET", f"/tasks?{query}")
    assert problem(422, response) == "validation_failed"
    assert [(error["field"], error["code"]) for error in response.json()["errors"]] == [
        (field, code)
    ]


def test_totals_are_exact_with_stored_counts_and_otherwise_limited(
    alice: Client,
):
    body = [{"title": "x", "priority": "high"}] * (MAX_COUNTED + 1)
    expect(200, alice.ask("POST", "/tasks/import", json=body))
    for query in ("", "status=active", "priority=high&priority=low", "status=active&priority=high"):
        assert alice.read(f"/tasks?{query}")["total"] == MAX_COUNTED + 1
    assert alice.read("/tasks?status=completed")["total"] == 0
    page = alice.read("/tasks?search=x&limit=100")
    assert (page["total"], page["pages"]) == (MAX_COUNTED, MAX_COUNTED // 100)
    last = alice.read(f"/tasks?search=x&limit=1&page={MAX_COUNTED + 1}")
    assert len(last["items"]) == 1
