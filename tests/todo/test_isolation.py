"""No user can reach the rows of another user, by any route of the application or by SQL."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
import requests
from flask import Flask, url_for
from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError
from support.chat import Chat, user_message
from support.client import Client, expect, problem
from support.processes import Issuer
from werkzeug.routing import Rule

from todo.store.session import db
from todo.store.tables import metadata, owners, task_tags, users

PUBLIC_PATHS = {
    "/healthz",
    "/readyz",
    "/api/openapi.json",
    "/api/docs",
    "/api/docs/start.js",
    "/api/docs/swagger.js",
    "/api/docs/swagger.css",
}
PATHS_WITHOUT_USER_ID = {"/api/v1/me"}
VALID_BODIES = {
    "api.tasks.create": {"title": "changed"},
    "api.tasks.replace": {"title": "changed"},
    "api.tasks.update": {"title": "changed"},
    "api.parse.parse": {"text": "changed"},
    "api.tags.create": {"name": "changed"},
    "api.tags.update": {"name": "changed"},
    "api.trash.restore": None,
    "api.changes.undo": None,
}


@dataclass
class Route:
    """A method and path of a URL rule, with the IDs of resources filled in."""

    method: str
    path: str
    body: Any
    has_ids: bool


def routes(app: Flask, **values: str) -> Iterator[Route]:
    """Yield each method and path below /api/v1/{user_id} in the URL map of the application."""
    bodies = VALID_BODIES | {
        "api.tasks.add_tag": {"tag_id": values["tag_id"]},
        "api.bulk.apply": {"action": "delete", "task_ids": [values["task_id"]]},
        "api.bulk.reorder": {"task_ids": [values["task_id"]]},
        "api.import_export.import_tasks": [{"title": "changed"}],
        "api.chat.chat": {
            "type": "threads.add_user_message",
            "params": {"thread_id": values["thread_id"], "input": user_message("add changed")},
        },
    }
    for rule in rules(app):
        if rule.rule in PUBLIC_PATHS | PATHS_WITHOUT_USER_ID:
            continue
        with app.test_request_context():
            path = url_for(rule.endpoint, **{name: values[name] for name in rule.arguments})
        for method in (rule.methods or set()) - {"OPTIONS"}:
            has_body = method in ("POST", "PUT", "PATCH")
            body = bodies[rule.endpoint] if has_body else None
            has_ids = len(rule.arguments) > 1 or rule.endpoint.startswith(("api.bulk.", "api.chat"))
            yield Route(method, path, body, has_ids)


def rules(app: Flask) -> list[Rule]:
    return list(app.url_map.iter_rules())


def code(response: requests.Response, method: str) -> tuple[int, str]:
    """Return the status and the problem code; the code is empty for HEAD, which has no body."""
    if method == "HEAD":
        return response.status_code, ""
    return response.status_code, problem(response.status_code, response)


def resources_and_routes(app: Flask, alice: Client) -> tuple[list[Any], list[Route]]:
    tag = alice.make("/tags", name="hers")
    body, key = {"title": "hers", "tag_ids": [tag["id"]]}, {"Idempotency-Key": "hers"}
    task = expect(201, alice.ask("POST", "/tasks", json=body, headers=key))
    response = alice.ask("DELETE", f"/tasks/{alice.make('/tasks', title='deleted')['id']}")
    chat = Chat(alice)
    chat.say("add something")
    found = list(
        routes(
            app,
            user_id=alice.person.uuid,
            task_id=task["id"],
            tag_id=tag["id"],
            change_id=response.headers["Change-Id"],
            thread_id=chat.thread_id,
        )
    )
    assert len(found) >= 21
    return all_resources(alice), found


def all_resources(client: Client) -> list[Any]:
    lists = [client.read("/tasks"), client.read("/tags"), client.read("/trash")]
    chat = Chat(client)
    threads = chat.read("threads.list")["data"]
    return [*lists, *(chat.read("threads.get_by_id", thread_id=one["id"]) for one in threads)]


def test_every_route_is_401_without_a_token(app: Flask, alice: Client):
    before, found = resources_and_routes(app, alice)
    for route in found:
        response = requests.request(
            route.method, alice.url + route.path, json=route.body, timeout=60
        )
        expected = (401, "" if route.method == "HEAD" else "token_missing")
        assert code(response, route.method) == expected, route
        assert response.headers["WWW-Authenticate"] == "Bearer"
    assert all_resources(alice) == before


def test_every_route_is_403_for_another_user(app: Flask, alice: Client, bob: Client):
    before, found = resources_and_routes(app, alice)
    for route in found:
        response = bob.ask_path(route.method, route.path, json=route.body)
        expected = (403, "" if route.method == "HEAD" else "user_mismatch")
        assert code(response, route.method) == expected, route
    assert all_resources(alice) == before


def test_ids_of_another_user_on_the_own_path_are_404(app: Flask, alice: Client, bob: Client):
    before, found = resources_and_routes(app, alice)
    for route in found:
        if route.has_ids:
            own = route.path.replace(alice.person.uuid, bob.person.uuid)
            response = bob.ask_path(route.method, own, json=route.body)
            unknown = "tasks_unknown" if "task_ids" in (route.body or {}) else "not_found"
            expected = (404, "" if route.method == "HEAD" else unknown)
            assert code(response, route.method) == expected, route
    assert all_resources(alice) == before
    assert bob.read("/tasks")["total"] == 0


def test_the_user_is_checked_before_the_body_is_read(app: Flask, alice: Client, bob: Client):
    _, found = resources_and_routes(app, alice)
    for route in found:
        if route.body is not None:
            assert (
                problem(403, bob.ask_path(route.method, route.path, data=b"{")) == "user_mismatch"
            )


def test_only_these_routes_have_no_user_in_their_path(app: Flask, alice: Client):
    unscoped = {rule.rule for rule in rules(app) if "user_id" not in rule.arguments}
    assert unscoped == PUBLIC_PATHS | PATHS_WITHOUT_USER_ID
    for path in PATHS_WITHOUT_USER_ID:
        assert problem(401, requests.get(alice.url + path, timeout=60)) == "token_missing"


def test_a_tag_of_one_user_cannot_be_assigned_to_a_task_of_another(alice: Client, bob: Client):
    foreign_tag, foreign_task = bob.make("/tags", name="his"), bob.make("/tasks", title="his")
    tag, task = alice.make("/tags", name="hers"), alice.make("/tasks", title="hers")
    body = {"title": "x", "tag_ids": [tag["id"], foreign_tag["id"]]}
    for method, path in (
        ("POST", "/tasks"),
        ("PUT", f"/tasks/{task['id']}"),
        ("PATCH", f"/tasks/{task['id']}"),
    ):
        error = expect(422, alice.ask(method, path, json=body))["errors"]
        assert [(one["field"], one["code"]) for one in error] == [("tag_ids.1", "tag_unknown")]
    for task_id, tag_id in ((task["id"], foreign_tag["id"]), (foreign_task["id"], tag["id"])):
        path = f"/tasks/{task_id}/tags"
        assert problem(404, alice.ask("POST", path, json={"tag_id": tag_id})) == "not_found"
        assert problem(404, alice.ask("DELETE", f"{path}/{tag_id}")) == "not_found"
    assert alice.read("/tasks")["items"] == [task]
    assert bob.read(f"/tasks/{foreign_task['id']}") == foreign_task


@pytest.mark.parametrize("owner", ["alice", "bob"])
@pytest.mark.parametrize("task_of", ["alice", "bob"])
def test_foreign_keys_refuse_to_link_a_task_and_a_tag_of_two_users(
    app: Flask, alice: Client, bob: Client, owner: str, task_of: str
):
    people = {"alice": alice, "bob": bob}
    task = people[task_of].make("/tasks", title="task")
    tag = people["bob" if task_of == "alice" else "alice"].make("/tags", name="tag")
    row = {
        "user_id": UUID(people[owner].person.uuid),
        "task_id": UUID(task["id"]),
        "tag_id": UUID(tag["id"]),
    }
    with app.app_context(), db.engine.connect() as connection, pytest.raises(IntegrityError):
        connection.execute(insert(task_tags).values(row))


def test_deleting_an_account_deletes_its_rows_and_ends_its_access(
    app: Flask, alice: Client, better_auth: Issuer
):
    _, found = resources_and_routes(app, alice)
    better_auth.delete(alice.person)
    for route in found:
        response = alice.ask_path(route.method, route.path, json=route.body)
        expected = (401, "" if route.method == "HEAD" else "user_unknown")
        assert code(response, route.method) == expected, route
    assert problem(401, alice.ask_path("GET", "/api/v1/me")) == "user_unknown"
    with app.app_context(), db.engine.connect() as connection:
        assert owners in metadata.sorted_tables
        for table in metadata.sorted_tables:
            if table is users:
                continue
            left = select(func.count()).where(table.c.user_id == UUID(alice.person.uuid))
            assert connection.scalar(left) == 0
