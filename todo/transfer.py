"""Takes all tasks of a user out, and many in: /api/v1/{user_id}/tasks/export, /import.

A CSV is safe to open in a spreadsheet: what would be taken for a formula has an apostrophe
before it, which an import takes away again.
"""

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, jsonify, request, stream_with_context
from sqlalchemy import literal_column
from werkzeug.exceptions import RequestEntityTooLarge

from .answers import ImportAnswer, RowError, TagOfTask, TaskAnswer, encode
from .changes import add, require_tags
from .errors import BodyMalformed, MediaTypeUnsupported
from .models import Task, fold
from .openapi import gives
from .schemas import (
    MAX_IMPORT_ROWS,
    ExportQuery,
    ImportQuery,
    TaskRow,
    check_row,
    decode_json,
    read_data,
    read_query,
)
from .shown import USER, rows, shown
from .statements import Statement, bound
from .users import writing

bp = Blueprint("transfer", __name__, url_prefix="/tasks")

MAX_IMPORT_BYTES = 5 * 1024 * 1024
BATCH = 500
COLUMNS = ("title", "description", "completed", "priority", "due_date", "tags", "created_at")
_FORMULA = re.compile(r"'*[=+\-@\t\r]")


@bp.get("/export")
@gives(
    {200: {"text/csv": str, "application/json": [TaskAnswer], "application/x-ndjson": str}},
    query=ExportQuery,
)
def export(user_id: UUID) -> Response:
    """Return all tasks as a stream, the oldest first."""
    asked = read_query(ExportQuery)
    media_type, lines = FORMATS[asked.format]
    body = stream_with_context(lines(_all_tasks(user_id)))
    response = Response(body, content_type=media_type)
    response.headers["Content-Disposition"] = f"attachment; filename=tasks.{asked.format}"
    return response


def _all_tasks(user_id: UUID) -> Iterator[TaskAnswer]:
    """Yield every task, a batch in memory at a time and no transaction open between them."""
    last = UUID(int=0)
    while batch := rows(_NEXT, user_id, last=last):
        last = batch[-1][0]
        for row in batch:
            yield TaskAnswer(*row)


def _next() -> Statement:
    after = Task.of(USER).where(Task.id > bound("last", Task.id))
    query, task = shown(after.order_by(Task.id).limit(literal_column(str(BATCH))))
    return Statement(query.order_by(task.id))


_NEXT = _next()


def _as_ndjson(tasks: Iterable[TaskAnswer]) -> Iterator[bytes]:
    for task in tasks:
        yield encode(task) + b"\n"


def _as_json(tasks: Iterable[TaskAnswer]) -> Iterator[bytes]:
    separator = b"[\n"
    for task in tasks:
        yield separator + encode(task)
        separator = b",\n"
    yield b"[]\n" if separator == b"[\n" else b"\n]\n"


def _as_csv(tasks: Iterable[TaskAnswer]) -> Iterator[bytes]:
    yield _csv_line(COLUMNS)
    for task in tasks:
        yield _csv_line(
            (
                task.title,
                task.description or "",
                "true" if task.completed else "false",
                task.priority or "",
                task.due_date.isoformat() if task.due_date else "",
                json.dumps([tag.name for tag in task.tags], ensure_ascii=False),
                task.created_at.isoformat(),
            )
        )


def _csv_line(cells: Iterable[str]) -> bytes:
    line = io.StringIO()
    csv.writer(line).writerow(f"'{cell}" if _FORMULA.match(cell) else cell for cell in cells)
    return line.getvalue().encode()


FORMATS: dict[str, tuple[str, Callable[[Iterable[TaskAnswer]], Iterator[bytes]]]] = {
    "csv": ("text/csv; charset=utf-8; header=present", _as_csv),
    "json": ("application/json", _as_json),
    "ndjson": ("application/x-ndjson", _as_ndjson),
}


@bp.post("/import")
@gives(
    {200: ImportAnswer},
    body={"text/csv": str, "application/json": [TaskRow]},
    query=ImportQuery,
)
def import_(user_id: UUID) -> Response:
    """Make a task of each row, with the tags it names; if a row is bad, nothing is made."""
    asked = read_query(ImportQuery)
    sent = _read_rows()
    good: list[TaskRow] = []
    errors: list[RowError] = []
    for number, values in enumerate(sent, start=1):
        row, found = check_row(number, values)
        errors += found
        if row is not None:
            good.append(row)
    if not errors and not asked.dry_run:
        _insert(user_id, good)
    made = 0 if errors or asked.dry_run else len(good)
    return jsonify(ImportAnswer(len(sent), made, errors[:1000]))


def _read_rows() -> list[Any]:
    """Return the rows of the body, JSON or CSV; raise what becomes 400, 413 or 415."""
    request.max_content_length = MAX_IMPORT_BYTES
    data = read_data()
    try:
        text = data.decode("utf-8-sig")  # spreadsheets begin with a byte order mark
        rows = READERS[request.mimetype](text)
    except KeyError:
        raise MediaTypeUnsupported from None
    except (ValueError, RecursionError, csv.Error):
        raise BodyMalformed from None
    if len(rows) > MAX_IMPORT_ROWS:
        raise RequestEntityTooLarge
    return rows


def _read_json(text: str) -> list[Any]:
    rows = decode_json(text)
    if not isinstance(rows, list):
        raise BodyMalformed
    return rows


def _read_csv(text: str) -> list[Any]:
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    return [
        {name: _cell(name, cell) for name, cell in row.items() if cell not in ("", None)}
        for row in reader
    ]


def _cell(name: str | None, cell: Any) -> Any:
    """Return a cell as JSON would have it; what can't be read is left for the check to name."""
    if name is None:
        return cell
    text = cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell
    if name == "completed":
        return {"true": True, "false": False}.get(text.lower(), text)
    if name == "tags":
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return text
    return text


READERS: dict[str, Callable[[str], list[Any]]] = {
    "application/json": _read_json,
    "text/csv": _read_csv,
}


def _insert(user_id: UUID, rows: list[TaskRow]) -> None:
    # Backwards, so that a new tag is written as it first appears.
    names = {fold(name): name for row in reversed(rows) for name in reversed(row.tags)}
    with writing(user_id) as run:
        tags = require_tags(run, user_id, names)
        add(run, user_id, [(_fields(row), _tags_of(row, tags)) for row in rows])


def _fields(row: TaskRow) -> dict[str, Any]:
    fields = row.model_dump()
    del fields["tags"]
    return fields


def _tags_of(row: TaskRow, tags: dict[str, TagOfTask]) -> list[TagOfTask]:
    return list({key: tags[key] for key in map(fold, row.tags)}.values())
