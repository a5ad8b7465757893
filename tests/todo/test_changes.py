"""Undo: the Change-Id of a response reverts its change, if the tasks were not changed since."""

import json
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import func, select
from support.client import Client, expect, problem

from todo.store import changes, tasks
from todo.store.session import db, find_user, write
from todo.store.tables import changes as changes_table

TASK = {
    "title": "Water the plants",
    "description": "The balcony too",
    "priority": "high",
    "due_date": "2030-01-31T09:00:00.123456+02:00",
}
BULK = {"task_ids": ["{0}", "{1}", "{2}"]}
# Fields that an undo changes too.
VERSION = ("version", "updated_at")


def change(client: Client, method: str, path: str, json: Any = None) -> str:
    """Send a request that changes tasks; return the id of the change."""
    response = client.ask(method, path, json=json)
    assert response.status_code < 300, response.text
    return str(response.headers["Change-Id"])


def undo(client: Client, change_id: str) -> str:
    """Undo a change; return the id of the undo."""
    return change(client, "POST", f"/changes/{change_id}/undo")


def refused(client: Client, change_id: str) -> tuple[int, str]:
    response = client.ask("POST", f"/changes/{change_id}/undo")
    return response.status_code, problem(response.status_code, response)


def state(client: Client) -> list[dict[str, Any]]:
    """Return what the tasks contain, in the order of their positions."""
    found = client.read("/tasks?sort_by=position&order=asc&limit=100")["items"]
    return [{name: task[name] for name in task if name not in VERSION} for task in found]


@pytest.fixture
def tag(alice: Client) -> str:
    return str(alice.make("/tags", name="Home")["id"])


@pytest.fixture
def ids(alice: Client, tag: str) -> list[str]:
    """The ids of three tasks: with and without a tag, and one that is completed."""
    fields: list[dict[str, Any]] = [{"tag_ids": [tag]}, {}, {"completed": True}]
    return [alice.make("/tasks", **TASK | one)["id"] for one in fields]


CASES = {
    "create": ("POST", "/tasks", TASK | {"tag_ids": ["{tag}"]}),
    "replace": ("PUT", "/tasks/{0}", {"title": "x", "completed": True}),
    "update": ("PATCH", "/tasks/{0}", {"due_date": None}),
    "complete": ("PATCH", "/tasks/{1}", {"completed": True}),
    "reopen": ("PATCH", "/tasks/{2}", {"completed": False}),
    "delete": ("DELETE", "/tasks/{0}", None),
    "add a tag": ("POST", "/tasks/{1}/tags", {"tag_id": "{tag}"}),
    "remove a tag": ("DELETE", "/tasks/{0}/tags/{tag}", None),
    "reorder": ("POST", "/tasks/reorder", {"task_ids": ["{2}", "{1}", "{0}"]}),
    "import": ("POST", "/tasks/import", [TASK | {"tags": ["Home", "New"]}, {"title": "y"}]),
    "bulk complete": ("POST", "/tasks/bulk", BULK | {"action": "complete"}),
    "bulk reopen": ("POST", "/tasks/bulk", BULK | {"action": "reopen"}),
    "bulk priority": ("POST", "/tasks/bulk", BULK | {"action": "set_priority", "priority": None}),
    "bulk add_tag": ("POST", "/tasks/bulk", BULK | {"action": "add_tag", "tag_id": "{tag}"}),
    "bulk remove_tag": ("POST", "/tasks/bulk", BULK | {"action": "remove_tag", "tag_id": "{tag}"}),
    "bulk delete": ("POST", "/tasks/bulk", BULK | {"action": "delete"}),
}


def filled(case: str, ids: list[str], tag: str) -> tuple[str, str, Any]:
    """Return method, path and body of a case, with the ids of tasks and of a tag filled in."""
    text = json.dumps(CASES[case])
    for name, value in {**dict(enumerate(ids)), "tag": tag}.items():
        text = text.replace(f"{{{name}}}", value)
    method, path, body = json.loads(text)
    return method, path, body


@pytest.mark.parametrize("case", CASES)
def test_each_change_can_be_undone_and_redone(alice: Client, ids: list[str], tag: str, case: str):
    before, counts = state(alice), alice.read("/tasks/stats")
    change_id = change(alice, *filled(case, ids, tag))
    after = state(alice)
    assert after != before
    undo_id = undo(alice, change_id)
    assert state(alice) == before
    if case != "import":  # a tag that an import creates stays
        assert alice.read("/tasks/stats") == counts
    redo_id = undo(alice, undo_id)
    assert state(alice) == after
    undo(alice, redo_id)
    assert state(alice) == before


def test_several_changes_of_one_task_are_undone_in_a_row(alice: Client, ids: list[str], tag: str):
    states, stack = [state(alice)], []
    for name in ("update", "complete", "add a tag", "reorder", "bulk delete"):
        stack.append(change(alice, *filled(name, ids, tag)))
        states.append(state(alice))
    for change_id in reversed(stack):
        assert states.pop() == state(alice)
        undo(alice, change_id)
    assert [state(alice)] == states


def test_an_undo_raises_the_version(alice: Client):
    task = alice.make("/tasks", title="x")
    change_id = change(alice, "PATCH", f"/tasks/{task['id']}", {"title": "y"})
    undo(alice, change_id)
    undone = alice.read(f"/tasks/{task['id']}")
    assert (undone["title"], undone["version"]) == ("x", 3)
    assert undone["updated_at"] > task["updated_at"]


def test_a_change_is_not_undone_after_another_change_of_its_tasks(
    alice: Client, ids: list[str], tag: str
):
    change_id = change(alice, *filled("bulk complete", ids, tag))
    other = change(alice, "PATCH", f"/tasks/{ids[1]}", {"title": "changed"})
    before = alice.read("/tasks")
    assert refused(alice, change_id) == (409, "changed_since")
    assert alice.read("/tasks") == before
    undo(alice, other)
    undo(alice, change_id)


def test_the_deletion_of_a_task_prevents_an_undo(alice: Client, ids: list[str], tag: str):
    change_id = change(alice, *filled("bulk complete", ids, tag))
    deletion = change(alice, "DELETE", f"/tasks/{ids[0]}")
    assert refused(alice, change_id) == (409, "changed_since")
    undo(alice, deletion)
    undo(alice, change_id)


def test_a_tag_that_was_added_or_removed_prevents_an_undo(alice: Client, ids: list[str], tag: str):
    other = alice.make("/tags", name="Other")["id"]
    change_id = change(alice, "PATCH", f"/tasks/{ids[0]}", {"title": "changed"})
    added = change(alice, "POST", f"/tasks/{ids[0]}/tags", {"tag_id": other})
    assert refused(alice, change_id) == (409, "changed_since")
    undo(alice, added)
    removed = change(alice, "DELETE", f"/tasks/{ids[0]}/tags/{tag}")
    assert refused(alice, change_id) == (409, "changed_since")
    undo(alice, removed)
    undo(alice, change_id)


@pytest.mark.parametrize("case", ["update", "delete", "remove a tag", "bulk add_tag"])
def test_tags_that_were_deleted_or_renamed_do_not_prevent_an_undo(
    alice: Client, ids: list[str], tag: str, case: str
):
    kept = alice.make("/tags", name="Kept")["id"]
    change(alice, "POST", f"/tasks/{ids[0]}/tags", {"tag_id": kept})
    before = state(alice)
    change_id = change(alice, *filled(case, ids, tag))
    alice.ask("PATCH", f"/tags/{kept}", json={"name": "Renamed"})
    assert alice.ask("DELETE", f"/tags/{tag}").status_code == 204
    expect(200, alice.ask("POST", f"/changes/{change_id}/undo"))
    for task in before:
        task["tags"] = [one | {"name": "Renamed"} for one in task["tags"] if one["id"] == kept]
    assert state(alice) == before


def test_an_undone_deletion_leaves_the_trash(alice: Client, ids: list[str]):
    task = alice.read(f"/tasks/{ids[0]}")
    change_id = change(alice, "DELETE", f"/tasks/{ids[0]}")
    undo(alice, change_id)
    assert alice.read("/trash")["total"] == 0
    assert alice.read(f"/tasks/{ids[0]}") == task


def test_an_undone_creation_is_in_the_trash(alice: Client):
    response = alice.ask("POST", "/tasks", json={"title": "new"})
    undo(alice, response.headers["Change-Id"])
    assert alice.read("/tasks")["total"] == 0
    assert [item["task"]["title"] for item in alice.read("/trash")["items"]] == ["new"]


def test_a_task_that_was_deleted_for_ever_does_not_come_back(alice: Client, ids: list[str]):
    change_id = change(alice, "DELETE", f"/tasks/{ids[0]}")
    alice.ask("DELETE", "/trash")
    assert refused(alice, change_id) == (409, "changed_since")
    assert alice.read("/tasks")["total"] == 2


def test_a_restored_task_prevents_the_undo_of_its_deletion(alice: Client, ids: list[str]):
    change_id = change(alice, "DELETE", f"/tasks/{ids[0]}")
    restore_id = change(alice, "POST", f"/trash/{ids[0]}/restore")
    assert refused(alice, change_id) == (409, "changed_since")
    undo(alice, restore_id)
    undo(alice, change_id)


def test_a_change_is_undone_once(alice: Client, ids: list[str], tag: str):
    change_id = change(alice, *filled("delete", ids, tag))
    undo(alice, change_id)
    assert refused(alice, change_id) == (404, "not_found")
    assert refused(alice, str(uuid4())) == (404, "not_found")


def test_only_one_of_several_concurrent_undos_acts(alice: Client, ids: list[str], tag: str):
    change_id = change(alice, *filled("bulk complete", ids, tag))
    requests = [("POST", f"/changes/{change_id}/undo", None)] * 4
    assert sorted(alice.at_once(*requests)) == [200, 404, 404, 404]


def test_a_request_that_changes_no_task_has_no_change_id(alice: Client, ids: list[str], tag: str):
    unchanged: list[tuple[str, str, Any]] = [
        ("GET", f"/tasks/{ids[0]}", None),
        ("PATCH", f"/tasks/{ids[0]}", {"title": TASK["title"]}),
        ("POST", f"/tasks/{ids[0]}/tags", {"tag_id": tag}),
        ("POST", "/tasks/import?dry_run=true", [{"title": "x"}]),
        ("POST", "/tasks/import", []),
        ("POST", "/tasks", {}),
        ("PATCH", f"/tags/{tag}", {"name": "Renamed"}),
    ]
    for method, path, body in unchanged:
        assert "Change-Id" not in alice.ask(method, path, json=body).headers


def test_changes_of_another_user_are_not_found(alice: Client, bob: Client, ids: list[str]):
    change_id = change(alice, "DELETE", f"/tasks/{ids[0]}")
    assert refused(bob, change_id) == (404, "not_found")
    undo(alice, change_id)


def test_an_import_of_10_000_rows_can_be_undone_and_its_change_is_small(app: Flask, alice: Client):
    kept = alice.make("/tasks", title="kept")
    rows = [
        {"title": f"task {number}", "description": "x" * 200, "tags": ["Home", "Work"]}
        for number in range(10_000)
    ]
    change_id = change(alice, "POST", "/tasks/import", rows)
    with app.app_context(), db.engine.connect() as connection:
        size = select(func.max(func.length(changes_table.c.content))).where(
            changes_table.c.user_id == UUID(alice.person.uuid)
        )
        assert connection.scalar(size) < 1_000_000
    response = alice.ask("POST", f"/changes/{change_id}/undo")
    assert expect(200, response) == {"tasks": 10_000}
    assert alice.read("/tasks")["items"] == [kept]
    assert alice.read("/trash")["total"] == 10_000


def test_the_newest_changes_of_a_user_are_kept(
    app: Flask, alice: Client, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(changes, "PRUNE_EVERY", 1)
    task = alice.make("/tasks", title="x")
    with app.app_context():
        user = find_user(UUID(alice.person.uuid))
        stack = []
        for number in range(changes.MAX_CHANGES + 5):
            with write(user) as transaction:
                found = tasks.find(transaction, UUID(task["id"]))
                tasks.update(transaction, found, {"title": str(number)})
                stack.append(changes.save(transaction))
        with db.engine.connect() as connection:
            query = select(changes_table.c.id).where(changes_table.c.user_id == user.uuid)
            left = set(connection.scalars(query))
    assert left == set(stack[-changes.MAX_CHANGES :])


def test_changes_of_one_transaction_are_undone_together(app: Flask, alice: Client):
    task = alice.make("/tasks", title="first")
    before = state(alice)
    with app.app_context(), write(find_user(UUID(alice.person.uuid))) as transaction:
        found = tasks.find(transaction, UUID(task["id"]))
        for title in ("second", "third"):
            found = tasks.update(transaction, found, {"title": title})
        change_id = changes.save(transaction)
    undo(alice, str(change_id))
    assert state(alice) == before
