"""Reads tasks as they are shown: each with its tags, in one statement."""

from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Dialect, Select, Text, TypeDecorator, bindparam, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from .answers import TagOfTask, TaskAnswer
from .models import Tag, Task, task_tags
from .statements import Statement

_decode = msgspec.json.Decoder(list[TagOfTask]).decode

USER = bindparam("user_id", type_=Task.user_id.type)


class TagList(TypeDecorator[list[TagOfTask]]):
    """The tags of a task as a list in JSON."""

    impl = Text
    cache_ok = True

    def process_result_value(self, value: str | None, dialect: Dialect) -> list[TagOfTask]:
        return _decode(value or "[]")


class _as_json(FunctionElement[list[TagOfTask]]):  # noqa: N801 (a function of SQL)
    """A list of the ids, names and colors of rows."""

    type = TagList()
    inherit_cache = True


@compiles(_as_json, "postgresql")
def _as_json_postgresql(element: _as_json, compiler: SQLCompiler, **options: Any) -> str:
    members = _members(element, compiler, options)
    return f"CAST(json_agg(json_build_object({members})) AS TEXT)"


@compiles(_as_json, "sqlite")
def _as_json_sqlite(element: _as_json, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_group_array(json_object({_members(element, compiler, options)}))"


def _members(element: _as_json, compiler: SQLCompiler, options: dict[str, Any]) -> str:
    return ", ".join(
        f"'{column.name}', {compiler.process(column, **options)}" for column in element.clauses
    )


_links = task_tags.c
_its_tags = (
    select(Tag.id, Tag.name, Tag.color)
    .join_from(task_tags, Tag, (Tag.user_id == _links.user_id) & (Tag.id == _links.tag_id))
    .where(_links.user_id == Task.user_id, _links.task_id == Task.id)
    .order_by(Tag.key)
    .correlate(Task)
    .subquery()
)
# In the order of TaskAnswer's fields.
COLUMNS = (
    Task.id,
    Task.user_id,
    Task.title,
    Task.description,
    Task.completed_at.is_not(None),
    Task.completed_at,
    Task.priority,
    Task.due_date,
    Task.position,
    select(_as_json(*_its_tags.c)).scalar_subquery(),
    Task.created_at,
    Task.updated_at,
    Task.version,
)


def of_user() -> Select[Any]:
    """Start a query of tasks as they are shown; the user is bound as ``user_id``."""
    return Task.of(USER).with_only_columns(*COLUMNS)


_ONE = Statement(of_user().where(Task.id == bindparam("task_id", type_=Task.id.type)))


def find(user_id: UUID, task_id: UUID) -> TaskAnswer | None:
    """Return a task, if it is there."""
    row = _ONE.row(user_id=user_id, task_id=task_id)
    return None if row is None else TaskAnswer(*row)
