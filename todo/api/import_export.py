"""Export and import of all tasks: /api/v1/{user_id}/tasks/export and /import.

A CSV is safe to open in a spreadsheet: a cell that would be taken for a formula gets an apostrophe
before it, which an import removes again.
"""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from uuid import UUID

from flask import Blueprint, Flask, Response, current_app, g, jsonify, request, stream_with_context

from bridge import User

from ..store import tags, task_list, tasks
from ..store.records import TagOfTask, Task
from ..store.session import read
from ..store.tables import fold
from .bodies import TASK_ROWS, read_bytes, read_query
from .changes import CHANGE_ID, undoable_write
from .describe import Body, Content, describe
from .idempotency import idempotent
from .problems import Busy, ImportLimit
from .requests import MAX_POSITION, ExportQuery, ImportQuery, TaskRow
from .responses import ImportReport, RowError, encode
from .slots import Slots
from .task_rows import COLUMNS, FORMULA, read_rows

bp = Blueprint("import_export", __name__, url_prefix="/tasks")

MAX_REPORTED_ERRORS = 1000
MAX_IMPORTS = 2
"""Imports that a process runs at the same time; of one user, it runs one."""
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
                json.dumps([_tag_of_cell(tag) for tag in task.tags], ensure_ascii=False),
                task.created_at.isoformat(),
                task.completed_at.isoformat() if task.completed_at else "",
                task.updated_at.isoformat(),
                str(task.position),
                str(task.version),
                str(task.id),
            )
        )


def _tag_of_cell(tag: TagOfTask) -> str | dict[str, str]:
    return tag.name if tag.color is None else {"name": tag.name, "color": tag.color}


def _csv_line(cells: Iterable[str]) -> bytes:
    line = io.StringIO()
    csv.writer(line).writerow(f"'{cell}" if FORMULA.match(cell) else cell for cell in cells)
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
@idempotent
def import_tasks(user_id: UUID) -> Response:
    """Create a task for each row, with the tags it names. A row whose id exists is skipped.

    If a row has an error, nothing is created, unless `skip_errors` is true.
    """
    query = read_query(ImportQuery)
    data = read_bytes(TASK_ROWS)
    # Imports take seconds of CPU and of the user's lock, so only few of them run at once.
    slots: Slots = current_app.extensions[_EXTENSION]
    give_back = slots.take(g.user.uuid)
    try:
        return _import(data, query)
    finally:
        give_back()


def _import(data: bytes, query: ImportQuery) -> Response:
    sent = read_rows(data, request.mimetype)
    rows: list[TaskRow] = []
    errors: list[RowError] = []
    ids: set[UUID] = set()
    for sent_row in sent:
        if len(errors) >= MAX_REPORTED_ERRORS and not query.skip_errors:
            break
        row, errors_of_row = sent_row.validated()
        if row is not None and row.id is not None and row.id in ids:
            message = "An earlier row has the same id."
            errors_of_row = [RowError(sent_row.number, "id", message, "repeated")]
        elif row is not None:
            rows.append(row)
            ids |= {row.id} if row.id else set()
        if len(errors) < MAX_REPORTED_ERRORS:
            errors += errors_of_row
    report = ImportReport(len(sent), 0, 0, 0, errors[:MAX_REPORTED_ERRORS])
    if query.dry_run or (errors and not query.skip_errors):
        with read(g.user) as reader:
            report.skipped = len(tasks.existing_ids(reader, ids))
    else:
        report.created = report.made = _create(g.user, rows)
        report.skipped = len(rows) - report.created
    return jsonify(report)


def _create(user: User, rows: list[TaskRow]) -> int:
    """Create a task for each row whose id does not exist; return the number of tasks."""
    with undoable_write(user) as transaction:
        existing = tasks.existing_ids(transaction, {row.id for row in rows if row.id})
        new = [row for row in rows if row.id not in existing]
        # In their former order: the position of a task that has one is in the file.
        new.sort(key=lambda row: row.position or MAX_POSITION)
        named = [tag for row in new for tag in row.tags]
        its_tags = tags.find_or_create(
            transaction,
            (tag.name for tag in named),
            {fold(tag.name): tag.color for tag in reversed(named)},
        )
        tasks.create(
            transaction,
            [
                {
                    **row.model_dump(exclude={"tags"}, exclude_none=True),
                    # Each tag once, though a row may name it twice in another case.
                    "tags": [its_tags[key] for key in {fold(tag.name): 0 for tag in row.tags}],
                }
                for row in new
            ],
        )
    return len(new)
