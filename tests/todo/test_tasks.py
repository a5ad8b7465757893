"""Tasks, tested over HTTP with gunicorn and a database."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urljoin, urlsplit
from uuid import UUID

import pytest
import requests
from support.client import Client, expect, problem

NOBODY = "00000000-0000-4000-8000-000000000000"


def test_a_new_task_has_all_fields(alice: Client):
    before = datetime.now(UTC) - timedelta(seconds=1)
    response = alice.ask("POST", "/tasks", json={"title": "Paint"})
    task = expect(201, response)
    assert UUID(task["id"]).version == 7
    assert before < datetime.fromisoformat(task["created_at"]) < datetime.now(UTC)
    assert task == {
        "id": task["id"],
        "user_id": alice.person.uuid,
        "title": "Paint",
        "description": None,
        "completed": False,
        "completed_at": None,
        "priority": None,
        "due_date": None,
        "position": 1,
        "tags": [],
        "created_at": task["created_at"],
        "updated_at": task["created_at"],
        "version": 1,
    }
    assert expect(200, alice.ask_path("GET", location_of(response))) == task


def location_of(response: requests.Response) -> str:
    """Return the path of the new resource: Location is resolved against the request's URL."""
    return urlsplit(urljoin(response.url, response.headers["Location"])).path


@pytest.mark.parametrize("path", ["/tasks", "/tags"])
def test_the_location_is_right_below_any_prefix(alice: Client, path: str):
    body = {"/tasks": {"title": "x"}, "/tags": {"name": "x"}}[path]
    response = alice.ask("POST", path, json=body, headers={"X-Forwarded-Prefix": "/elsewhere"})
    url = f"https://app.example.com/backend/api/v1/{alice.person.uuid}{path}"
    location = urljoin(url, response.headers["Location"])
    assert location == f"{url}/{expect(201, response)['id']}"


def test_all_fields_are_saved(alice: Client):
    tag = alice.make("/tags", name="Home", color="#ABC")
    fields = {
        "title": " 🦊 Fuchs & Hase\n",
        "description": "  Lines\n\tand 'quotes', %_\\ \u202e",
        "completed": True,
        "priority": "high",
        "due_date": "2030-01-31T09:30:00.25+02:00",
        "tag_ids": [tag["id"], tag["id"]],
    }
    task = alice.make("/tasks", **fields)
    assert task["title"] == "🦊 Fuchs & Hase"
    assert task["description"] == fields["description"]
    assert task["completed_at"] == task["created_at"] or task["completed_at"].endswith("Z")
    assert task["due_date"] == "2030-01-31T07:30:00.250000Z"
    assert task["tags"] == [{"id": tag["id"], "name": "Home", "color": "#aabbcc"}]
    assert alice.read(f"/tasks/{task['id']}") == task


def test_patch_keeps_absent_fields_and_clears_null_fields(alice: Client):
    tag = alice.make("/tags", name="Home")
    task = alice.make(
        "/tasks",
        title="Paint",
        description="white",
        priority="low",
        due_date="2030-01-31T09:00:00Z",
        tag_ids=[tag["id"]],
    )
    path = f"/tasks/{task['id']}"
    changed = expect(200, alice.ask("PATCH", path, json={"description": None, "due_date": None}))
    kept = task | {"description": None, "due_date": None}
    assert changed == kept | {"version": 2, "updated_at": changed["updated_at"]}
    assert changed["updated_at"] > task["updated_at"]
    assert alice.read(path) == changed
    cleared = expect(200, alice.ask("PATCH", path, json={"priority": None, "tag_ids": []}))
    assert (cleared["priority"], cleared["tags"], cleared["version"]) == (None, [], 3)


def test_put_replaces_the_whole_task(alice: Client):
    tag = alice.make("/tags", name="Home")
    task = alice.make(
        "/tasks", title="Old", description="d", completed=True, priority="low", tag_ids=[tag["id"]]
    )
    path = f"/tasks/{task['id']}"
    replaced = expect(200, alice.ask("PUT", path, json={"title": "New"}))
    empty = {
        "title": "New",
        "description": None,
        "completed": False,
        "completed_at": None,
        "priority": None,
        "tags": [],
    }
    assert replaced == task | empty | {"version": 2, "updated_at": replaced["updated_at"]}
    assert alice.read(path) == replaced


def test_an_update_with_equal_values_changes_nothing(alice: Client):
    task = alice.make("/tasks", title="Paint", completed=True)
    same = {"title": "Paint", "completed": True}
    assert expect(200, alice.ask("PATCH", f"/tasks/{task['id']}", json=same)) == task
    assert expect(200, alice.ask("PATCH", f"/tasks/{task['id']}", json={})) == task


def test_completing_sets_the_completion_time_and_reopening_clears_it(alice: Client):
    task = alice.make("/tasks", title="Paint")
    path = f"/tasks/{task['id']}"
    done = expect(200, alice.ask("PATCH", path, json={"completed": True}))
    assert done["completed_at"] >= task["created_at"]
    renamed = expect(200, alice.ask("PATCH", path, json={"completed": True, "title": "Painted"}))
    assert renamed["completed_at"] == done["completed_at"]
    reopened = expect(200, alice.ask("PATCH", path, json={"completed": False}))
    assert (reopened["completed"], reopened["completed_at"]) == (False, None)


def test_a_deleted_task_is_not_found(alice: Client):
    tag = alice.make("/tags", name="Home")
    task = alice.make("/tasks", title="Paint", tag_ids=[tag["id"]])
    path = f"/tasks/{task['id']}"
    response = alice.ask("DELETE", path)
    assert (response.status_code, response.content) == (204, b"")
    assert problem(404, alice.ask("GET", path)) == "not_found"
    assert problem(404, alice.ask("DELETE", path)) == "not_found"
    assert alice.read(f"/tags/{tag['id']}")["task_count"] == 0


def test_assigning_and_removing_a_tag_are_idempotent(alice: Client):
    task = alice.make("/tasks", title="Paint")
    later, sooner = alice.make("/tags", name="b"), alice.make("/tags", name="A")
    path = f"/tasks/{task['id']}/tags"
    expect(201, alice.ask("POST", path, json={"tag_id": later["id"]}))
    tagged = expect(201, alice.ask("POST", path, json={"tag_id": sooner["id"]}))
    assert [tag["name"] for tag in tagged["tags"]] == ["A", "b"]
    assert tagged["version"] == 3
    assert expect(200, alice.ask("POST", path, json={"tag_id": later["id"]})) == tagged
    assert alice.read(f"/tasks/{task['id']}") == tagged
    assert alice.ask("DELETE", f"{path}/{later['id']}").status_code == 204
    assert alice.ask("DELETE", f"{path}/{later['id']}").status_code == 204
    assert [tag["name"] for tag in alice.read(f"/tasks/{task['id']}")["tags"]] == ["A"]
    assert alice.read(f"/tasks/{task['id']}")["version"] == 4


def test_an_unknown_tag_cannot_be_assigned_or_removed(alice: Client):
    task = alice.make("/tasks", title="Paint")
    path = f"/tasks/{task['id']}/tags"
    assert problem(404, alice.ask("POST", path, json={"tag_id": NOBODY})) == "not_found"
    assert problem(404, alice.ask("DELETE", f"{path}/{NOBODY}")) == "not_found"


def test_a_task_has_at_most_fifty_tags(alice: Client):
    tags = [alice.make("/tags", name=f"tag {number}")["id"] for number in range(51)]
    task = alice.make("/tasks", title="Paint", tag_ids=tags[:50])
    assert len(alice.read(f"/tasks/{task['id']}")["tags"]) == 50
    response = alice.ask("POST", f"/tasks/{task['id']}/tags", json={"tag_id": tags[50]})
    assert expect(422, response)["errors"] == [
        {"field": "tag_id", "message": "A task may have at most 50 tags.", "code": "too_long"}
    ]
    response = alice.ask("PATCH", f"/tasks/{task['id']}", json={"tag_ids": tags})
    assert expect(422, response)["errors"][0]["code"] == "too_long"
    assert alice.read(f"/tasks/{task['id']}") == task


def test_a_list_without_tasks_is_an_empty_page(alice: Client):
    assert alice.read("/tasks") == {
        "items": [],
        "total": 0,
        "page": 1,
        "limit": 20,
        "pages": 0,
        "next_cursor": None,
    }


def test_pages_list_each_task_once_with_the_newest_first(alice: Client):
    made = [alice.make("/tasks", title=str(number)) for number in range(7)]
    pages = [alice.read(f"/tasks?limit=3&page={page}") for page in (1, 2, 3, 4)]
    assert [task for page in pages for task in page["items"]] == made[::-1]
    assert [(page["page"], page["total"], page["pages"]) for page in pages] == [
        (1, 7, 3),
        (2, 7, 3),
        (3, 7, 3),
        (4, 7, 3),
    ]


def titles(client: Client, query: str) -> set[str]:
    return {task["title"] for task in client.read(f"/tasks?{query}")["items"]}


def test_tasks_can_be_filtered_by_status(alice: Client):
    alice.make("/tasks", title="open")
    alice.make("/tasks", title="done", completed=True)
    assert titles(alice, "status=all") == {"open", "done"}
    assert titles(alice, "status=active") == {"open"}
    assert titles(alice, "status=completed") == {"done"}
    assert alice.read("/tasks?status=completed")["total"] == 1


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("ÄRGER", {"Großer Ärger"}),
        ("arger", {"Großer Ärger"}),
        ("árgér", {"Großer Ärger"}),
        ("ärger gross", {"Großer Ärger"}),
        ("ärger nothing", set()),
        ("slab 100 MARBLE", {"100% sure"}),
        ("slab slab", {"100% sure"}),
        ("GROSSER", {"Großer Ärger"}),
        ("a\u0308rger", {"Großer Ärger"}),
        ("100%25", {"100% sure"}),
        ("_", {"snake_case"}),
        ("\\", {"back\\slash"}),
        ("/", {"and/or"}),
        ("SLAB", {"100% sure"}),
        ("%20sure%20", {"100% sure"}),
        ("", {"Großer Ärger", "100% sure", "snake_case", "back\\slash", "and/or"}),
        ("nothing", set()),
    ],
)
def test_search_ignores_case_and_treats_all_characters_literally(
    alice: Client, search: str, found: set[str]
):
    for title in ("Großer Ärger", "snake_case", "back\\slash", "and/or"):
        alice.make("/tasks", title=title)
    alice.make("/tasks", title="100% sure", description="a marble Slab")
    assert titles(alice, f"search={search}") == found


@pytest.mark.parametrize(
    ("text", "search", "total"),
    [
        ("Café crème", "cafe", 1),
        ("Cafe\u0301", "café", 1),
        ("cafe", "CAFÉ", 1),
        ("cafe", "caf\u0301", 1),
        ("İstanbul", "istanbul", 1),
        ("Ελλάς", "ελλασ", 1),
        ("ёлка", "елка", 1),
        ("\ufb01nal \uff12\uff10\uff13\uff10", "final 2030", 1),
        ("한국어", "한국", 1),
        ("が", "か", 0),  # another letter, not an accent
        ("क्या", "कया", 0),
    ],
)
def test_search_ignores_accents_and_width(alice: Client, text: str, search: str, total: int):
    alice.make("/tasks", title="x", description=text)
    assert alice.read(f"/tasks?search={quote(search)}")["total"] == total


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("#home", {"tagged", "#home"}),
        ("#HO", {"tagged", "#home"}),
        ("%23home %23work", {"tagged"}),
        ("#home tag", {"tagged"}),
        ("#cafe", {"in the café"}),
        ('#"two words"', {"two"}),
        ("#ome", set()),
        ("home", {"#home"}),
        ("#", {"#home"}),
        ("##home", set()),
    ],
)
def test_search_finds_tags(alice: Client, bob: Client, search: str, found: set[str]):
    tags = {name: alice.make("/tags", name=name)["id"] for name in ("Home", "Work", "Two words")}
    cafe = alice.make("/tags", name="Café")["id"]
    alice.make("/tasks", title="tagged", tag_ids=[tags["Home"], tags["Work"]])
    alice.make("/tasks", title="two", tag_ids=[tags["Two words"]])
    alice.make("/tasks", title="in the café", tag_ids=[cafe])
    alice.make("/tasks", title="#home")
    bob.make("/tasks", title="tagged", tag_ids=[bob.make("/tags", name="Home")["id"]])
    assert titles(alice, f"search={search.replace('#', '%23')}") == found


def test_search_finds_the_updated_description(alice: Client):
    task = alice.make("/tasks", title="Paint", description="white")
    alice.ask("PATCH", f"/tasks/{task['id']}", json={"description": "blue"})
    assert (titles(alice, "search=white"), titles(alice, "search=blue")) == (set(), {"Paint"})


def test_filters_can_be_combined(alice: Client):
    for title, completed in (("Paint door", True), ("Paint wall", False), ("Sell door", True)):
        alice.make("/tasks", title=title, completed=completed)
    assert titles(alice, "status=completed&search=paint") == {"Paint door"}


@pytest.mark.parametrize(
    ("query", "field", "code"),
    [
        ("page=0", "page", "out_of_range"),
        ("page=-1", "page", "out_of_range"),
        ("page=1.5", "page", "not_a_number"),
        ("page=", "page", "not_a_number"),
        ("page=%D9%A3", "page", "not_a_number"),
        ("page=9999999999999999999999", "page", "not_a_number"),
        ("page=9999999999", "page", "out_of_range"),
        ("limit=0", "limit", "out_of_range"),
        ("limit=101", "limit", "out_of_range"),
        ("limit=many", "limit", "not_a_number"),
        ("status=Active", "status", "not_a_choice"),
        ("status=", "status", "not_a_choice"),
        ("search=" + "x" * 201, "search", "too_long"),
        ("search=%00", "search", "character"),
        ("status=all&status=active", "status", "repeated"),
        ("colour=red", "colour", "unknown_field"),
    ],
)
def test_an_invalid_parameter_is_reported(alice: Client, query: str, field: str, code: str):
    response = alice.ask("GET", f"/tasks?{query}")
    assert problem(422, response) == "validation_failed"
    assert [(error["field"], error["code"]) for error in response.json()["errors"]] == [
        (field, code)
    ]


def test_parameters_at_their_limits_are_accepted(alice: Client):
    query: Any = f"page=1000000000&limit=100&status=completed&search={'x' * 200}"
    assert alice.read(f"/tasks?{query}")["items"] == []
