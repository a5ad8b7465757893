"""Reads tasks as they are shown: each with its tags, in one statement."""

from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import (
    ColumnCollection,
    ColumnElement,
    Dialect,
    Select,
    Text,
    TypeDecorator,
    func,
    select,
    true,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from .answers import TagOfTask, TaskAnswer, names_of
from .errors import NotFound
from .models import Tag, Task, User, task_tags
from .statements import Row, Statement, bound
from .users import admit_unseen

_decode = msgspec.json.Decoder(list[TagOfTask]).decode

USER = bound("user_id", Task.user_id)
# All but what may be long and is not shown.
_READ = [column for column in Task.__table__.c if column.name != "search_text"]


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


def shown(tasks: Select[Task]) -> tuple[Select[Any], ColumnCollection[Any, Any]]:
    """Return a query of what is shown of ``tasks``, which are the user's, and of their columns.

    Without tasks it finds one row of nulls, and without the user none: the account is looked up
    on the same way. The columns are there to order by, since the order of ``tasks`` is lost.
    """
    task = tasks.with_only_columns(*_READ).subquery("task")
    query = select(*_columns(task.c)).select_from(User).join(task, true(), isouter=True)
    return query.where(User.uuid == USER), task.c


def _columns(task: ColumnCollection[Any, Any]) -> list[ColumnElement[Any]]:
    """Return the columns of TaskAnswer's fields, in their order."""
    derived = {"completed": task.completed_at.is_not(None), "tags": _tags_of(task)}
    return [derived[name] if name in derived else task[name] for name in names_of(TaskAnswer)]


def _tags_of(task: ColumnCollection[Any, Any]) -> ColumnElement[Any]:
    links = task_tags.c
    its_tags = (
        select(Tag.id, Tag.name, Tag.color)
        .join_from(task_tags, Tag, (Tag.user_id == links.user_id) & (Tag.id == links.tag_id))
        .where(links.user_id == USER, links.task_id == task.id)
        # Not by the bare key: SQLite would read all tags of the user in its order, for each task.
        .order_by(func.coalesce(Tag.key, ""))
        .correlate(task.id.table)
        .subquery()
    )
    return select(_as_json(*its_tags.c)).scalar_subquery()


def rows(statement: Statement, user_id: UUID, **values: Any) -> list[Row]:
    """Return what a query of ``shown`` finds, a row of nulls left out.

    Raises ``UserUnknown`` if there is no user.
    """
    return [row for row in rows_of_user(statement, user_id, **values) if row[0] is not None]


def rows_of_user(statement: Statement, user_id: UUID, **values: Any) -> list[Row]:
    """Return what a query of ``shown`` finds, at least one row; or raise ``UserUnknown``."""
    found = statement.rows(user_id=user_id, **values)
    if not found:
        admit_unseen()
        found = statement.rows(user_id=user_id, **values)
    return found


ONE = Statement(shown(Task.of(USER).where(Task.id == bound("task_id", Task.id)))[0])


def find(user_id: UUID, task_id: UUID) -> TaskAnswer:
    """Return a task, or raise ``NotFound``."""
    return first(rows_of_user(ONE, user_id, task_id=task_id))


def first(found: list[Row]) -> TaskAnswer:
    """Return the first task that was found, or raise ``NotFound``."""
    if not found or found[0][0] is None:
        raise NotFound
    return TaskAnswer(*found[0])
