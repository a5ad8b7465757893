"""Tasks of a user: /api/v1/{user_id}/tasks."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, g, jsonify

from ..store import tags, task_list, tasks
from ..store.errors import TagsUnknown
from ..store.records import TagOfTask, Task
from ..store.session import Reader, read
from ..store.task_list import TaskListQuery
from .bodies import read_body, read_query
from .changes import CHANGE_ID, undoable_write
from .describe import Content, describe
from .etags import check_if_match, with_etag
from .idempotency import idempotent
from .pagination import envelope
from .problems import FieldError, Invalid
from .requests import TagLink, TaskChanges, TaskFields, TaskQuery

bp = Blueprint("tasks", __name__, url_prefix="/tasks")

THE_TASK = Content("The task.", Task, headers=("ETag",))
CHANGED_TASK = Content("The task.", Task, headers=("ETag", CHANGE_ID))
NO_TASK = "You have no such task."
NO_TASK_OR_TAG = "You have no such task, or no such tag."
CHANGED = "The task was changed since you read it."
IF_MATCH = {"If-Match": "ETag of the version to change; another version is a 412."}


@bp.get("")
@describe({200: Content("A page of tasks.", [Task])}, query=TaskQuery)
def index(user_id: UUID) -> Response:
    """List tasks, newest first by default."""
    query = read_query(TaskQuery)
    if query.cursor and "page" in query.model_fields_set:
        raise Invalid([FieldError("page", "Send a page or a cursor, not both.", "exclusive")])
    with read(g.user) as reader:
        found = task_list.page(reader, TaskListQuery(**dict(query)))
    return jsonify(
        envelope(found.tasks, found.total, query, page=found.page, next_cursor=found.next_cursor)
    )


@bp.post("")
@describe(
    {201: Content("The new task.", Task, headers=("ETag", "Location", CHANGE_ID))}, body=TaskFields
)
@idempotent
def create(user_id: UUID) -> Response:
    """Create a task with its tags."""
    values = read_body(TaskFields).model_dump()
    with undoable_write(g.user) as transaction:
        values["tags"] = _find_tags(transaction, values.pop("tag_ids"))
        (task,) = tasks.create(transaction, [values])
    response = with_etag(task, 201)
    # Relative (RFC 9110, section 10.2.2): a proxy may serve the API below a prefix of its own.
    response.location = f"tasks/{task.id}"
    return response


@bp.get("/<uuid:task_id>")
@describe(
    {200: THE_TASK, 304: Content("You have this version already.")},
    problems={404: NO_TASK, 412: CHANGED},
    headers={
        "If-Match": "ETag of the version to read; another version is a 412.",
        "If-None-Match": "ETag of the version you have; the same version is a 304.",
    },
)
def show(user_id: UUID, task_id: UUID) -> Response:
    """Return a task."""
    with read(g.user) as reader:
        task = tasks.find(reader, task_id)
    check_if_match(task)
    return with_etag(task)


@bp.put("/<uuid:task_id>")
@describe(
    {200: CHANGED_TASK},
    body=TaskFields,
    problems={404: NO_TASK, 412: CHANGED},
    headers=IF_MATCH,
)
def replace(user_id: UUID, task_id: UUID) -> Response:
    """Replace a task: absent fields get their defaults."""
    return _update(task_id, read_body(TaskFields).model_dump())


@bp.patch("/<uuid:task_id>")
@describe(
    {200: CHANGED_TASK},
    body=TaskChanges,
    problems={404: NO_TASK, 412: CHANGED},
    headers=IF_MATCH,
)
def update(user_id: UUID, task_id: UUID) -> Response:
    """Update a task: absent fields keep their values."""
    return _update(task_id, read_body(TaskChanges).model_dump(exclude_unset=True))


def _update(task_id: UUID, values: dict[str, Any]) -> Response:
    with undoable_write(g.user) as transaction:
        task = _find_to_change(transaction, task_id)
        if "tag_ids" in values:
            values["tags"] = _find_tags(transaction, values.pop("tag_ids"))
        task = tasks.update(transaction, task, values)
    return with_etag(task)


@bp.delete("/<uuid:task_id>")
@describe(
    {204: Content("The task was moved to the trash.", headers=(CHANGE_ID,))},
    problems={404: NO_TASK, 412: CHANGED},
    headers=IF_MATCH,
)
def delete(user_id: UUID, task_id: UUID) -> tuple[str, int]:
    """Move a task to the trash."""
    with undoable_write(g.user) as transaction:
        tasks.delete(transaction, [_find_to_change(transaction, task_id)])
    return "", 204


@bp.post("/<uuid:task_id>/tags")
@describe(
    {
        200: Content("The task, which had the tag already.", Task, headers=("ETag",)),
        201: CHANGED_TASK,
    },
    body=TagLink,
    problems={404: NO_TASK_OR_TAG, 412: CHANGED},
    headers=IF_MATCH,
)
@idempotent
def add_tag(user_id: UUID, task_id: UUID) -> Response:
    """Add a tag to a task."""
    tag_id = read_body(TagLink).tag_id
    with undoable_write(g.user) as transaction:
        before = _find_to_change(transaction, task_id)
        tag = tags.find_for_task(transaction, tag_id)
        task = tasks.update(transaction, before, {"tags": tasks.with_tag(before, tag)})
    return with_etag(task, 200 if task is before else 201)


@bp.delete("/<uuid:task_id>/tags/<uuid:tag_id>")
@describe(
    {204: Content("The task does not have the tag (any more).", headers=(CHANGE_ID,))},
    problems={404: NO_TASK_OR_TAG, 412: CHANGED},
    headers=IF_MATCH,
)
def remove_tag(user_id: UUID, task_id: UUID, tag_id: UUID) -> tuple[str, int]:
    """Remove a tag from a task."""
    with undoable_write(g.user) as transaction:
        task = _find_to_change(transaction, task_id)
        tag = tags.find_for_task(transaction, tag_id)
        tasks.update(transaction, task, {"tags": tasks.without_tag(task, tag)})
    return "", 204


def _find_to_change(reader: Reader, task_id: UUID) -> Task:
    """Return a task in the version that the client wants to change."""
    task = tasks.find(reader, task_id)
    check_if_match(task)
    return task


def _find_tags(reader: Reader, tag_ids: list[UUID]) -> list[TagOfTask]:
    try:
        return tags.find_some(reader, tag_ids)
    except TagsUnknown as error:
        raise Invalid(
            FieldError(f"tag_ids.{index}", "You have no such tag.", "tag_unknown")
            for index, tag_id in enumerate(tag_ids)
            if tag_id in error.unknown
        ) from None
