"""Changes to many tasks at once, all of them or none: /api/v1/{user_id}/tasks/bulk, /reorder."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, jsonify
from sqlalchemy import ColumnElement, bindparam, delete, func, insert, literal, select, update

from .answers import BulkAnswer, OrderAnswer
from .database import db, one
from .errors import FieldError, Invalid, TasksUnknown
from .models import MAX_TAGS_OF_TASK, Tag, Task, task_tags
from .openapi import gives
from .schemas import BulkAction, TaskOrder, read_body

bp = Blueprint("bulk", __name__, url_prefix="/tasks")


@bp.post("/bulk")
@gives({200: BulkAnswer}, body=BulkAction, problems=(404,))
def act(user_id: UUID) -> Response:
    """Do one thing to many tasks; return how many of them it changed."""
    asked = read_body(BulkAction)
    _require_argument(asked)
    _require_all(user_id, asked.task_ids)
    changed = ACTIONS[asked.action](user_id, asked)
    db.session.commit()
    return jsonify(BulkAnswer(changed))


@bp.post("/reorder")
@gives({200: OrderAnswer}, body=TaskOrder, problems=(404,))
def reorder(user_id: UUID) -> Response:
    """Give the tasks the places that they have, in the order of the list."""
    task_ids = read_body(TaskOrder).task_ids
    _require_all(user_id, task_ids)
    held = Task.of(user_id).where(Task.id.in_(task_ids)).with_only_columns(Task.position)
    positions = sorted(db.session.scalars(held))
    table = Task.__table__
    places = [
        {"task": task_id, "place": position}
        for task_id, position in zip(task_ids, positions, strict=True)
    ]
    db.session.connection().execute(
        update(table)  # type: ignore[arg-type]
        .where(
            table.c.user_id == user_id,
            table.c.id == bindparam("task", type_=table.c.id.type),
            table.c.position != bindparam("place"),
        )
        .values(
            position=bindparam("place"),
            version=table.c.version + 1,
            updated_at=literal(datetime.now(UTC), table.c.updated_at.type),
        ),
        places,
    )
    db.session.commit()
    return jsonify(OrderAnswer(task_ids))


def _require_argument(asked: BulkAction) -> None:
    needed = {"set_priority": "priority", "add_tag": "tag_id", "remove_tag": "tag_id"}
    name = needed.get(asked.action)
    if name is not None and name not in asked.model_fields_set:
        raise Invalid([FieldError(name, f"{asked.action} needs this.", "required")])


def _require_all(user_id: UUID, task_ids: list[UUID]) -> None:
    """Raise ``TasksUnknown`` unless all of them are this user's."""
    found = Task.of(user_id).where(Task.id.in_(task_ids)).with_only_columns(Task.id)
    unknown = set(task_ids) - set(db.session.scalars(found))
    if unknown:
        raise TasksUnknown([task_id for task_id in task_ids if task_id in unknown])


def _complete(user_id: UUID, asked: BulkAction) -> int:
    return _update(user_id, asked, Task.completed_at.is_(None), completed_at=datetime.now(UTC))


def _reopen(user_id: UUID, asked: BulkAction) -> int:
    return _update(user_id, asked, Task.completed_at.is_not(None), completed_at=None)


def _set_priority(user_id: UUID, asked: BulkAction) -> int:
    differs = Task.priority.is_distinct_from(asked.priority)
    return _update(user_id, asked, differs, priority=asked.priority)


def _update(user_id: UUID, asked: BulkAction, differs: ColumnElement[bool], **values: Any) -> int:
    statement = (
        update(Task)
        .where(Task.user_id == user_id, Task.id.in_(asked.task_ids), differs)
        .values(version=Task.version + 1, updated_at=datetime.now(UTC), **values)
    )
    return _count(statement)


def _delete(user_id: UUID, asked: BulkAction) -> int:
    return _count(delete(Task).where(Task.user_id == user_id, Task.id.in_(asked.task_ids)))


def _add_tag(user_id: UUID, asked: BulkAction) -> int:
    tag = one(Tag.of(user_id).where(Tag.id == asked.tag_id))
    lacking = _without_tag(user_id, asked)
    _require_room(user_id, lacking)
    if lacking:
        rows = [{"user_id": user_id, "task_id": task_id, "tag_id": tag.id} for task_id in lacking]
        db.session.execute(insert(task_tags), rows)
    return _touch(user_id, lacking)


def _remove_tag(user_id: UUID, asked: BulkAction) -> int:
    one(Tag.of(user_id).where(Tag.id == asked.tag_id))
    lacking = set(_without_tag(user_id, asked))
    having = [task_id for task_id in asked.task_ids if task_id not in lacking]
    links = task_tags.c
    db.session.execute(
        delete(task_tags).where(
            links.user_id == user_id, links.task_id.in_(having), links.tag_id == asked.tag_id
        )
    )
    return _touch(user_id, having)


def _without_tag(user_id: UUID, asked: BulkAction) -> list[UUID]:
    links = task_tags.c
    having = select(links.task_id).where(links.user_id == user_id, links.tag_id == asked.tag_id)
    return list(
        db.session.scalars(
            Task.of(user_id)
            .where(Task.id.in_(asked.task_ids), Task.id.not_in(having))
            .with_only_columns(Task.id)
        )
    )


def _require_room(user_id: UUID, task_ids: list[UUID]) -> None:
    links = task_tags.c
    full = (
        select(links.task_id)
        .where(links.user_id == user_id, links.task_id.in_(task_ids))
        .group_by(links.task_id)
        .having(func.count() >= MAX_TAGS_OF_TASK)
    )
    if db.session.scalars(full).first() is not None:
        message = f"A task may have at most {MAX_TAGS_OF_TASK} tags."
        raise Invalid([FieldError("tag_id", message, "too_long")])


def _touch(user_id: UUID, task_ids: list[UUID]) -> int:
    statement = (
        update(Task)
        .where(Task.user_id == user_id, Task.id.in_(task_ids))
        .values(version=Task.version + 1, updated_at=datetime.now(UTC))
    )
    return _count(statement)


def _count(statement: Any) -> int:
    """Return how many rows ``statement`` changed; nothing of them is in the session."""
    result: Any = db.session.execute(statement, execution_options={"synchronize_session": False})
    return int(result.rowcount)


ACTIONS: dict[str, Callable[[UUID, BulkAction], int]] = {
    "complete": _complete,
    "reopen": _reopen,
    "delete": _delete,
    "set_priority": _set_priority,
    "add_tag": _add_tag,
    "remove_tag": _remove_tag,
}
