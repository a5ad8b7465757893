"""Conditional requests with entity tags (RFC 9110, section 13)."""

from typing import Any

import pytest
from support.client import Client, expect, problem


def etag(client: Client, path: str) -> str:
    response = client.ask("GET", path)
    assert response.status_code == 200
    return str(response.headers["ETag"])


@pytest.fixture
def path(alice: Client) -> str:
    return f"/tasks/{alice.make('/tasks', title='Paint')['id']}"


def test_an_unchanged_task_keeps_its_entity_tag(alice: Client, path: str):
    assert etag(alice, path) == etag(alice, path)
    made = alice.ask("POST", "/tasks", json={"title": "x"})
    assert made.headers["ETag"] == etag(alice, f"/tasks/{made.json()['id']}")


def test_a_matching_if_none_match_gets_304_without_a_body(alice: Client, path: str):
    response = alice.ask("GET", path, headers={"If-None-Match": etag(alice, path)})
    assert (response.status_code, response.content) == (304, b"")


def test_reading_another_version_is_refused_with_a_problem(alice: Client, path: str):
    stale = etag(alice, path)
    alice.ask("PATCH", path, json={"title": "changed"})
    response = alice.ask("GET", path, headers={"If-Match": stale})
    assert problem(412, response) == "precondition_failed"
    for matching in (etag(alice, path), "*"):
        current = alice.ask("GET", path, headers={"If-Match": matching})
        assert expect(200, current)["title"] == "changed"


WRITES: list[tuple[str, str, Any]] = [
    ("PUT", "", {"title": "other"}),
    ("PATCH", "", {"title": "other"}),
    ("DELETE", "", None),
]


@pytest.mark.parametrize(("method", "below", "body"), WRITES)
def test_a_write_with_a_stale_entity_tag_is_refused(
    alice: Client, path: str, method: str, below: str, body: Any
):
    stale = etag(alice, path)
    alice.ask("PATCH", path, json={"description": "from the other tab"})
    before = alice.read(path)
    response = alice.ask(method, path + below, json=body, headers={"If-Match": stale})
    assert problem(412, response) == "precondition_failed"
    assert alice.read(path) == before


@pytest.mark.parametrize(("method", "below", "body"), WRITES)
@pytest.mark.parametrize("kind", ["current", "any", "one of many"])
def test_a_write_with_a_matching_entity_tag_is_accepted(
    alice: Client, path: str, method: str, below: str, body: Any, kind: str
):
    current = etag(alice, path)
    sent = {"current": current, "any": "*", "one of many": f'"other", {current}'}[kind]
    response = alice.ask(method, path + below, json=body, headers={"If-Match": sent})
    assert response.status_code in (200, 204)


@pytest.mark.parametrize("sent", ['"other"', "nonsense", "", ",", "W/{current}"])
def test_an_if_match_without_the_current_entity_tag_is_refused(alice: Client, path: str, sent: str):
    headers = {"If-Match": sent.format(current=etag(alice, path))}
    response = alice.ask("PATCH", path, json={"title": "x"}, headers=headers)
    assert problem(412, response) == "precondition_failed"


def test_the_response_to_an_update_has_the_new_entity_tag(alice: Client, path: str):
    first = alice.ask("PATCH", path, json={"title": "1"}, headers={"If-Match": etag(alice, path)})
    second = alice.ask(
        "PATCH", path, json={"title": "2"}, headers={"If-Match": first.headers["ETag"]}
    )
    assert expect(200, second)["title"] == "2"


def test_renaming_a_tag_changes_the_entity_tag_of_its_tasks(alice: Client, path: str):
    tag = alice.make("/tags", name="Home")
    alice.ask("POST", f"{path}/tags", json={"tag_id": tag["id"]})
    before = etag(alice, path)
    alice.ask("PATCH", f"/tags/{tag['id']}", json={"name": "House"})
    assert etag(alice, path) != before


def test_the_second_of_two_conflicting_updates_is_refused(alice: Client, path: str):
    seen = etag(alice, path)
    responses = [
        alice.ask("PATCH", path, json={"title": title}, headers={"If-Match": seen})
        for title in ("first", "second")
    ]
    assert [response.status_code for response in responses] == [200, 412]
    assert alice.read(path)["title"] == "first"
