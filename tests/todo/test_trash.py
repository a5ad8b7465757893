"""The trash: deleted tasks are listed, restored and deleted for ever."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from support.client import Client, expect, flask, problem
from support.processes import Gunicorn

from todo.store.session import db
from todo.store.tables import changes, trash

TASK = {
    "title": "Water the plants",
    "description": "The balcony too",
    "completed": True,
    "priority": "high",
    "due_date": "2030-01-31T09:00:00.123456+02:00",
}


def delete(client: Client, task: dict[str, str]) -> None:
    assert client.ask("DELETE", f"/tasks/{task['id']}").status_code == 204


def trashed(client: Client) -> list[str]:
    return [item["task"]["title"] for item in client.read("/trash")["items"]]


def test_a_restored_task_equals_the_deleted_task(alice: Client):
    tag = alice.make("/tags", name="Home")
    _, task, _ = (
        alice.make("/tasks", **TASK | {"title": title, "tag_ids": [tag["id"]]})
        for title in ("first", "deleted", "last")
    )
    before = alice.read("/tasks?sort_by=position"), alice.read("/tasks/stats")
    etag = alice.ask("GET", f"/tasks/{task['id']}").headers["ETag"]
    delete(alice, task)
    assert alice.read("/tasks")["total"] == 2
    assert alice.read("/tags")["items"][0]["task_count"] == 2
    (item,) = alice.read("/trash")["items"]
    assert item["task"] == task
    age = datetime.now(UTC) - datetime.fromisoformat(item["deleted_at"])
    assert timedelta(0) <= age < timedelta(minutes=5)

    response = alice.ask("POST", f"/trash/{task['id']}/restore")
    assert expect(200, response) == task
    assert response.headers["ETag"] == etag
    assert (alice.read("/tasks?sort_by=position"), alice.read("/tasks/stats")) == before
    assert trashed(alice) == []


@pytest.mark.parametrize("due_date", ["2030-01-31", "2030-01-31T23:59:00Z"])
def test_days_and_times_come_back_as_they_were(alice: Client, due_date: str):
    task = alice.make("/tasks", title="x", due_date=due_date)
    path = f"/tasks/{task['id']}"
    alice.ask("DELETE", path)
    assert expect(200, alice.ask("POST", f"/trash/{task['id']}/restore")) == task
    change = alice.ask("PATCH", path, json={"due_date": None}).headers["Change-Id"]
    expect(200, alice.ask("POST", f"/changes/{change}/undo"))
    assert alice.read(path)["due_date"] == due_date


def test_a_task_is_restored_with_the_tags_that_still_exist(alice: Client):
    gone, kept = (alice.make("/tags", name=name) for name in ("Gone", "Kept"))
    task = alice.make("/tasks", title="x", tag_ids=[gone["id"], kept["id"]])
    delete(alice, task)
    assert alice.ask("DELETE", f"/tags/{gone['id']}").status_code == 204
    alice.ask("PATCH", f"/tags/{kept['id']}", json={"name": "Renamed"})
    restored = expect(200, alice.ask("POST", f"/trash/{task['id']}/restore"))
    assert [tag["name"] for tag in restored["tags"]] == ["Renamed"]
    assert alice.read(f"/tasks/{task['id']}") == restored


def test_new_tasks_do_not_take_the_position_of_a_task_in_the_trash(alice: Client):
    task = alice.make("/tasks", title="deleted")
    delete(alice, task)
    new = alice.make("/tasks", title="new")
    restored = expect(200, alice.ask("POST", f"/trash/{task['id']}/restore"))
    assert restored["position"] < new["position"]


def test_the_trash_has_pages_with_the_latest_deleted_first(alice: Client):
    titles = ["a", "b", "c"]
    for task in [alice.make("/tasks", title=title) for title in titles]:
        delete(alice, task)
    page = alice.read("/trash?limit=2")
    assert [item["task"]["title"] for item in page["items"]] == ["c", "b"]
    assert (page["total"], page["pages"]) == (3, 2)
    page = alice.read("/trash?limit=2&page=2")
    assert [item["task"]["title"] for item in page["items"]] == ["a"]
    assert problem(422, alice.ask("GET", "/trash?limit=0")) == "validation_failed"


def test_all_tasks_of_a_bulk_action_are_in_the_trash(alice: Client):
    made = [alice.make("/tasks", title=str(number))["id"] for number in range(3)]
    body = {"action": "delete", "task_ids": made[:2]}
    assert expect(200, alice.ask("POST", "/tasks/bulk", json=body)) == {"changed": 2}
    assert sorted(trashed(alice)) == ["0", "1"]


def test_a_task_is_deleted_for_ever(alice: Client):
    kept, gone = (alice.make("/tasks", title=title) for title in ("kept", "gone"))
    for task in (kept, gone):
        delete(alice, task)
    assert alice.ask("DELETE", f"/trash/{gone['id']}").status_code == 204
    assert trashed(alice) == ["kept"]
    assert problem(404, alice.ask("DELETE", f"/trash/{gone['id']}")) == "not_found"
    assert problem(404, alice.ask("POST", f"/trash/{gone['id']}/restore")) == "not_found"


def test_a_task_of_the_list_is_not_in_the_trash(alice: Client):
    task = alice.make("/tasks", title="x")
    assert problem(404, alice.ask("POST", f"/trash/{task['id']}/restore")) == "not_found"
    assert problem(404, alice.ask("DELETE", f"/trash/{task['id']}")) == "not_found"
    assert alice.read(f"/tasks/{task['id']}") == task


def test_emptying_the_trash_keeps_the_list_and_the_trash_of_others(alice: Client, bob: Client):
    task = alice.make("/tasks", title="listed")
    for client in (alice, bob):
        delete(client, client.make("/tasks", title="deleted"))
    assert alice.ask("DELETE", "/trash").status_code == 204
    assert alice.ask("DELETE", "/trash").status_code == 204
    assert (trashed(alice), trashed(bob)) == ([], ["deleted"])
    assert alice.read("/tasks")["items"] == [task]


def test_only_one_of_several_concurrent_restores_acts(alice: Client):
    task = alice.make("/tasks", title="x")
    delete(alice, task)
    restore = ("POST", f"/trash/{task['id']}/restore", None)
    assert sorted(alice.at_once(*[restore] * 4)) == [200, 404, 404, 404]
    assert alice.read("/tasks")["items"] == [task]


def test_the_command_deletes_old_tasks_and_old_changes(
    app: Flask, service: Gunicorn, alice: Client
):
    old, new = (alice.make("/tasks", title=title) for title in ("old", "new"))
    for task in (old, new):
        delete(alice, task)
    user_id = UUID(alice.person.uuid)
    with app.app_context(), db.engine.connect() as connection:
        moved = update(trash).where(trash.c.id == UUID(old["id"]), trash.c.user_id == user_id)
        now = datetime.now(UTC)
        connection.execute(moved.values(deleted_at=now - timedelta(days=30, minutes=1)))
        of_user = changes.c.user_id == user_id
        oldest = select(changes.c.id).where(of_user).order_by(changes.c.id).limit(1)
        moved = update(changes).where(of_user, changes.c.id == oldest.scalar_subquery())
        connection.execute(moved.values(created_at=now - timedelta(days=1, minutes=1)))
    finished = flask(service.env, "empty-trash")
    assert finished.returncode == 0, finished.stderr
    assert finished.stdout.startswith("OK: ")
    assert trashed(alice) == ["new"]
    with app.app_context(), db.engine.connect() as connection:
        left = select(func.count()).where(changes.c.user_id == user_id)
        assert connection.scalar(left) == 3
    assert flask(service.env, "empty-trash", "--days", "0").returncode == 0
    assert trashed(alice) == []
