"""Many at once, over two processes of eight threads: nothing is lost, and nobody is turned away."""

import http.client
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import delete
from support.client import Client, on
from support.processes import Issuer

from todo.changes import find, save
from todo.database import db
from todo.errors import NotFound
from todo.models import User
from todo.statements import transaction


def test_writers_wait_their_turn(alice: Client):
    statuses = alice.at_once(*[("POST", "/tasks", {"title": str(i)}) for i in range(32)])
    assert statuses == [201] * 32
    tasks = alice.read("/tasks?limit=100")["items"]
    assert sorted(task["position"] for task in tasks) == list(range(1, 33))


def test_people_sign_up_while_others_write(alice: Client, better_auth: Issuer):
    with ThreadPoolExecutor(2) as pool:
        people = pool.map(better_auth.sign_up, ["Ada"] * 8)
        statuses = alice.at_once(*[("POST", "/tasks", {"title": "x"})] * 16)
        assert len({person.uuid for person in people}) == 8
    assert statuses == [201] * 16


def test_no_change_is_lost(alice: Client):
    task = alice.make("/tasks", title="x")
    path = f"/tasks/{task['id']}"
    fields = ("title", "description")
    changes = [("PATCH", path, {fields[i % 2]: f"text {i}"}) for i in range(16)]
    assert alice.at_once(*changes) == [200] * 16
    assert alice.read(path)["version"] == 17


@on("postgresql")
def test_what_goes_with_the_account_meanwhile_is_not_said_to_be_changed(alice: Client, app: Flask):
    # On SQLite there is no meanwhile: a transaction that writes is alone.
    user_id = UUID(alice.person.uuid)
    task_id = UUID(alice.make("/tasks", title="x")["id"])
    with app.app_context(), transaction(user_id) as run:
        task = find(run, user_id, task_id)
        with db.engine.begin() as connection:
            connection.execute(delete(User).where(User.uuid == user_id))
        with pytest.raises(NotFound):
            save(run, task, {"title": "y"}, [])


def test_what_is_counted_as_it_changes_is_right_after_many_changes_at_once(alice: Client):
    ids = [alice.make("/tasks", title=str(number))["id"] for number in range(20)]
    actions = [
        {"action": action, "task_ids": ids[start : start + 15]}
        for start in range(4)
        for action in ("complete", "reopen")
    ] + [
        {"action": "set_priority", "priority": priority, "task_ids": ids[start : start + 15]}
        for start in range(4)
        for priority in ("low", None)
    ]
    bulk = [("POST", "/tasks/bulk", action) for action in actions]
    single = [("PATCH", f"/tasks/{task}", {"completed": True, "priority": "high"}) for task in ids]
    assert alice.at_once(*bulk, *single[:8]) == [200] * 24
    tasks, stats = alice.read("/tasks?limit=100")["items"], alice.read("/tasks/stats")
    assert stats["completed"] == sum(task["completed"] for task in tasks)
    for name in ("low", "high", None):
        counted = stats["by_priority"][name or "none"]
        assert counted == sum(task["priority"] == name for task in tasks)
        assert alice.read(f"/tasks?priority={name or 'none'}")["total"] == counted


def test_one_of_many_makes_a_tag(alice: Client):
    statuses = alice.at_once(*[("POST", "/tags", {"name": "Home"})] * 8)
    assert sorted(statuses) == [201] + [409] * 7
    assert alice.read("/tags")["total"] == 1


def test_one_of_many_assigns_a_tag(alice: Client):
    task, tag = alice.make("/tasks", title="x"), alice.make("/tags", name="Home")
    path = f"/tasks/{task['id']}/tags"
    statuses = alice.at_once(*[("POST", path, {"tag_id": tag["id"]})] * 8)
    assert sorted(statuses) == [200] * 7 + [201]


def test_one_of_many_deletes_a_task(alice: Client):
    task = alice.make("/tasks", title="x")
    statuses = alice.at_once(*[("DELETE", f"/tasks/{task['id']}", None)] * 8)
    assert sorted(statuses) == [204] + [404] * 7


def test_tags_are_deleted_while_they_are_assigned(alice: Client):
    tags = [alice.make("/tags", name=str(number))["id"] for number in range(8)]
    requests = [("POST", "/tasks", {"title": "x", "tag_ids": tags}) for _ in range(8)]
    deletes = [("DELETE", f"/tags/{tag}", None) for tag in tags]
    statuses = alice.at_once(*requests, *deletes)
    made, refused = statuses[:8].count(201), statuses[:8].count(422)
    assert (made + refused, statuses[8:]) == (8, [204] * 8)
    tasks = alice.read("/tasks")
    assert (tasks["total"], [task["tags"] for task in tasks["items"]]) == (made, [[]] * made)


def test_slow_senders_keep_nobody_out(alice: Client, bob: Client):
    """A body under way holds no lock and no transaction."""
    address = urlsplit(alice.url).netloc
    with closing(http.client.HTTPConnection(address, timeout=60)) as connection:
        connection.putrequest("POST", f"/api/v1/{alice.person.uuid}/tasks")
        connection.putheader("Authorization", f"Bearer {alice.token}")
        connection.putheader("Content-Type", "application/json")
        connection.putheader("Content-Length", "14")
        connection.endheaders(b'{"title": ')
        assert alice.at_once(("POST", "/tasks", {"title": "y"})) == [201]
        assert bob.at_once(("POST", "/tasks", {"title": "x"})) == [201]
        connection.send(b'"z"}')
        assert connection.getresponse().status == 201
