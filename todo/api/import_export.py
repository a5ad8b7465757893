"""Export and import of all tasks: /api/v1/{user_id}/tasks/export and /import.

A CSV is safe to open in a spreadsheet: a cell that would be taken for a formula gets an apostrophe
before it, which an import removes again.
"""

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from typing import Any
from uuid import UUID

from flask import Blueprint, Flask, Response, current_app, g, jsonify, request, stream_with_context

from bridge import User

from ..store import tags, task_list, tasks
from ..store.records import Task
from ..store.session import check_account, read
from ..store.tables import fold
from .bodies import TASK_ROWS, decode_json, read_bytes, read_query, validate_row
from .changes import CHANGE_ID, undoable_write
from .describe import Body, Content, describe
from .problems import BodyMalformed, BodyTooLarge, Busy, ImportLimit, MediaTypeUnsupported
from .requests import MAX_IMPORT_ROWS, ExportQuery, ImportQuery, TaskRow
from .responses import ImportReport, RowError, encode
from .slots import Slots

bp = Blueprint("import_export", __name__, url_prefix="/tasks")

MAX_REPORTED_ERRORS = 1000
MAX_IMPORTS = 2
"""Imports that a process runs at the same time; of one user, it runs one."""
COLUMNS = ("title", "description", "completed", "priority", "due_date", "tags", "created_at")
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_EXTENSION = "import_slots"


def init_app(app: Flask) -> None:
    """Prepare the slots for imports of this process."""
    app.extensions[_EXTENSION] = Slots(
        MAX_IMPORTS,
        1,
        busy=Busy("Other imports are under way. Try again in a moment."),
        limit=ImportLimit("Wait until your other import is complete."),
    )


@bp.get("/export")
@describe(
    {
        200: Content(
            "All tasks.",
            {"text/csv": str, "application/json": [Task], "application/x-ndjson": str},
        )
    },
    query=ExportQuery,
)
def export_tasks(user_id: UUID) -> Response:
    """Export all tasks as a stream, oldest first."""
    query = read_query(ExportQuery)
    media_type, lines = FORMATS[query.format]
    batches = _batches(g.user)
    # The first batch is read before the response starts, while an error can still have its status.
    first = next(batches)
    body = stream_with_context(lines(chain(first, chain.from_iterable(batches))))
    response = Response(body, content_type=media_type)
    response.headers["Content-Disposition"] = f"attachment; filename=tasks.{query.format}"
    return response


def _batches(user: User) -> Iterator[list[Task]]:
    """Yield all tasks in batches; no connection is held while a batch is sent."""
    after = UUID(int=0)
    while True:
        with read(user) as reader:
            batch = task_list.batch_by_id(reader, after)
        yield batch
        if not batch:
            return
        after = batch[-1].id


def _as_ndjson(tasks: Iterable[Task]) -> Iterator[bytes]:
    for task in tasks:
        yield encode(task) + b"\n"


def _as_json(tasks: Iterable[Task]) -> Iterator[bytes]:
    separator = b"[\n"
    for task in tasks:
        yield separator + encode(task)
        separator = b",\n"
    yield b"[]\n" if separator == b"[\n" else b"\n]\n"


def _as_csv(tasks: Iterable[Task]) -> Iterator[bytes]:
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


FORMATS: dict[str, tuple[str, Callable[[Iterable[Task]], Iterator[bytes]]]] = {
    "csv": ("text/csv; charset=utf-8; header=present", _as_csv),
    "json": ("application/json", _as_json),
    "ndjson": ("application/x-ndjson", _as_ndjson),
}


@bp.post("/import")
@describe(
    {200: Content("What was imported, or the errors.", ImportReport, (CHANGE_ID,))},
    body=Body({"text/csv": str, "application/json": [TaskRow]}, TASK_ROWS),
    query=ImportQuery,
    problems={429: "Another import of yours is under way; see `Retry-After`."},
)
def import_tasks(user_id: UUID) -> Response:
    """Create a task for each row, with the tags it names; if a row has an error, create nothing."""
    is_dry_run = read_query(ImportQuery).dry_run
    data = read_bytes(TASK_ROWS)
    # Imports take seconds of CPU and of the user's lock, so only few of them run at once.
    slots: Slots = current_app.extensions[_EXTENSION]
    give_back = slots.take(g.user.uuid)
    try:
        return _import(data, is_dry_run=is_dry_run)
    finally:
        give_back()


def _import(data: bytes, *, is_dry_run: bool) -> Response:
    sent = _read_rows(data)
    rows: list[TaskRow] = []
    errors: list[RowError] = []
    for number, values in enumerate(sent, start=1):
        if len(errors) >= MAX_REPORTED_ERRORS:
            break
        row, errors_of_row = validate_row(number, values)
        errors += errors_of_row
        if row is not None:
            rows.append(row)
    if errors or is_dry_run:
        check_account(g.user)
        return jsonify(ImportReport(len(sent), 0, errors[:MAX_REPORTED_ERRORS]))
    _create(g.user, rows)
    return jsonify(ImportReport(len(sent), len(rows), []))


def _read_rows(data: bytes) -> list[Any]:
    if request.mimetype not in READERS:
        raise MediaTypeUnsupported(TASK_ROWS.unsupported)
    try:
        text = data.decode("utf-8-sig")  # spreadsheets write a byte order mark
        rows = READERS[request.mimetype](text)
    except (ValueError, RecursionError, csv.Error):
        raise BodyMalformed(TASK_ROWS.malformed) from None
    if len(rows) > MAX_IMPORT_ROWS:
        raise BodyTooLarge(TASK_ROWS.too_large)
    return rows


def _read_json(text: str) -> list[Any]:
    rows = decode_json(text)
    if not isinstance(rows, list):
        raise ValueError("not a list")  # noqa: TRY004 (a malformed body, as any other)
    return rows


def _read_csv(text: str) -> list[Any]:
    lines = filter(None, csv.reader(io.StringIO(text, newline=""), strict=True))
    header = next(lines, [])
    if len(set(header)) < len(header):
        raise BodyMalformed("The header of the CSV file names a column twice.")
    rows = []
    # Not csv.DictReader, which fills each row up to the header: few bytes would become many cells.
    for line in islice(lines, MAX_IMPORT_ROWS + 1):
        row = {
            name: _from_cell(name, cell) for name, cell in zip(header, line, strict=False) if cell
        }
        if beyond := line[len(header) :]:
            row[""] = beyond  # an unknown field, for the validation to report
        rows.append(row)
    return rows


def _from_cell(name: str, cell: str) -> Any:
    """Return the JSON value of a cell; a cell that has none is left to the validation."""
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


def _create(user: User, rows: list[TaskRow]) -> None:
    with undoable_write(user) as transaction:
        its_tags = tags.find_or_create(transaction, (name for row in rows for name in row.tags))
        tasks.create(
            transaction,
            [
                {
                    **row.model_dump(exclude={"tags"}),
                    # Each tag once, though a row may name it twice in another case.
                    "tags": [its_tags[key] for key in dict.fromkeys(map(fold, row.tags))],
                }
                for row in rows
            ],
        )
