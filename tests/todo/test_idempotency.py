"""Idempotency-Key: repeated requests are done once and get the same response."""

from collections import Counter
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import requests
from flask import Flask
from sqlalchemy import func, select, update
from support.client import Client, expect, flask, problem, verified_user
from support.processes import Gunicorn, local_session

from todo.api.idempotency import is_idempotent
from todo.store.session import db, write
from todo.store.tables import idempotency_keys as keys

REPLAYED = ("Content-Type", "ETag", "Location", "Change-Id")
NOT_REPEATED = {"api.chat.chat", "api.parse.parse"}


def ask(client: Client, path: str, body: Any = None, key: str = "k") -> requests.Response:
    headers = {"Idempotency-Key": key}
    response: requests.Response = client.ask("POST", path, json=body, headers=headers)
    return response


def same(first: requests.Response, again: requests.Response) -> None:
    """Assert that two responses are the same, apart from the id of the request."""
    assert again.status_code == first.status_code
    assert again.content == first.content
    for name in REPLAYED:
        assert again.headers.get(name) == first.headers.get(name)


def test_every_post_of_a_resource_can_be_repeated(app: Flask):
    views = {
        rule.endpoint: app.view_functions[rule.endpoint]
        for rule in app.url_map.iter_rules()
        if "POST" in (rule.methods or ())
    }
    assert {name for name, view in views.items() if not is_idempotent(view)} == NOT_REPEATED
    assert len(views) > len(NOT_REPEATED)


def test_a_repeated_request_is_done_once(alice: Client):
    tag = ask(alice, "/tags", {"name": "Home"}, "tag")
    same(tag, ask(alice, "/tags", {"name": "Home"}, "tag"))  # without the key, a 409
    tag_id = expect(201, tag)["id"]
    task = ask(alice, "/tasks", {"title": "x"}, "task")
    same(task, ask(alice, "/tasks", {"title": "x"}, "task"))
    task_id = expect(201, task)["id"]
    rest: list[tuple[str, Any, int]] = [
        (f"/tasks/{task_id}/tags", {"tag_id": tag_id}, 201),
        ("/tasks/bulk", {"action": "complete", "task_ids": [task_id]}, 200),
        ("/tasks/reorder", {"task_ids": [task_id]}, 200),
        ("/tasks/import", [{"title": "y"}], 200),
        (f"/changes/{task.headers['Change-Id']}/undo", None, 200),
    ]
    undo = ask(alice, "/tasks", {"title": "undone"}, "undone")
    rest[-1] = (f"/changes/{undo.headers['Change-Id']}/undo", None, 200)
    alice.ask("DELETE", f"/tasks/{task_id}")
    rest.insert(0, (f"/trash/{task_id}/restore", None, 200))
    for path, body, status in rest:
        first = ask(alice, path, body, path)
        assert first.status_code == status, first.text
        same(first, ask(alice, path, body, path))
    assert alice.read("/tasks")["total"] == 2
    assert alice.read(f"/tasks/{task_id}")["version"] == 3


def test_a_key_belongs_to_a_user_and_to_a_request(alice: Client, bob: Client):
    first = ask(alice, "/tasks", {"title": "hers"})
    assert expect(201, ask(bob, "/tasks", {"title": "his"}))["title"] == "his"
    for path, body in (
        ("/tasks", {"title": "other"}),
        ("/tags", {"name": "hers"}),
        ("/tasks?x=y", {"title": "hers"}),
    ):
        response = ask(alice, path, body)
        assert problem(422, response) == "validation_failed"
        (error,) = response.json()["errors"]
        assert (error["field"], error["code"]) == ("Idempotency-Key", "idempotency_key_reused")
    same(first, ask(alice, "/tasks", {"title": "hers"}))


@pytest.mark.parametrize("key", ["", "x" * 256, "two words", "\xe4"])
def test_a_malformed_key_is_refused(alice: Client, key: str):
    response = ask(alice, "/tasks", {"title": "x"}, key)
    assert [error["code"] for error in expect(422, response)["errors"]] == [
        "idempotency_key_malformed"
    ]
    assert alice.read("/tasks")["total"] == 0


def test_the_longest_key_and_a_quoted_key_are_accepted(alice: Client):
    for key in ("x" * 255, f'"{uuid4()}"'):
        same(ask(alice, "/tasks", {"title": "x"}, key), ask(alice, "/tasks", {"title": "x"}, key))
    assert alice.read("/tasks")["total"] == 2


def test_a_failed_request_can_be_tried_again_with_its_key(alice: Client):
    task_id = alice.make("/tasks", title="x")["id"]
    body = {"action": "add_tag", "task_ids": [task_id], "tag_id": str(uuid4())}
    assert problem(404, ask(alice, "/tasks/bulk", body)) == "not_found"
    assert ask(alice, "/tasks", {"title": ""}).status_code == 422
    assert ask(alice, "/tasks", {"title": "y"}).status_code == 201


def test_concurrent_repetitions_are_done_once(alice: Client):
    def send(_: int) -> requests.Response:
        with local_session() as http:
            return http.post(
                f"{alice.url}/api/v1/{alice.person.uuid}/tasks/import",
                headers={"Authorization": f"Bearer {alice.token}", "Idempotency-Key": "k"},
                json=[{"title": f"task {number}"} for number in range(500)],
                timeout=60,
            )

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(send, range(8)))
    # In the process of the first request, a repetition is refused; in the other one, it waits.
    statuses = Counter(response.status_code for response in found)
    assert set(statuses) <= {200, 409}, statuses
    done = [response for response in found if response.status_code == 200]
    for response in done:
        same(done[0], response)
    assert alice.read("/tasks")["total"] == 500


def test_a_repetition_of_a_running_request_is_refused(service: Gunicorn, app: Flask, alice: Client):
    user = verified_user(UUID(alice.person.uuid))
    alice.make("/tags", name="first")  # so that the user has a row to lock
    with Gunicorn(service.env, workers=1) as alone, ThreadPoolExecutor(2) as pool:
        # The first request waits for this transaction.
        with app.app_context(), write(user):
            clients = [Client(alone.url, alice.person) for _ in range(2)]
            both = [pool.submit(ask, client, "/tasks", {"title": "x"}) for client in clients]
            done, waits = wait(both, return_when=FIRST_COMPLETED)
            (refused,) = done
            assert problem(409, refused.result()) == "request_running"
            assert refused.result().headers["Retry-After"] == "2"
        (first,) = waits
        assert expect(201, first.result())["title"] == "x"
    same(first.result(), ask(alice, "/tasks", {"title": "x"}))


def test_keys_are_forgotten_after_a_day(alice: Client, app: Flask, service: Gunicorn):
    first = expect(201, ask(alice, "/tasks", {"title": "x"}))
    age(app, alice, timedelta(hours=23))
    assert expect(201, ask(alice, "/tasks", {"title": "x"})) == first
    age(app, alice, timedelta(hours=25))
    assert expect(201, ask(alice, "/tasks", {"title": "x"})) != first
    age(app, alice, timedelta(hours=25))
    assert flask(service.env, "empty-trash").returncode == 0
    with app.app_context(), db.engine.connect() as connection:
        left = select(func.count()).where(keys.c.user_id == UUID(alice.person.uuid))
        assert connection.scalar(left) == 0


def age(app: Flask, client: Client, by: timedelta) -> None:
    """Let the keys of a user be as old as ``by``."""
    of_user = keys.c.user_id == UUID(client.person.uuid)
    with app.app_context(), db.engine.connect() as connection:
        connection.execute(update(keys).where(of_user).values(created_at=datetime.now(UTC) - by))
