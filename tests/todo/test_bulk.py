"""Bulk actions and reordering: either all tasks change or none."""

from typing import Any

import pytest
from support.client import Client, expect, problem

NOBODY = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def tasks(alice: Client) -> list[Any]:
    return [
        alice.make("/tasks", title="a"),
        alice.make("/tasks", title="b", completed=True, priority="low"),
        alice.make("/tasks", title="c", priority="high"),
    ]


def ids(tasks: list[Any]) -> list[str]:
    return [task["id"] for task in tasks]


def act(client: Client, action: str, task_ids: list[str], **more: Any) -> Any:
    return client.ask("POST", "/tasks/bulk", json={"action": action, "task_ids": task_ids, **more})


def shown(client: Client, field: str) -> dict[str, Any]:
    return {task["title"]: task[field] for task in client.read("/tasks")["items"]}


@pytest.mark.parametrize(
    ("action", "more", "changed", "field", "after"),
    [
        ("complete", {}, 2, "completed", {"a": True, "b": True, "c": True}),
        ("reopen", {}, 1, "completed", {"a": False, "b": False, "c": False}),
        ("set_priority", {"priority": "low"}, 2, "priority", {"a": "low", "b": "low", "c": "low"}),
        ("set_priority", {"priority": None}, 2, "priority", {"a": None, "b": None, "c": None}),
        ("delete", {}, 3, "title", {}),
    ],
)
def test_a_bulk_action_changes_only_tasks_that_differ(
    alice: Client,
    tasks: list[Any],
    action: str,
    more: dict[str, Any],
    changed: int,
    field: str,
    after: dict[str, Any],
):
    versions = shown(alice, "version")
    assert expect(200, act(alice, action, ids(tasks), **more)) == {"changed": changed}
    assert shown(alice, field) == after
    bumped = sum(shown(alice, "version").get(title) == 2 for title in versions)
    assert bumped == (0 if action == "delete" else changed)


def test_bulk_complete_sets_one_completion_time_and_keeps_existing_times(
    alice: Client, tasks: list[Any]
):
    act(alice, "complete", ids(tasks))
    times = shown(alice, "completed_at")
    assert times["b"] == tasks[1]["completed_at"]
    assert times["a"] == times["c"] > tasks[2]["created_at"]


def test_bulk_actions_add_and_remove_a_tag(alice: Client, tasks: list[Any]):
    tag = alice.make("/tags", name="Home")
    alice.ask("POST", f"/tasks/{tasks[0]['id']}/tags", json={"tag_id": tag["id"]})
    response = act(alice, "add_tag", ids(tasks), tag_id=tag["id"])
    assert expect(200, response) == {"changed": 2}
    assert alice.read(f"/tags/{tag['id']}")["task_count"] == 3
    assert shown(alice, "version") == {"a": 2, "b": 2, "c": 2}
    response = act(alice, "remove_tag", ids(tasks)[:2], tag_id=tag["id"])
    assert expect(200, response) == {"changed": 2}
    assert {title: len(tags) for title, tags in shown(alice, "tags").items()} == {
        "a": 0,
        "b": 0,
        "c": 1,
    }


def test_add_tag_changes_nothing_if_one_task_already_has_fifty_tags(
    alice: Client, tasks: list[Any]
):
    tags = [alice.make("/tags", name=str(number))["id"] for number in range(51)]
    alice.ask("PATCH", f"/tasks/{tasks[0]['id']}", json={"tag_ids": tags[:50]})
    response = act(alice, "add_tag", ids(tasks), tag_id=tags[50])
    assert expect(422, response)["errors"][0]["field"] == "tag_id"
    assert alice.read(f"/tags/{tags[50]}")["task_count"] == 0


@pytest.mark.parametrize("path", ["/tasks/bulk", "/tasks/reorder"])
def test_an_unknown_task_is_reported_and_nothing_changes(
    alice: Client, bob: Client, tasks: list[Any], path: str
):
    his = bob.make("/tasks", title="his")["id"]
    before = alice.read("/tasks")
    body: dict[str, Any] = {"task_ids": [tasks[2]["id"], his, tasks[0]["id"], NOBODY]}
    if path.endswith("bulk"):
        body["action"] = "delete"
    response = alice.ask("POST", path, json=body)
    assert problem(404, response) == "tasks_unknown"
    assert response.json()["unknown"] == [his, NOBODY]
    assert alice.read("/tasks") == before
    assert bob.read("/tasks")["total"] == 1


@pytest.mark.parametrize("action", ["add_tag", "remove_tag"])
def test_an_unknown_tag_is_not_found_and_nothing_changes(
    alice: Client, bob: Client, tasks: list[Any], action: str
):
    his = bob.make("/tags", name="his")["id"]
    for tag_id in (his, NOBODY):
        assert problem(404, act(alice, action, ids(tasks), tag_id=tag_id)) == "not_found"
    assert bob.read(f"/tags/{his}")["task_count"] == 0


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"action": "explode"}, "action", "not_a_choice"),
        ({"task_ids": []}, "task_ids", "too_short"),
        ({"task_ids": [NOBODY] * 2}, "task_ids", "repeated"),
        (
            {"task_ids": [f"00000000-0000-4000-8000-{n:012d}" for n in range(501)]},
            "task_ids",
            "too_long",
        ),
        ({"task_ids": ["x"]}, "task_ids.0", "not_a_uuid"),
        ({"action": "set_priority"}, "priority", "required"),
        ({"action": "set_priority", "priority": "urgent"}, "priority", "not_a_choice"),
        ({"action": "add_tag"}, "tag_id", "required"),
        ({"action": "remove_tag", "tag_id": "x"}, "tag_id", "not_a_uuid"),
        ({"dry_run": True}, "dry_run", "unknown_field"),
    ],
)
def test_invalid_fields_are_reported_and_nothing_changes(
    alice: Client, tasks: list[Any], changes: dict[str, Any], field: str, code: str
):
    body = {"action": "delete", "task_ids": ids(tasks)} | changes
    errors = expect(422, alice.ask("POST", "/tasks/bulk", json=body))["errors"]
    assert [(error["field"], error["code"]) for error in errors] == [(field, code)]
    assert alice.read("/tasks")["total"] == 3


def test_five_hundred_tasks_can_be_changed_at_once(alice: Client):
    made = [alice.make("/tasks", title=str(number))["id"] for number in range(500)]
    assert expect(200, act(alice, "complete", made)) == {"changed": 500}
    assert expect(200, act(alice, "delete", made)) == {"changed": 500}


def test_reordering_distributes_the_existing_positions_of_the_tasks(
    alice: Client, tasks: list[Any]
):
    other = alice.make("/tasks", title="d")
    order = [tasks[2]["id"], other["id"], tasks[0]["id"]]
    expect(200, alice.ask("POST", "/tasks/reorder", json={"task_ids": order}))
    listed = alice.read("/tasks?sort_by=position&order=asc")["items"]
    assert [task["title"] for task in listed] == ["c", "b", "d", "a"]
    assert [task["position"] for task in listed] == [1, 2, 3, 4]
    assert shown(alice, "version") == {"a": 2, "b": 1, "c": 2, "d": 2}


def test_concurrent_reorders_result_in_one_of_the_requested_orders(alice: Client):
    made = [alice.make("/tasks", title=str(number))["id"] for number in range(20)]
    orders = [made[turn:] + made[:turn] for turn in range(16)]
    requests = [("POST", "/tasks/reorder", {"task_ids": order}) for order in orders]
    assert alice.at_once(*requests) == [200] * 16
    listed = alice.read("/tasks?sort_by=position&order=asc")["items"]
    assert [task["position"] for task in listed] == list(range(1, 21))
    assert ids(listed) in orders
