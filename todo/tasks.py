"""The tasks of a user: /api/v1/{user_id}/tasks."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, jsonify, request, url_for
from sqlalchemy import func

from .answers import TaskAnswer
from .database import db, one
from .errors import FieldError, Invalid, NotFound
from .listing import page_of
from .models import MAX_TAGS_OF_TASK, Tag, Task
from .openapi import gives
from .preconditions import require_match, tagged
from .schemas import TagLink, TaskChanges, TaskFields, TaskQuery, read_body, read_query
from .shown import find
from .users import looks_up_user

bp = Blueprint("tasks", __name__, url_prefix="/tasks")


@bp.get("")
@gives({200: [TaskAnswer]}, query=TaskQuery)
@looks_up_user
def index(user_id: UUID) -> Response:
    """Return a page of tasks, the newest first unless another order is asked for."""
    return jsonify(page_of(user_id, read_query(TaskQuery)))


@bp.post("")
@gives({201: TaskAnswer}, body=TaskFields)
def create(user_id: UUID) -> Response:
    """Make a task, with its tags."""
    fields = read_body(TaskFields)
    task = Task(user_id=user_id, position=next_position(user_id))
    _assign(task, fields.model_dump())
    db.session.add(task)
    db.session.commit()
    response = tagged(TaskAnswer.of(task), 201)
    response.location = url_for(".read", user_id=user_id, task_id=task.id)
    return response


@bp.get("/<uuid:task_id>")
@gives({200: TaskAnswer}, problems=(304,))
@looks_up_user
def read(user_id: UUID, task_id: UUID) -> Response:
    """Return a task."""
    task = find(user_id, task_id)
    if task is None:
        raise NotFound
    return tagged(task)


@bp.put("/<uuid:task_id>")
@gives({200: TaskAnswer}, body=TaskFields, problems=(412,))
def replace(user_id: UUID, task_id: UUID) -> Response:
    """Set every field, those that are absent to their defaults."""
    return _change(user_id, task_id, read_body(TaskFields).model_dump())


@bp.patch("/<uuid:task_id>")
@gives({200: TaskAnswer}, body=TaskChanges, problems=(412,))
def change(user_id: UUID, task_id: UUID) -> Response:
    """Set the fields that are sent."""
    return _change(user_id, task_id, read_body(TaskChanges).model_dump(exclude_unset=True))


@bp.delete("/<uuid:task_id>")
@gives({204: None}, problems=(412,))
def delete(user_id: UUID, task_id: UUID) -> tuple[str, int]:
    """Delete a task."""
    db.session.delete(_find_to_change(user_id, task_id))
    db.session.commit()
    return "", 204


@bp.post("/<uuid:task_id>/tags")
@gives({200: TaskAnswer, 201: TaskAnswer}, body=TagLink, problems=(412,))
def attach(user_id: UUID, task_id: UUID) -> Response:
    """Put a tag on a task; 200 if it is there already."""
    tag_id = read_body(TagLink).tag_id
    task, tag = _find_to_change(user_id, task_id), _find_tag(user_id, tag_id)
    if tag in task.tags:
        return tagged(TaskAnswer.of(task))
    if len(task.tags) == MAX_TAGS_OF_TASK:
        message = f"A task may have at most {MAX_TAGS_OF_TASK} tags."
        raise Invalid([FieldError("tag_id", message, "too_long")])
    task.tags = sorted([*task.tags, tag], key=lambda tag: tag.key)
    db.session.commit()
    return tagged(TaskAnswer.of(task), 201)


@bp.delete("/<uuid:task_id>/tags/<uuid:tag_id>")
@gives({204: None}, problems=(412,))
def detach(user_id: UUID, task_id: UUID, tag_id: UUID) -> tuple[str, int]:
    """Take a tag off a task, if it is there."""
    task, tag = _find_to_change(user_id, task_id), _find_tag(user_id, tag_id)
    if tag in task.tags:
        task.tags.remove(tag)
    db.session.commit()
    return "", 204


def _change(user_id: UUID, task_id: UUID, values: dict[str, Any]) -> Response:
    task = _find_to_change(user_id, task_id)
    _assign(task, values)
    db.session.commit()
    return tagged(TaskAnswer.of(task))


def _assign(task: Task, values: dict[str, Any]) -> None:
    tag_ids = values.pop("tag_ids", None)
    if tag_ids is not None:
        task.tags = _find_tags(task.user_id, tag_ids)
    for name, value in values.items():
        setattr(task, name, value)


def next_position(user_id: UUID) -> int:
    """Return the position after the last task."""
    after_last = func.coalesce(func.max(Task.position), 0) + 1
    return db.session.scalars(Task.of(user_id).with_only_columns(after_last)).one()


def _find(user_id: UUID, task_id: UUID) -> Task:
    return one(Task.of(user_id).where(Task.id == task_id))


def _find_to_change(user_id: UUID, task_id: UUID) -> Task:
    """Return a task, if it is still what the caller has seen of it."""
    task = _find(user_id, task_id)
    if "If-Match" in request.headers:
        require_match(TaskAnswer.of(task))
    return task


def _find_tag(user_id: UUID, tag_id: UUID) -> Tag:
    return one(Tag.of(user_id).where(Tag.id == tag_id))


def _find_tags(user_id: UUID, tag_ids: list[UUID]) -> list[Tag]:
    """Return the tags in the order of their names, or raise ``Invalid`` if one is not there."""
    tags = list(db.session.scalars(Tag.of(user_id).where(Tag.id.in_(tag_ids)).order_by(Tag.key)))
    unknown = set(tag_ids) - {tag.id for tag in tags}
    if unknown:
        raise Invalid(
            FieldError(f"tag_ids.{index}", "You have no such tag.", "tag_unknown")
            for index, tag_id in enumerate(tag_ids)
            if tag_id in unknown
        )
    return tags
