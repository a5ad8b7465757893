"""Concurrent requests to two processes with eight threads: no update is lost, none is refused."""

import http.client
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import delete, text
from support.client import Client, on
from support.processes import Issuer, wait_until
from support.raw import Raw

from todo.store import tasks
from todo.store.errors import UserUnknown
from todo.store.session import db, find_user, write
from todo.store.tables import users


def test_concurrent_creates_get_unique_positions(alice: Client):
    statuses = alice.at_once(*[("POST", "/tasks", {"title": str(i)}) for i in range(32)])
    assert statuses == [201] * 32
    tasks = alice.read("/tasks?limit=100")["items"]
    assert sorted(task["position"] for task in tasks) == list(range(1, 33))


def test_users_can_sign_up_during_concurrent_writes(alice: Client, better_auth: Issuer):
    with ThreadPoolExecutor(2) as pool:
        people = pool.map(better_auth.sign_up, ["Ada"] * 8)
        statuses = alice.at_once(*[("POST", "/tasks", {"title": "x"})] * 16)
        assert len({person.uuid for person in people}) == 8
    assert statuses == [201] * 16


def test_no_concurrent_update_is_lost(alice: Client):
    task = alice.make("/tasks", title="x")
    path = f"/tasks/{task['id']}"
    fields = ("title", "description")
    changes = [("PATCH", path, {fields[i % 2]: f"text {i}"}) for i in range(16)]
    assert alice.at_once(*changes) == [200] * 16
    assert alice.read(path)["version"] == 17


@on("postgresql")
def test_the_deletion_of_an_account_waits_for_a_change_of_its_tasks(alice: Client, app: Flask):
    # Only on PostgreSQL: SQLite allows one write transaction at a time.
    user_id, task_id = UUID(alice.person.uuid), UUID(alice.make("/tasks", title="x")["id"])

    def delete_account() -> None:
        with app.app_context(), db.engine.connect() as connection:
            connection.execute(delete(users).where(users.c.uuid == user_id))

    def is_waiting() -> bool:
        waiting = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE :q"
        with db.engine.connect() as connection:
            return (
                connection.execute(text(waiting), {"q": 'DELETE FROM "user"%'}).first() is not None
            )

    with app.app_context(), ThreadPoolExecutor(1) as pool:
        user = find_user(user_id)
        with write(user) as transaction:
            task = tasks.find(transaction, task_id)
            deletion = pool.submit(delete_account)
            wait_until(is_waiting)
            tasks.update(transaction, task, {"title": "y"})
        deletion.result(timeout=20)
        with pytest.raises(UserUnknown), write(user):
            pass


def test_task_counts_are_correct_after_concurrent_changes(alice: Client):
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


def test_concurrent_creates_of_one_tag_name_create_one_tag(alice: Client):
    statuses = alice.at_once(*[("POST", "/tags", {"name": "Home"})] * 8)
    assert sorted(statuses) == [201] + [409] * 7
    assert alice.read("/tags")["total"] == 1


def test_concurrent_assignments_of_one_tag_assign_it_once(alice: Client):
    task, tag = alice.make("/tasks", title="x"), alice.make("/tags", name="Home")
    path = f"/tasks/{task['id']}/tags"
    statuses = alice.at_once(*[("POST", path, {"tag_id": tag["id"]})] * 8)
    assert sorted(statuses) == [200] * 7 + [201]


def test_concurrent_deletes_of_one_task_delete_it_once(alice: Client):
    task = alice.make("/tasks", title="x")
    statuses = alice.at_once(*[("DELETE", f"/tasks/{task['id']}", None)] * 8)
    assert sorted(statuses) == [204] + [404] * 7


def test_tags_can_be_deleted_while_they_are_assigned(alice: Client):
    tags = [alice.make("/tags", name=str(number))["id"] for number in range(8)]
    requests = [("POST", "/tasks", {"title": "x", "tag_ids": tags}) for _ in range(8)]
    deletes = [("DELETE", f"/tags/{tag}", None) for tag in tags]
    statuses = alice.at_once(*requests, *deletes)
    made, refused = statuses[:8].count(201), statuses[:8].count(422)
    assert (made + refused, statuses[8:]) == (8, [204] * 8)
    tasks = alice.read("/tasks")
    assert (tasks["total"], [task["tags"] for task in tasks["items"]]) == (made, [[]] * made)


def test_slow_clients_do_not_delay_lists(alice: Client):
    with ExitStack() as stack:
        for number in range(300):
            client = stack.enter_context(Raw(alice.url))
            head = b"POST /api/v1/me HTTP/1.1\r\nHost: test\r\nContent-Length: 100\r\n\r\n"
            client.send((head + b"{")[: number % 100])
        for _ in range(20):
            assert alice.read("/tasks")["total"] == 0


def test_a_slow_request_body_does_not_block_other_requests(alice: Client, bob: Client):
    """The service takes no lock and opens no transaction before it has read the whole body."""
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
