"""Validation of requests: fields just within and beyond their limits, and malformed bodies."""

import http.client
import json
from collections.abc import Iterator
from contextlib import closing, suppress
from typing import Any
from urllib.parse import urlsplit

import pytest
from support.client import Client, expect, problem

NOBODY = "00000000-0000-4000-8000-000000000000"
JSON = {"Content-Type": "application/json"}

# (field of the body, value, field of the error, code)
BAD_TASK_FIELDS = [
    ("title", "", "title", "too_short"),
    ("title", " \n\t\u3000", "title", "too_short"),
    ("title", "x" * 201, "title", "too_long"),
    ("title", "🦊" * 201, "title", "too_long"),
    ("title", None, "title", "wrong_type"),
    ("title", 7, "title", "wrong_type"),
    ("title", ["x"], "title", "wrong_type"),
    ("title", "a\0b", "title", "character"),
    ("title", "\ud800", "title", "character"),
    ("description", "x" * 10_001, "description", "too_long"),
    ("description", False, "description", "wrong_type"),
    ("description", "\0", "description", "character"),
    ("description", "\udfff\ud800", "description", "character"),
    ("completed", "yes", "completed", "wrong_type"),
    ("completed", 1, "completed", "wrong_type"),
    ("completed", None, "completed", "wrong_type"),
    ("priority", "urgent", "priority", "not_a_choice"),
    ("priority", "High", "priority", "not_a_choice"),
    ("priority", "", "priority", "not_a_choice"),
    ("priority", 1, "priority", "not_a_choice"),
    ("priority", {}, "priority", "not_a_choice"),
    ("due_date", "2030-01-31T09:00:00", "due_date", "offset_missing"),
    ("due_date", "2030-02-30", "due_date", "not_a_time"),
    ("due_date", "2030-1-31", "due_date", "not_a_time"),
    ("due_date", "20300131", "due_date", "not_a_time"),
    ("due_date", "2030-01-31T", "due_date", "not_a_time"),
    ("due_date", "2030-01-31Z", "due_date", "not_a_time"),
    ("due_date", "2030-01-31+02:00", "due_date", "not_a_time"),
    ("due_date", "2030-W05-4", "due_date", "not_a_time"),
    ("due_date", "\uff12\uff1030-01-31", "due_date", "not_a_time"),
    ("due_date", "1899-12-31", "due_date", "out_of_range"),
    ("due_date", "9999-01-01", "due_date", "out_of_range"),
    ("due_date", 20300131, "due_date", "not_a_time"),
    ("due_date", "2030-01-31 09:00:00Z", "due_date", "not_a_time"),
    ("due_date", "20300131T090000Z", "due_date", "not_a_time"),
    ("due_date", "2030-01-31T09:00Z", "due_date", "not_a_time"),
    ("due_date", "2030-02-30T09:00:00Z", "due_date", "not_a_time"),
    ("due_date", "2030-01-31T24:00:00Z", "due_date", "not_a_time"),
    ("due_date", "2030-01-31T09:60:00Z", "due_date", "not_a_time"),
    ("due_date", "2030-01-31T09:00:00+25:00", "due_date", "not_a_time"),
    ("due_date", "\uff12\uff1030-01-31T09:00:00Z", "due_date", "not_a_time"),
    ("due_date", "0001-01-01T00:00:00+23:00", "due_date", "out_of_range"),
    ("due_date", "9999-12-31T23:59:59-23:00", "due_date", "out_of_range"),
    ("due_date", "tomorrow", "due_date", "not_a_time"),
    ("due_date", "", "due_date", "not_a_time"),
    ("due_date", 1700000000, "due_date", "not_a_time"),
    ("tag_ids", [NOBODY], "tag_ids.0", "tag_unknown"),
    ("tag_ids", ["x"], "tag_ids.0", "not_a_uuid"),
    ("tag_ids", [NOBODY.replace("-", "")], "tag_ids.0", "not_a_uuid"),
    ("tag_ids", [f"{{{NOBODY}}}"], "tag_ids.0", "not_a_uuid"),
    ("tag_ids", [None], "tag_ids.0", "not_a_uuid"),
    ("tag_ids", [1], "tag_ids.0", "not_a_uuid"),
    ("tag_ids", NOBODY, "tag_ids", "wrong_type"),
    ("tag_ids", {}, "tag_ids", "wrong_type"),
    ("tag_ids", None, "tag_ids", "wrong_type"),
    ("tag_ids", [NOBODY] * 51, "tag_ids", "too_long"),
    *[
        (name, 1, name, "read_only")
        for name in ("id", "user_id", "created_at", "updated_at", "completed_at", "version")
    ],
    ("position", 1, "position", "read_only"),
    ("tags", [], "tags", "read_only"),
    ("unknown", 1, "unknown", "unknown_field"),
    ("Title", "x", "Title", "unknown_field"),
    ("", 1, "", "unknown_field"),
]
BAD_TAG_FIELDS = [
    ("name", "", "name", "too_short"),
    ("name", "  ", "name", "too_short"),
    ("name", "x" * 51, "name", "too_long"),
    ("name", None, "name", "wrong_type"),
    ("name", 7, "name", "wrong_type"),
    ("name", "a\0b", "name", "character"),
    ("name", "\ud800", "name", "character"),
    *[
        ("color", color, "color", "not_a_color")
        for color in (
            "",
            "#",
            "#12",
            "#1234",
            "#1234567",
            "123456",
            "#GGG",
            "#12345\n",
            "red",
            "#\u0661\u0662\u0663",
        )
    ],
    ("color", 123, "color", "wrong_type"),
    ("id", NOBODY, "id", "read_only"),
    ("task_count", 5, "task_count", "read_only"),
    ("user_id", NOBODY, "user_id", "unknown_field"),
]


def errors(response: Any) -> list[tuple[str, str]]:
    assert problem(422, response) == "validation_failed"
    found = response.json()["errors"]
    assert all(error["message"][0].isupper() and error["message"][-1] == "." for error in found)
    return [(error["field"], error["code"]) for error in found]


@pytest.mark.parametrize(("name", "value", "field", "code"), BAD_TASK_FIELDS)
def test_an_invalid_field_of_a_task_is_reported_and_nothing_is_saved(
    alice: Client, name: str, value: Any, field: str, code: str
):
    assert errors(alice.ask("POST", "/tasks", json={"title": "good", name: value})) == [
        (field, code)
    ]
    assert alice.read("/tasks")["total"] == 0
    task = alice.make("/tasks", title="before", description="before")
    changes = {"title": "after", "description": "after", name: value}
    for method in ("PUT", "PATCH"):
        response = alice.ask(method, f"/tasks/{task['id']}", json=changes)
        assert errors(response) == [(field, code)]
    assert alice.read(f"/tasks/{task['id']}") == task


@pytest.mark.parametrize(("name", "value", "field", "code"), BAD_TAG_FIELDS)
def test_an_invalid_field_of_a_tag_is_reported_and_nothing_is_saved(
    alice: Client, name: str, value: Any, field: str, code: str
):
    assert errors(alice.ask("POST", "/tags", json={"name": "good", name: value})) == [(field, code)]
    assert alice.read("/tags")["total"] == 0
    tag = alice.make("/tags", name="before", color="#000000")
    changes = {"name": "after", "color": "#ffffff", name: value}
    assert errors(alice.ask("PATCH", f"/tags/{tag['id']}", json=changes)) == [(field, code)]
    assert alice.read(f"/tags/{tag['id']}") == tag


@pytest.mark.parametrize(
    ("method", "path", "missing"),
    [
        ("POST", "/tasks", "title"),
        ("PUT", f"/tasks/{NOBODY}", "title"),
        ("POST", "/tags", "name"),
        ("POST", f"/tasks/{NOBODY}/tags", "tag_id"),
    ],
)
def test_a_missing_field_is_reported(alice: Client, method: str, path: str, missing: str):
    assert errors(alice.ask(method, path, json={})) == [(missing, "required")]


def test_all_invalid_fields_are_reported_together(alice: Client):
    body = {"title": "", "priority": "urgent", "tag_ids": ["x", "y"], "nonsense": 1}
    assert errors(alice.ask("POST", "/tasks", json=body)) == [
        ("title", "too_short"),
        ("priority", "not_a_choice"),
        ("tag_ids.0", "not_a_uuid"),
        ("tag_ids.1", "not_a_uuid"),
        ("nonsense", "unknown_field"),
    ]


def test_at_most_100_errors_are_reported(alice: Client):
    response = alice.ask("POST", "/tasks", json={f"{number}": 1 for number in range(5000)})
    assert len(errors(response)) == 100


@pytest.mark.parametrize(
    ("field", "value", "saved"),
    [
        ("title", "x", "x"),
        ("title", "x" * 200, "x" * 200),
        ("title", "🦊" * 200, "🦊" * 200),
        ("title", " " * 500 + "x" + " " * 500, "x"),
        ("description", "", ""),
        ("description", "🦊" * 10_000, "🦊" * 10_000),
        ("priority", "medium", "medium"),
        ("due_date", "1900-01-01T00:00:00Z", "1900-01-01T00:00:00Z"),
        ("due_date", "9998-12-31T00:00:00Z", "9998-12-31T00:00:00Z"),
        ("due_date", "1900-01-01", "1900-01-01"),
        ("due_date", "9998-12-31", "9998-12-31"),
        ("due_date", "2028-02-29", "2028-02-29"),
        ("due_date", "2030-01-31t09:00:00z", "2030-01-31T09:00:00Z"),
        ("due_date", "2030-01-31T09:00:00-08:00", "2030-01-31T17:00:00Z"),
        ("due_date", "2030-01-31T09:00:00.123456789Z", "2030-01-31T09:00:00.123456Z"),
        ("due_date", "2028-02-29T23:59:59+14:00", "2028-02-29T09:59:59Z"),
    ],
)
def test_values_at_the_limits_of_a_task_are_saved(
    alice: Client, field: str, value: Any, saved: Any
):
    task = alice.make("/tasks", **{"title": "x", field: value})
    assert alice.read(f"/tasks/{task['id']}")[field] == saved


@pytest.mark.parametrize("name", ["x", "x" * 50, "🦊" * 50, "a\nb", "'; DROP TABLE tags; --"])
def test_names_at_the_limits_of_a_tag_are_saved(alice: Client, name: str):
    tag = alice.make("/tags", name=name)
    assert alice.read(f"/tags/{tag['id']}")["name"] == name


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"title"',
        b'[{"title": "x"}]',
        b'{"title": "x",}',
        b"{'title': 'x'}",
        b'{"title": "x"} {}',
        b'{"title": "x", "title": "y"}',
        b'\xef\xbb\xbf{"title": "x"}',
        b'{"title": "\xff"}',
        '{"title": "x"}'.encode("utf-16"),
        b'{"title": NaN}',
        b'{"title": Infinity}',
        b'{"title": ' + b"9" * 5000 + b"}",
        b"[" * 100_000,
        b'{"title": ' * 50_000,
    ],
)
def test_a_malformed_body_is_refused(alice: Client, body: bytes):
    response = alice.ask("POST", "/tasks", data=body, headers=JSON)
    assert problem(400, response) == "body_malformed"
    assert alice.read("/tasks")["total"] == 0


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "multipart/form-data; boundary=x"},
        {"Content-Type": "application/jsonp"},
        {"Content-Type": "json"},
    ],
)
@pytest.mark.parametrize(("method", "path"), [("POST", "/tasks"), ("PATCH", f"/tags/{NOBODY}")])
def test_an_unsupported_content_type_is_refused(
    alice: Client, method: str, path: str, headers: dict[str, str]
):
    response = alice.ask(method, path, data=b'{"title": "x"}', headers=headers)
    assert problem(415, response) == "media_type_unsupported"
    assert alice.read("/tasks")["total"] == 0


def test_json_with_a_charset_is_accepted(alice: Client):
    headers = {"Content-Type": "application/json; charset=utf-8"}
    expect(201, alice.ask("POST", "/tasks", data=b'{"title": "x"}', headers=headers))


def chunks() -> Iterator[bytes]:
    yield b'{"title": "x", "description": "'
    yield from [b"x" * 65_536] * 32
    yield b'"}'


def test_a_body_over_the_size_limit_is_refused_with_and_without_a_content_length(alice: Client):
    large = json.dumps({"title": "x", "description": "x" * (8 << 20)})
    for _ in range(10):
        response = alice.ask("POST", "/tasks", data=large, headers=JSON)
        assert problem(413, response) == "body_too_large"
        assert refused_while_sending(alice) == 413
    assert alice.read("/tasks")["total"] == 0


def refused_while_sending(client: Client) -> int:
    """Send a chunked body over the size limit; return the status, which may arrive early."""
    connection = http.client.HTTPConnection(urlsplit(client.url).netloc, timeout=60)
    connection.putrequest("POST", f"/api/v1/{client.person.uuid}/tasks")
    headers = JSON | {"Authorization": f"Bearer {client.token}", "Transfer-Encoding": "chunked"}
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    with suppress(ConnectionError):  # the service has already responded and closed the connection
        for chunk in chunks():
            connection.send(b"%x\r\n%s\r\n" % (len(chunk), chunk))
        connection.send(b"0\r\n\r\n")
    with closing(connection), connection.getresponse() as response:
        return response.status
