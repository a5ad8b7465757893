"""People, their tasks and tags: the whole way over HTTP."""

from typing import Any

import pytest
import requests
from processes import Gunicorn, Issuer

NOBODY = "00000000-0000-4000-8000-000000000000"


def test_a_person_works_with_tasks_and_tags(alice: Any):
    tag = alice.make("/tags", name="Home", color="#ABC")
    task = alice.make("/tasks", title=" Paint ", priority="high", tag_ids=[tag["id"]])
    assert (task["title"], task["completed"], task["tags"][0]["color"]) == (
        "Paint",
        False,
        "#aabbcc",
    )
    path = f"/tasks/{task['id']}"
    page = alice.ask("GET", "/tasks?search=pAINT&status=active").json()
    assert (page["total"], page["pages"], page["items"]) == (1, 1, [task])
    changed = alice.ask("PATCH", path, json={"completed": True, "priority": None}).json()
    assert changed["completed_at"].endswith("Z")
    assert (changed["priority"], changed["title"], changed["version"]) == (None, "Paint", 2)
    assert alice.ask("GET", "/tasks?status=active").json()["total"] == 0
    assert alice.ask("PUT", path, json={"title": "New"}).json()["tags"] == []
    assert alice.ask("POST", f"{path}/tags", json={"tag_id": tag["id"]}).status_code == 201
    assert alice.ask("POST", f"{path}/tags", json={"tag_id": tag["id"]}).status_code == 200
    assert alice.ask("GET", f"/tags/{tag['id']}").json()["task_count"] == 1
    assert alice.ask("DELETE", f"{path}/tags/{tag['id']}").status_code == 204
    assert alice.ask("DELETE", path).status_code == 204
    assert alice.ask("GET", path).status_code == 404


def test_strangers_get_403_on_the_path_and_404_for_the_ids(alice: Any, bob: Any):
    task, tag = alice.make("/tasks", title="x"), alice.make("/tags", name="y")
    for method, path in (
        ("GET", f"/tasks/{task['id']}"),
        ("PUT", f"/tasks/{task['id']}"),
        ("PATCH", f"/tasks/{task['id']}"),
        ("DELETE", f"/tasks/{task['id']}"),
        ("GET", f"/tags/{tag['id']}"),
        ("PATCH", f"/tags/{tag['id']}"),
        ("DELETE", f"/tags/{tag['id']}"),
    ):
        body = {"title": "z"} if "tasks" in path else {"name": "z"}
        assert bob.ask(method, path, of=alice.person, json=body).status_code == 403
        assert bob.ask(method, path, json=body).status_code == 404
    own = bob.make("/tasks", title="own")
    taken = bob.ask("POST", f"/tasks/{own['id']}/tags", json={"tag_id": tag["id"]})
    assert taken.status_code == 404
    assert bob.ask("POST", "/tasks", json={"title": "t", "tag_ids": [tag["id"]]}).status_code == 422


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", ""),
        ("title", " "),
        ("title", "x" * 201),
        ("title", None),
        ("title", 7),
        ("title", "a\x00b"),
        ("description", "x" * 10_001),
        ("completed", "yes"),
        ("priority", "urgent"),
        ("due_date", "2026-01-31T09:00:00"),
        ("due_date", "2026-01-31"),
        ("due_date", "1700000000"),
        ("due_date", "0001-01-01T00:00:00+23:00"),
        ("tag_ids", [NOBODY]),
        ("tag_ids", ["x"]),
        ("user_id", NOBODY),
        ("version", 7),
        ("unknown", 1),
    ],
)
def test_a_bad_field_is_named_and_nothing_is_kept(alice: Any, field: str, value: Any):
    answer = alice.ask("POST", "/tasks", json={"title": "good", field: value})
    assert (answer.status_code, answer.json()["code"]) == (422, "validation_failed")
    assert answer.json()["errors"][0]["field"].split(".")[0] == field
    assert alice.ask("GET", "/tasks").json()["total"] == 0


def test_bodies_that_are_none(alice: Any):
    json = {"Content-Type": "application/json"}
    assert alice.ask("POST", "/tasks", data="{", headers=json).status_code == 400
    assert alice.ask("POST", "/tasks", data="title=x").status_code == 415
    large = '{"title":"' + "x" * (2 << 20) + '"}'
    assert alice.ask("POST", "/tasks", data=large, headers=json).status_code == 413
    assert alice.ask("GET", "/tasks?colour=red").json()["errors"][0]["field"] == "colour"


def test_a_tag_name_is_unique_ignoring_case(alice: Any):
    alice.make("/tags", name="Ärger")
    answer = alice.ask("POST", "/tags", json={"name": "äRGER"})
    assert (answer.status_code, answer.json()["code"]) == (409, "tag_name_taken")


def test_a_deleted_account_is_unknown_at_once(alice: Any, better_auth: Issuer):
    alice.make("/tasks", title="x")
    better_auth.delete(alice.person)
    answer = alice.ask("GET", "/tasks")
    assert (answer.status_code, answer.json()["code"]) == (401, "user_unknown")


def test_every_error_has_one_shape(service: Gunicorn):
    answer = requests.get(f"{service.url}/nowhere", headers={"X-Request-ID": "abc"}, timeout=30)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (answer.json()["code"], answer.json()["request_id"]) == ("not_found", "abc")
    assert requests.get(f"{service.url}/readyz", timeout=30).json()["ready"] is True
