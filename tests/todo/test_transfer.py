"""Export and import of tasks."""

import csv
import io
import json
from operator import eq
from typing import Any

import psutil
import pytest
from support.client import Client, expect, on, problem
from support.processes import Gunicorn

from todo.api.import_export import READERS
from todo.api.requests import MAX_IMPORT_ROWS

JSON, CSV = {"Content-Type": "application/json"}, {"Content-Type": "text/csv"}
FIELDS = ("title", "description", "completed", "priority", "due_date")
SPECIAL_TITLES = [
    "=1+1",
    "+49 30",
    "-5",
    "@SUM(A1)",
    "\tx",
    "'=quoted",
    "''-twice",
    "'plain",
    'a,"b"\nc;ä🦊',
]


@pytest.fixture
def filled(alice: Client) -> Client:
    tags = [alice.make("/tags", name=name)["id"] for name in ("Home, sweet", "=Work")]
    for title in SPECIAL_TITLES:
        alice.make("/tasks", title=title or "x", description=title, tag_ids=tags)
    alice.make("/tasks", title="done", completed=True, priority="high")
    alice.make("/tasks", title="due", due_date="2030-01-31T09:00:00.5Z", tag_ids=tags[:1])
    alice.make("/tasks", title="due all day", due_date="2030-01-31")
    return alice


def content(client: Client) -> list[Any]:
    """Return the fields that an export and a new import preserve."""
    tasks = client.read("/tasks?limit=100&sort_by=position&order=asc")["items"]
    return [
        [*(task[name] for name in FIELDS), [tag["name"] for tag in task["tags"]]] for task in tasks
    ]


def export(client: Client, kind: str) -> Any:
    response = client.ask("GET", f"/tasks/export?format={kind}")
    assert response.status_code == 200
    assert f"filename=tasks.{kind}" in response.headers["Content-Disposition"]
    return response


def test_json_and_ndjson_exports_contain_the_tasks_of_the_list(filled: Client):
    tasks = filled.read("/tasks?limit=100&order=asc")["items"]
    assert export(filled, "json").json() == tasks
    assert [json.loads(line) for line in export(filled, "ndjson").text.splitlines()] == tasks


@pytest.mark.parametrize("kind", ["json", "ndjson", "csv"])
def test_an_export_without_tasks_is_valid(alice: Client, kind: str):
    header = "title,description,completed,priority,due_date,tags,created_at\r\n"
    assert export(alice, kind).text == {"json": "[]\n", "ndjson": "", "csv": header}[kind]


def test_no_cell_of_a_csv_export_is_a_spreadsheet_formula(filled: Client):
    rows = list(csv.reader(io.StringIO(export(filled, "csv").text)))
    assert len(rows) == 1 + len(SPECIAL_TITLES) + 3
    for row in rows:
        assert not [cell for cell in row if cell[:1] in tuple("=+-@\t\r") and cell]


def test_the_due_date_of_a_csv_export_is_a_day_or_a_time(filled: Client):
    rows = csv.DictReader(io.StringIO(export(filled, "csv").text))
    due = {row["title"]: row["due_date"] for row in rows if row["due_date"]}
    assert due == {"due": "2030-01-31T09:00:00.500000+00:00", "due all day": "2030-01-31"}


@pytest.mark.parametrize(("kind", "headers"), [("json", JSON), ("csv", CSV)])
def test_an_import_of_an_export_restores_the_tasks(
    filled: Client, bob: Client, kind: str, headers: dict[str, str]
):
    data = export(filled, kind).content
    dry = filled.ask("POST", "/tasks/import?dry_run=true", data=data, headers=headers)
    assert expect(200, dry) == {"rows": 12, "made": 0, "errors": []}
    response = bob.ask("POST", "/tasks/import", data=data, headers=headers)
    assert expect(200, response) == {"rows": 12, "made": 12, "errors": []}
    assert content(bob) == content(filled)
    assert bob.read("/tags")["total"] == 2


def test_an_import_uses_existing_tags(alice: Client):
    alice.make("/tags", name="Home")
    rows = [{"title": "x", "tags": ["hOME", "HOME", "New"]}, {"title": "y", "tags": ["new"]}]
    assert expect(200, alice.ask("POST", "/tasks/import", json=rows))["made"] == 2
    assert [tag["name"] for tag in alice.read("/tags")["items"]] == ["Home", "New"]


def test_all_invalid_rows_are_reported_and_nothing_is_imported(alice: Client):
    rows = [
        {"title": "good", "tags": ["made?"]},
        {"title": ""},
        "text",
        {"title": "x", "priority": "urgent", "due_date": "soon"},
        {"title": "x", "tag_ids": []},
        {"title": "x", "tags": [5]},
    ]
    response = expect(200, alice.ask("POST", "/tasks/import", json=rows))
    assert (response["rows"], response["made"]) == (6, 0)
    assert [(error["row"], error["field"], error["code"]) for error in response["errors"]] == [
        (2, "title", "too_short"),
        (3, "", "wrong_type"),
        (4, "priority", "not_a_choice"),
        (4, "due_date", "not_a_time"),
        (5, "tag_ids", "unknown_field"),
        (6, "tags.0", "wrong_type"),
    ]
    assert (alice.read("/tasks")["total"], alice.read("/tags")["total"]) == (0, 0)


@pytest.mark.parametrize(
    ("row", "field", "code"),
    [
        ("title,completed\nx,maybe\n", "completed", "wrong_type"),
        ("title,tags\nx,Home\n", "tags", "wrong_type"),
        ("title,due_date\nx,2030-02-30\n", "due_date", "not_a_time"),
        ("title,due_date\nx,2030-01-01T09:00:00\n", "due_date", "offset_missing"),
        ("title,color\nx,red\n", "color", "unknown_field"),
        ("description\nx\n", "title", "required"),
    ],
)
def test_an_invalid_row_of_a_csv_is_reported(alice: Client, row: str, field: str, code: str):
    response = expect(200, alice.ask("POST", "/tasks/import", data=row.encode(), headers=CSV))
    assert [(error["row"], error["field"], error["code"]) for error in response["errors"]] == [
        (1, field, code)
    ]


def test_a_csv_may_begin_with_a_byte_order_mark(alice: Client):
    data = b"\xef\xbb\xbftitle\r\nx\r\n"
    assert expect(200, alice.ask("POST", "/tasks/import", data=data, headers=CSV))["made"] == 1


@pytest.mark.parametrize(
    ("data", "headers", "status"),
    [
        (b"{}", JSON, 400),
        (b"[", JSON, 400),
        (b"\xff", CSV, 400),
        (b'title\n"x', CSV, 400),
        (b"[]", {"Content-Type": "text/plain"}, 415),
        (b"[" + b" " * (5 << 20) + b"]", JSON, 413),
        (json.dumps([{"title": "x"}] * 10_001).encode(), JSON, 413),
    ],
)
def test_a_malformed_or_oversized_import_is_refused(
    alice: Client, data: bytes, headers: dict[str, str], status: int
):
    problem(status, alice.ask("POST", "/tasks/import", data=data, headers=headers))


def test_ten_thousand_rows_can_be_imported_and_exported(alice: Client):
    rows = [{"title": f"task {number}", "tags": [f"tag {number % 7}"]} for number in range(10_000)]
    assert expect(200, alice.ask("POST", "/tasks/import", json=rows))["made"] == 10_000
    lines = export(alice, "ndjson").text.splitlines()
    assert [json.loads(line)["title"] for line in lines] == [row["title"] for row in rows]
    assert alice.read("/tasks/stats")["total"] == 10_000


def test_a_large_export_needs_little_memory_and_can_be_imported_again(
    alice: Client, bob: Client, service: Gunicorn
):
    rows = [
        {
            "title": f"task {number}",
            "description": "=1+1" * (number % 20) or None,
            "completed": bool(number % 3),
            "priority": ("low", "medium", "high", None)[number % 4],
            "due_date": f"20{number % 90 + 10}-01-01{'T00:00:00Z' if number % 2 else ''}",
            "tags": [f"tag {number % 7}", f"tag {number % 5 + 10}"],
        }
        for number in range(MAX_IMPORT_ROWS)
    ]
    for _ in range(2):
        expect(200, alice.ask("POST", "/tasks/import", json=rows))
    with Gunicorn(service.env) as fresh:  # a new worker, whose memory has not grown yet
        exported, grown = export_watched(Client(fresh.url, alice.person), fresh)
    assert grown < 8 * 1024 * 1024  # all tasks in memory would take 30 MiB
    assert len(exported) == 2 * len(rows)
    for start in range(0, len(exported), len(rows)):
        part = [own_fields(task) for task in exported[start : start + len(rows)]]
        expect(200, bob.ask("POST", "/tasks/import", json=part))
    again = map(json.loads, export(bob, "ndjson").text.splitlines())
    assert all(map(eq, map(own_fields, again), map(own_fields, exported)))


def export_watched(client: Client, service: Gunicorn) -> tuple[list[dict[str, Any]], int]:
    """Export all tasks; return them and the growth of the worker's memory in bytes."""
    (worker,) = psutil.Process(service.pid).children()
    client.read("/tasks?limit=100")
    before = worker.memory_info().rss
    exported, held = [], []
    for line in client.ask("GET", "/tasks/export?format=ndjson", stream=True).iter_lines():
        exported.append(json.loads(line))
        if len(exported) % 1000 == 0:
            held.append(worker.memory_info().rss)
    return exported, max(held) - before


def own_fields(task: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a task that the user sets, with tags by name."""
    names = ("title", "description", "completed", "priority", "due_date")
    tags = [tag["name"] for tag in task["tags"]]
    return {name: task[name] for name in names} | {"tags": tags}


@pytest.mark.timeout(8)  # 0.1 s if a row costs its own cells, and 20 s if it costs the header's
def test_a_csv_with_a_wide_header_costs_no_more_than_its_bytes():
    wide = ",".join(["title", *(f"column {number}" for number in range(40_000))])
    assert READERS["text/csv"]("\n".join([wide, *["x"] * 9000])) == [{"title": "x"}] * 9000


@on("sqlite")
def test_a_header_that_names_a_column_twice_is_refused(alice: Client):
    response = alice.ask("POST", "/tasks/import", data="title,tags,title\nx,,y\n", headers=CSV)
    assert problem(400, response) == "body_malformed"
    assert "names a column twice" in response.json()["detail"]


@on("sqlite")
def test_cells_beyond_the_header_are_reported_with_their_row(alice: Client):
    response = alice.ask("POST", "/tasks/import", data="title\nx\ny,z\n", headers=CSV)
    (error,) = expect(200, response)["errors"]
    assert (error["row"], error["code"]) == (2, "unknown_field")


@on("sqlite")
def test_validation_stops_after_a_thousand_errors(alice: Client):
    rows = [{"title": "", "position": 1, "color": 1}] * 9000
    report = expect(200, alice.ask("POST", "/tasks/import", json=rows))
    assert (report["rows"], report["made"], len(report["errors"])) == (9000, 0, 1000)
