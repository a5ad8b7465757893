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

from todo.api.requests import MAX_IMPORT_ROWS
from todo.api.task_rows import READERS

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
    header = (
        "title,description,completed,priority,due_date,tags,created_at,completed_at,updated_at,"
        "position,version,id\r\n"
    )
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
    nothing = {"rows": 12, "created": 0, "made": 0, "skipped": 12, "errors": []}
    assert expect(200, dry) == nothing
    response = bob.ask("POST", "/tasks/import", data=data, headers=headers)
    assert expect(200, response) == nothing | {"created": 12, "made": 12, "skipped": 0}
    assert content(bob) == content(filled)
    assert bob.read("/tags")["total"] == 2


@pytest.mark.parametrize(("kind", "headers"), [("json", JSON), ("csv", CSV)])
def test_a_backup_comes_back_equal_and_once(
    filled: Client, bob: Client, kind: str, headers: dict[str, str]
):
    red = filled.make("/tags", name="Red", color="#ff0000")["id"]
    task = filled.make("/tasks", title="last", description=" ", tag_ids=[red])
    filled.ask("PATCH", f"/tasks/{task['id']}", json={"completed": True})
    first = filled.read("/tasks?limit=1&order=asc")["items"][0]["id"]
    filled.ask("POST", "/tasks/reorder", json={"task_ids": [task["id"], first]})
    before = filled.read("/tasks?limit=100&sort_by=position")["items"]
    backup = export(filled, kind).content
    report = {"rows": 13, "created": 0, "made": 0, "skipped": 13, "errors": []}
    again = filled.ask("POST", "/tasks/import", data=backup, headers=headers)
    assert expect(200, again) == report
    assert filled.read("/tasks?limit=100&sort_by=position")["items"] == before
    # Deleted tasks come back from the trash.
    for deleted in before[:2]:
        filled.ask("DELETE", f"/tasks/{deleted['id']}")
    back = filled.ask("POST", "/tasks/import", data=backup, headers=headers)
    assert expect(200, back) == report | {"created": 2, "made": 2, "skipped": 11}
    after = filled.read("/tasks?limit=100&sort_by=position")["items"]
    assert [one["id"] for one in after] == [one["id"] for one in before]
    assert filled.read("/trash")["total"] == 0
    filled.ask("POST", f"/changes/{back.headers['Change-Id']}/undo")
    assert {one["task"]["id"] for one in filled.read("/trash")["items"]} == {
        one["id"] for one in before[:2]
    }
    # All fields come back to a user without tasks; tags have new ids.
    expect(200, bob.ask("POST", "/tasks/import", data=backup, headers=headers))
    copies = bob.read("/tasks?limit=100&sort_by=position")["items"]
    assert [backed_up(one) for one in copies] == [backed_up(one) for one in before]


def backed_up(task: dict[str, Any]) -> dict[str, Any]:
    """Return a task without its owner and without the ids of tags, "" and null being the same."""
    tags = [{"name": tag["name"], "color": tag["color"]} for tag in task["tags"]]
    return {**task, "user_id": "", "description": task["description"] or None, "tags": tags}


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


def test_valid_rows_can_be_imported_although_others_have_errors(alice: Client):
    rows = [{"title": "good"}, {"title": ""}, {"title": "also", "tags": ["x"]}, {"tags": ["y"]}]
    for query, created in (("dry_run=true&skip_errors=true", 0), ("skip_errors=true", 2)):
        report = expect(200, alice.ask("POST", f"/tasks/import?{query}", json=rows))
        assert (report["created"], report["made"]) == (created, created)
        assert [error["row"] for error in report["errors"]] == [2, 4]
    assert [task["title"] for task in alice.read("/tasks?order=asc")["items"]] == ["good", "also"]
    assert [tag["name"] for tag in alice.read("/tags")["items"]] == ["x"]


@pytest.mark.parametrize(
    ("row", "field", "code"),
    [
        ({"id": "x"}, "id", "not_a_uuid"),
        ({"created_at": "2030-01-01"}, "created_at", "not_a_time"),
        ({"completed_at": "2030-01-01T09:00:00"}, "completed_at", "offset_missing"),
        ({"updated_at": 5}, "updated_at", "not_a_time"),
        ({"position": 0}, "position", "out_of_range"),
        ({"position": 1 << 51}, "position", "out_of_range"),
        ({"version": 1 << 31}, "version", "out_of_range"),
        ({"version": True}, "version", "wrong_type"),
        ({"tags": [{"name": "x", "color": "red"}]}, "tags.0.color", "not_a_color"),
        ({"tags": [{"color": "#fff"}]}, "tags.0.name", "required"),
        ({"id": "00000000-0000-7000-8000-000000000001"}, "id", "repeated"),
    ],
)
def test_an_invalid_field_of_a_backup_is_reported(
    alice: Client, row: dict[str, Any], field: str, code: str
):
    rows = [{"title": "x", "id": "00000000-0000-7000-8000-000000000001"}, {"title": "x"} | row]
    errors = expect(200, alice.ask("POST", "/tasks/import", json=rows))["errors"]
    assert [(error["row"], error["field"], error["code"]) for error in errors] == [(2, field, code)]


@pytest.mark.parametrize(
    "data",
    [
        "title;tags\nCafé;\n".encode("cp1252"),
        "title\ttags\nCafé\t\n".encode("utf-16"),
        b"\xfe\xff" + "title\r\nCafé\r\n".encode("utf-16-be"),
        "TITLE,Due Date,Tags,,\nCafé,,,,\n".encode(),
        '"title";"description"\n"Café";""\n'.encode(),
        "\n\ntitle,tags\n,\n\n , \nCafé,\n,,,\n".encode(),
        "title\rCafé\r".encode(),
    ],
)
def test_csv_files_of_spreadsheets_can_be_imported(alice: Client, data: bytes):
    report = expect(200, alice.ask("POST", "/tasks/import", data=data, headers=CSV))
    assert (report["rows"], report["created"], report["errors"]) == (1, 1, [])
    assert alice.read("/tasks")["items"][0]["title"] == "Café"


@on("sqlite")
@pytest.mark.parametrize(
    ("data", "words"),
    [
        ('title\nx\n"y\nz\n', "Row 2 of the CSV file can't be read: a quote is not closed."),
        ('title\nx\ny\n"a"b\n', "Row 3 of the CSV file can't be read: text follows"),
        (f"title\n{'x' * 140_000}\n", "Row 1 of the CSV file can't be read: a cell has more"),
        ('"title\nx\n', "The header of the CSV file can't be read: a quote is not closed."),
        ("name,when\nx,y\n", "It names none of them."),
    ],
)
def test_the_place_of_a_csv_error_is_named(alice: Client, data: str, words: str):
    response = alice.ask("POST", "/tasks/import", data=data.encode(), headers=CSV)
    assert problem(400, response) == "body_malformed"
    assert words in response.json()["detail"]


@on("sqlite")
def test_the_place_of_a_json_error_is_named(alice: Client):
    response = alice.ask("POST", "/tasks/import", data=b'[\n{"title" "x"}]', headers=JSON)
    assert problem(400, response) == "body_malformed"
    assert response.json()["detail"] == "The JSON is malformed in line 2, column 10."


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
    rows = READERS["text/csv"]("\n".join([wide, *["x"] * 9000]))
    assert [row.values for row in rows] == [{"title": "x"}] * 9000


@on("sqlite")
def test_a_header_that_names_a_column_twice_is_refused(alice: Client):
    response = alice.ask("POST", "/tasks/import", data="title,tags,title\nx,,y\n", headers=CSV)
    assert problem(400, response) == "body_malformed"
    assert "names a column twice" in response.json()["detail"]


@on("sqlite")
def test_cells_beyond_the_header_are_reported_with_their_row(alice: Client):
    for data in ("title\nx\n,\ny,z\n", "title,\nx\n\ny,z\n", "title\nx\n\n,z\n"):
        response = alice.ask("POST", "/tasks/import", data=data, headers=CSV)
        error, *_ = expect(200, response)["errors"]
        assert (error["row"], error["field"], error["code"]) == (3, "", "unknown_field")
        assert error["message"] == "This row has more cells than the header has columns."


@on("sqlite")
def test_validation_stops_after_a_thousand_errors(alice: Client):
    rows = [{"title": "", "position": 1, "color": 1}] * 9000
    report = expect(200, alice.ask("POST", "/tasks/import", json=rows))
    assert (report["rows"], report["made"], len(report["errors"])) == (9000, 0, 1000)
