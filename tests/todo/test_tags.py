"""Tags, tested over HTTP with gunicorn and a database."""

import pytest
from support.client import Client, expect, problem


def test_a_new_tag_has_all_fields(alice: Client):
    response = alice.ask("POST", "/tags", json={"name": "  Home \n", "color": "#A1b2C3"})
    tag = expect(201, response)
    assert tag == {"id": tag["id"], "name": "Home", "color": "#a1b2c3", "task_count": 0}
    assert alice.read(f"/{response.headers['Location']}") == tag


def test_a_color_is_optional_and_can_be_removed(alice: Client):
    tag = alice.make("/tags", name="Home")
    assert tag["color"] is None
    path = f"/tags/{tag['id']}"
    assert expect(200, alice.ask("PATCH", path, json={"color": "#FfF"}))["color"] == "#ffffff"
    assert expect(200, alice.ask("PATCH", path, json={"color": None}))["color"] is None


def test_patch_keeps_absent_fields(alice: Client):
    tag = alice.make("/tags", name="Home", color="#123")
    renamed = expect(200, alice.ask("PATCH", f"/tags/{tag['id']}", json={"name": "House"}))
    assert renamed == tag | {"name": "House"}
    assert alice.read(f"/tags/{tag['id']}") == renamed


@pytest.mark.parametrize(
    ("name", "same"), [("Home", "hOME"), ("Straße", "STRASSE"), ("é", "E\u0301"), ("Σ", "ς")]
)
def test_a_name_is_unique_ignoring_case(alice: Client, name: str, same: str):
    tag = alice.make("/tags", name=name)
    other = alice.make("/tags", name="other")
    assert problem(409, alice.ask("POST", "/tags", json={"name": same})) == "tag_name_taken"
    path = f"/tags/{other['id']}"
    assert problem(409, alice.ask("PATCH", path, json={"name": same})) == "tag_name_taken"
    assert alice.read(path) == other
    assert (
        expect(200, alice.ask("PATCH", f"/tags/{tag['id']}", json={"name": same}))["name"] == same
    )


def test_two_users_can_have_tags_with_the_same_name(alice: Client, bob: Client):
    alice.make("/tags", name="Home")
    bob.make("/tags", name="Home")


def test_tags_are_listed_by_name_with_their_counts(alice: Client):
    names = ["b", "A", "ß", "Z", "ä"]
    tags = {name: alice.make("/tags", name=name) for name in names}
    alice.make("/tasks", title="1", tag_ids=[tags["b"]["id"]])
    alice.make("/tasks", title="2", tag_ids=[tags["b"]["id"], tags["Z"]["id"]])
    listed = alice.read("/tags")
    assert [(tag["name"], tag["task_count"]) for tag in listed["items"]] == [
        ("A", 0),
        ("b", 2),
        ("ß", 0),
        ("Z", 1),
        ("ä", 0),
    ]
    assert (listed["total"], listed["page"], listed["pages"]) == (5, 1, 1)
    second = alice.read("/tags?limit=2&page=2")
    assert [tag["name"] for tag in second["items"]] == ["ß", "Z"]


def test_a_deleted_tag_is_removed_from_its_tasks(alice: Client):
    tag, other = alice.make("/tags", name="Home"), alice.make("/tags", name="Work")
    task = alice.make("/tasks", title="Paint", tag_ids=[tag["id"], other["id"]])
    assert alice.ask("DELETE", f"/tags/{tag['id']}").status_code == 204
    assert problem(404, alice.ask("GET", f"/tags/{tag['id']}")) == "not_found"
    left = alice.read(f"/tasks/{task['id']}")["tags"]
    assert [tag["name"] for tag in left] == ["Work"]


def test_the_list_of_tasks_includes_their_tags(alice: Client):
    tag = alice.make("/tags", name="Home", color="#123456")
    alice.make("/tasks", title="Paint", tag_ids=[tag["id"]])
    (task,) = alice.read("/tasks")["items"]
    assert task["tags"] == [{"id": tag["id"], "name": "Home", "color": "#123456"}]
