"""The tasks of a user: /api/v1/{user_id}/tasks."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, jsonify, request, url_for

from . import shown
from .answers import TagOfTask, TaskAnswer
from .changes import add, find, find_tags, remove, save
from .errors import FieldError, Invalid, NotFound
from .listing import page_of
from .models import MAX_TAGS_OF_TASK, fold
from .openapi import gives
from .preconditions import require_match, tagged
from .schemas import TagLink, TaskChanges, TaskFields, TaskQuery, read_body, read_query
from .statements import Transaction
from .users import looks_up_user, writing

bp = Blueprint("tasks", __name__, url_prefix="/tasks")


@bp.get("")
@gives({200: [TaskAnswer]}, query=TaskQuery)
@looks_up_user
def index(user_id: UUID) -> Response:
    """Return a page of tasks, the newest first unless another order is asked for."""
    return jsonify(page_of(user_id, read_query(TaskQuery)))


@bp.post("")
@gives({201: TaskAnswer}, body=TaskFields)
@looks_up_user
def create(user_id: UUID) -> Response:
    """Make a task, with its tags."""
    fields = read_body(TaskFields).model_dump()
    tag_ids = fields.pop("tag_ids")
    with writing(user_id) as run:
        (task,) = add(run, user_id, [(fields, _find_tags(run, user_id, tag_ids))])
    response = tagged(task, 201)
    response.location = url_for(".read", user_id=user_id, task_id=task.id)
    return response


@bp.get("/<uuid:task_id>")
@gives({200: TaskAnswer}, problems=(304,))
@looks_up_user
def read(user_id: UUID, task_id: UUID) -> Response:
    """Return a task."""
    return tagged(shown.find(user_id, task_id))


@bp.put("/<uuid:task_id>")
@gives({200: TaskAnswer}, body=TaskFields, problems=(412,))
@looks_up_user
def replace(user_id: UUID, task_id: UUID) -> Response:
    """Set every field, those that are absent to their defaults."""
    return _change(user_id, task_id, read_body(TaskFields).model_dump())


@bp.patch("/<uuid:task_id>")
@gives({200: TaskAnswer}, body=TaskChanges, problems=(412,))
@looks_up_user
def change(user_id: UUID, task_id: UUID) -> Response:
    """Set the fields that are sent."""
    return _change(user_id, task_id, read_body(TaskChanges).model_dump(exclude_unset=True))


@bp.delete("/<uuid:task_id>")
@gives({204: None}, problems=(412,))
@looks_up_user
def delete(user_id: UUID, task_id: UUID) -> tuple[str, int]:
    """Delete a task."""
    with writing(user_id) as run:
        remove(run, _find_to_change(run, user_id, task_id))
    return "", 204


@bp.post("/<uuid:task_id>/tags")
@gives({200: TaskAnswer, 201: TaskAnswer}, body=TagLink, problems=(412,))
@looks_up_user
def attach(user_id: UUID, task_id: UUID) -> Response:
    """Put a tag on a task; 200 if it is there already."""
    tag_id = read_body(TagLink).tag_id
    with writing(user_id) as run:
        task, tag = _find_to_change(run, user_id, task_id), _find_tag(run, user_id, tag_id)
        if tag in task.tags:
            return tagged(task)
        if len(task.tags) == MAX_TAGS_OF_TASK:
            message = f"A task may have at most {MAX_TAGS_OF_TASK} tags."
            raise Invalid([FieldError("tag_id", message, "too_long")])
        tags = sorted([*task.tags, tag], key=lambda tag: fold(tag.name))
        changed = save(run, task, {}, tags)
    return tagged(changed, 201)


@bp.delete("/<uuid:task_id>/tags/<uuid:tag_id>")
@gives({204: None}, problems=(412,))
@looks_up_user
def detach(user_id: UUID, task_id: UUID, tag_id: UUID) -> tuple[str, int]:
    """Take a tag off a task, if it is there."""
    with writing(user_id) as run:
        task, tag = _find_to_change(run, user_id, task_id), _find_tag(run, user_id, tag_id)
        save(run, task, {}, [one for one in task.tags if one != tag])
    return "", 204


def _change(user_id: UUID, task_id: UUID, fields: dict[str, Any]) -> Response:
    tag_ids = fields.pop("tag_ids", None)
    with writing(user_id) as run:
        task = _find_to_change(run, user_id, task_id)
        tags = task.tags if tag_ids is None else _find_tags(run, user_id, tag_ids)
        changed = save(run, task, fields, tags)
    return tagged(changed)


def _find_to_change(run: Transaction, user_id: UUID, task_id: UUID) -> TaskAnswer:
    """Return a task, if it is still what the caller has seen of it."""
    task = find(run, user_id, task_id)
    if "If-Match" in request.headers:
        require_match(task)
    return task


def _find_tag(run: Transaction, user_id: UUID, tag_id: UUID) -> TagOfTask:
    found = find_tags(run, user_id, [tag_id])
    if not found:
        raise NotFound
    return found[0]


def _find_tags(run: Transaction, user_id: UUID, tag_ids: list[UUID]) -> list[TagOfTask]:
    """Return the tags in the order of their names, or raise ``Invalid`` if one is not there."""
    tags = find_tags(run, user_id, tag_ids)
    unknown = set(tag_ids) - {tag.id for tag in tags}
    if unknown:
        raise Invalid(
            FieldError(f"tag_ids.{index}", "You have no such tag.", "tag_unknown")
            for index, tag_id in enumerate(tag_ids)
            if tag_id in unknown
        )
    return tags
