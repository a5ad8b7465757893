"""Writes tasks: what becomes of a record that was shown, and of its tags, in one transaction."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, insert, or_, update
from uuid_utils.compat import uuid7

from .answers import TagOfTask, TaskAnswer
from .errors import NotFound
from .models import Tag, Task, fold, task_tags
from .shown import ONE, USER, first
from .statements import Statement, Transaction, bound

_TASK: Any = Task.__table__
_COLUMNS = tuple(column.name for column in _TASK.columns)


def _all_bound(table: Any) -> dict[Any, Any]:
    return {column: bound(column.name, column) for column in table.columns}


_TASK_ID = bound("task_id", Task.id)
_TAG_ID = bound("tag_id", Tag.id)
# Under names that are no columns, which SQLAlchemy would take for values to be set.
_IS_IT = (
    _TASK.c.user_id == bound("its_user", Task.user_id),
    _TASK.c.id == bound("its_id", Task.id),
)

_LAST_POSITION = Statement(
    Task.of(USER).with_only_columns(func.coalesce(func.max(Task.position), 0))
)
_INSERT = Statement(insert(_TASK).values(_all_bound(_TASK)))
_UPDATE = Statement(update(_TASK).values(_all_bound(_TASK)).where(*_IS_IT))
_DELETE = Statement(delete(_TASK).where(*_IS_IT))
_LINK = Statement(insert(task_tags).values(user_id=USER, task_id=_TASK_ID, tag_id=_TAG_ID))
_UNLINK = Statement(
    delete(task_tags).where(
        task_tags.c.user_id == USER, task_tags.c.task_id == _TASK_ID, task_tags.c.tag_id == _TAG_ID
    )
)
_ALL_TAGS = Statement(Tag.of(USER).with_only_columns(Tag.id, Tag.name, Tag.color, Tag.key))
_INSERT_TAG = Statement(insert(Tag).values(_all_bound(Tag.__table__)))


def find(run: Transaction, user_id: UUID, task_id: UUID) -> TaskAnswer:
    """Return a task that is to be changed, or raise ``NotFound``."""
    return first(run.rows(ONE, user_id=user_id, task_id=task_id))


def find_tags(run: Transaction, user_id: UUID, tag_ids: Sequence[UUID]) -> list[TagOfTask]:
    """Return those of the tags that the user has, in the order of their names."""
    if not tag_ids:
        return []
    bound = {f"id{index}": tag_id for index, tag_id in enumerate(tag_ids)}
    return [TagOfTask(*row) for row in run.rows(_tags(len(tag_ids)), user_id=user_id, **bound)]


@lru_cache
def _tags(number: int) -> Statement:
    ids = [bound(f"id{index}", Tag.id) for index in range(number)]
    tags = Tag.of(USER).where(or_(*(Tag.id == one for one in ids))).order_by(Tag.key)
    return Statement(tags.with_only_columns(Tag.id, Tag.name, Tag.color))


def require_tags(run: Transaction, user_id: UUID, names: dict[str, str]) -> dict[str, TagOfTask]:
    """Return the tags of ``names``, both by key; those that are not there are made."""
    found = {row[3]: TagOfTask(*row[:3]) for row in run.rows(_ALL_TAGS, user_id=user_id)}
    made = {key: TagOfTask(uuid7(), name, None) for key, name in names.items() if key not in found}
    run.run(
        _INSERT_TAG,
        [
            {"user_id": user_id, "id": tag.id, "name": tag.name, "key": key, "color": tag.color}
            for key, tag in made.items()
        ],
    )
    return found | made


def add(
    run: Transaction, user_id: UUID, tasks: Iterable[tuple[dict[str, Any], list[TagOfTask]]]
) -> list[TaskAnswer]:
    """Make tasks of their fields and tags, at the end of the list."""
    last = run.rows(_LAST_POSITION, user_id=user_id)[0][0]
    made = [
        _new(user_id, last + number, fields, tags)
        for number, (fields, tags) in enumerate(tasks, start=1)
    ]
    run.run(_INSERT, [_stored(task) for task in made])
    run.run(_LINK, [link for task in made for link in _links(task, task.tags)])
    return made


def _new(user_id: UUID, position: int, fields: dict[str, Any], tags: list[TagOfTask]) -> TaskAnswer:
    now = datetime.now(UTC)
    return TaskAnswer(
        id=uuid7(),
        user_id=user_id,
        completed_at=now if fields["completed"] else None,
        position=position,
        tags=tags,
        created_at=now,
        updated_at=now,
        version=1,
        **fields,
    )


def save(
    run: Transaction, task: TaskAnswer, fields: dict[str, Any], tags: list[TagOfTask]
) -> TaskAnswer:
    """Change ``task`` and return what it has become; what is there already changes nothing.

    Raises ``NotFound`` if it has gone meanwhile, with the account.
    """
    changed = replace(task, **fields, tags=tags)
    if changed == task:
        return task
    now = datetime.now(UTC)
    changed.updated_at, changed.version = now, task.version + 1
    if changed.completed != task.completed:
        changed.completed_at = now if changed.completed else None
    if not run.run(_UPDATE, [{**_stored(changed), "its_user": task.user_id, "its_id": task.id}]):
        raise NotFound
    run.run(_UNLINK, _links(task, [tag for tag in task.tags if tag not in tags]))
    run.run(_LINK, _links(task, [tag for tag in tags if tag not in task.tags]))
    return changed


def remove(run: Transaction, task: TaskAnswer) -> None:
    """Delete a task."""
    run.run(_DELETE, [{"its_user": task.user_id, "its_id": task.id}])


def _stored(task: TaskAnswer) -> dict[str, Any]:
    """Return the values of the columns, those that only the database sees too."""
    values = {name: getattr(task, name, None) for name in _COLUMNS}
    values["title_key"] = fold(task.title)
    values["search_text"] = f"{values['title_key']}\n{fold(task.description or '')}"
    return values


def _links(task: TaskAnswer, tags: Iterable[TagOfTask]) -> list[dict[str, UUID]]:
    return [{"user_id": task.user_id, "task_id": task.id, "tag_id": tag.id} for tag in tags]
