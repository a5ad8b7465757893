"""A user's tasks."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Blueprint, url_for
from pydantic_core import InitErrorDetails, PydanticCustomError, ValidationError
from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from bridge import require_user

from . import tags
from .models import Tag, Task, db, folded, now
from .schemas import TagOnTask, TaskBody, TaskChanges, TaskQuery
from .users import ensure_user

bp = Blueprint("tasks", __name__, url_prefix="/api/v1/<uuid:user_id>/tasks")
bp.before_request(require_user(match_path="user_id"))
bp.before_request(ensure_user)

Answer = tuple[dict[str, object], int, dict[str, str]]


def find(user_id: UUID, task_id: UUID, *, to_change: bool = False) -> Task:
    """Return one task, or end with 404; ``to_change`` holds it against other writers."""
    query = Task.of(user_id).where(Task.id == task_id)
    query = query.with_for_update() if to_change else query
    task: Task = db.one_or_404(query, description="No such task.")
    return task


@bp.get("")
def index(user_id: UUID) -> dict[str, object]:
    """List the tasks, newest first."""
    query: TaskQuery = TaskQuery.read()
    chosen = Task.of(user_id)
    if query.status != "all":
        done = query.status == "completed"
        chosen = chosen.where(
            Task.completed_at.is_not(None) if done else Task.completed_at.is_(None)
        )
    if query.search:
        chosen = chosen.where(Task.search_text.contains(folded(query.search), autoescape=True))
    total = db.session.scalar(select(func.count()).select_from(chosen.subquery())) or 0
    rows = db.session.scalars(
        chosen.options(selectinload(Task.tags))
        .order_by(Task.created_at.desc(), Task.id.desc())
        .offset((query.page - 1) * query.limit)
        .limit(query.limit)
    )
    return tags.envelope([shown(task) for task in rows], total, query)


@bp.post("")
def create(user_id: UUID) -> Answer:
    """Make a task, its tags with it."""
    body = TaskBody.read()
    last = db.session.scalar(select(func.max(Task.position)).where(Task.user_id == user_id))
    task = Task(user_id=user_id, position=(last or 0) + 1, version=1)
    _set(task, body.model_dump())
    db.session.add(task)
    db.session.commit()
    return shown(task), 201, {"Location": url_for(".read", user_id=user_id, task_id=task.id)}


@bp.get("/<uuid:task_id>")
def read(user_id: UUID, task_id: UUID) -> dict[str, object]:
    """Show a task."""
    return shown(find(user_id, task_id))


@bp.put("/<uuid:task_id>")
def replace(user_id: UUID, task_id: UUID) -> dict[str, object]:
    """Set every field: what is absent takes its default."""
    return _changed(user_id, task_id, TaskBody.read().model_dump())


@bp.patch("/<uuid:task_id>")
def change(user_id: UUID, task_id: UUID) -> dict[str, object]:
    """Change what is given."""
    return _changed(user_id, task_id, TaskChanges.read().model_dump(exclude_unset=True))


@bp.delete("/<uuid:task_id>")
def delete(user_id: UUID, task_id: UUID) -> tuple[str, int]:
    """Delete a task."""
    db.session.delete(find(user_id, task_id, to_change=True))
    db.session.commit()
    return "", 204


@bp.post("/<uuid:task_id>/tags")
def assign(user_id: UUID, task_id: UUID) -> tuple[dict[str, object], int]:
    """Put a tag on a task; 200 if it is there already."""
    tag_id = TagOnTask.read().tag_id
    task = find(user_id, task_id, to_change=True)
    tag = tags.find(user_id, tag_id)
    if tag in task.tags:
        return shown(task), 200
    task.tags.append(tag)
    _touch(task)
    db.session.commit()
    return shown(task), 201


@bp.delete("/<uuid:task_id>/tags/<uuid:tag_id>")
def unassign(user_id: UUID, task_id: UUID, tag_id: UUID) -> tuple[str, int]:
    """Take a tag off a task, if it is there."""
    task = find(user_id, task_id, to_change=True)
    tag = tags.find(user_id, tag_id)
    if tag in task.tags:
        task.tags.remove(tag)
        _touch(task)
    db.session.commit()
    return "", 204


def _changed(user_id: UUID, task_id: UUID, fields: dict[str, Any]) -> dict[str, object]:
    task = find(user_id, task_id, to_change=True)
    _set(task, fields)
    _touch(task)
    db.session.commit()
    return shown(task)


def _touch(task: Task) -> None:
    task.updated_at = now()
    task.version += 1


def _set(task: Task, fields: dict[str, Any]) -> None:
    tag_ids = fields.pop("tag_ids", None)
    for name, value in fields.items():
        setattr(task, name, value)
    task.search_text = folded(f"{task.title}\n{task.description or ''}")
    if tag_ids is not None:
        task.tags = _tags(task.user_id, tag_ids)


def _tags(user_id: UUID, tag_ids: Iterable[UUID]) -> list[Tag]:
    wanted = set(tag_ids)
    found = list(db.session.scalars(Tag.of(user_id).where(Tag.id.in_(wanted))))
    if len(found) != len(wanted):
        unknown = PydanticCustomError("tag_unknown", "There is no tag of yours with this id.")
        detail: InitErrorDetails = {"type": unknown, "loc": ("tag_ids",), "input": None}
        raise ValidationError.from_exception_data("Task", [detail])
    return found


def shown(task: Task) -> dict[str, object]:
    """Return a task as callers see it."""
    return {
        "id": str(task.id),
        "user_id": str(task.user_id),
        "title": task.title,
        "description": task.description,
        "completed": task.completed,
        "completed_at": _time(task.completed_at),
        "priority": task.priority,
        "due_date": _time(task.due_date),
        "position": task.position,
        "tags": [{"id": str(tag.id), "name": tag.name, "color": tag.color} for tag in task.tags],
        "created_at": _time(task.created_at),
        "updated_at": _time(task.updated_at),
        "version": task.version,
    }


def _time(time: datetime | None) -> str | None:
    return time.isoformat().replace("+00:00", "Z") if time else None
