"""Tasks of a user: the rules of a change, and the statements that write it.

Every change of a task goes through ``_write``: of one task, of many, and by an import.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, replace
from datetime import UTC, datetime
from functools import lru_cache
from itertools import chain, pairwise
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sql
from sqlalchemy import (
    ColumnElement,
    Dialect,
    FromClause,
    Select,
    Subquery,
    Text,
    TypeDecorator,
    func,
    select,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from uuid_utils.compat import uuid7

from . import counts, due, trash
from .errors import NotFound, TasksUnknown, TooManyTags
from .records import Change, TagOfTask, Task
from .session import Reader, Transaction
from .statements import USER_ID, Statement, bound, is_any_of, number, of_owner
from .tables import MAX_TAGS_OF_TASK, fold, fold_for_search, tags, task_tags, tasks
from .tables import trash as trash_table
from .tags import find_existing as find_existing_tags

# Columns that an update may change, apart from those that are computed from them.
_FIELDS = (
    "title",
    "description",
    "completed_at",
    "priority",
    "due_date",
    "position",
    "updated_at",
    "version",
)

_decode_tags = msgspec.json.Decoder(list[TagOfTask]).decode


class _TagList(TypeDecorator[list[TagOfTask]]):
    impl = Text
    cache_ok = True

    def process_result_value(self, value: str | None, dialect: Dialect) -> list[TagOfTask]:
        return _decode_tags(value or "[]")


class _json_list(FunctionElement[list[TagOfTask]]):  # noqa: N801 (a function of SQL)
    """Rows as one JSON list of objects."""

    type = _TagList()
    inherit_cache = True


@compiles(_json_list, "postgresql")
def _json_list_postgresql(element: _json_list, compiler: SQLCompiler, **options: Any) -> str:
    members = _json_members(element, compiler, options)
    return f"CAST(json_agg(json_build_object({members})) AS TEXT)"


@compiles(_json_list, "sqlite")
def _json_list_sqlite(element: _json_list, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_group_array(json_object({_json_members(element, compiler, options)}))"


def _json_members(element: _json_list, compiler: SQLCompiler, options: dict[str, Any]) -> str:
    return ", ".join(
        f"'{column.name}', {compiler.process(column, **options)}" for column in element.clauses
    )


def of_user(*conditions: ColumnElement[bool]) -> Select[Any]:
    """Start a query of the user's tasks, without the long ``search_text``."""
    columns = [column for column in tasks.c if column is not tasks.c.search_text]
    return select(*columns).where(tasks.c.user_id == USER_ID, *conditions)


def columns_of(task: FromClause) -> list[ColumnElement[Any]]:
    """Return the columns of ``task_of``: the fields of a ``Task``, and ``due_all_day``."""
    computed = {"completed": task.c.completed_at.is_not(None), "tags": _tags_of(task)}
    names = [*(field.name for field in fields(Task)), "due_all_day"]
    return [computed[name] if name in computed else task.c[name] for name in names]


def task_of(*row: Any) -> Task:
    """Return the task of a row; its last column tells whether ``due_date`` is a day."""
    task = Task(*row[:-1])
    if row[-1] and isinstance(task.due_date, datetime):
        task.due_date = task.due_date.date()
    return task


def _tags_of(task: FromClause) -> ColumnElement[Any]:
    links = task_tags.c
    its_tags = (
        select(tags.c.id, tags.c.name, tags.c.color)
        .join_from(task_tags, tags, (tags.c.user_id == links.user_id) & (tags.c.id == links.tag_id))
        .where(links.user_id == USER_ID, links.task_id == task.c.id)
        # By an expression: to sort by the bare key, SQLite would read all tags of the user in the
        # order of the index, for each task.
        .order_by(func.coalesce(tags.c.key, ""))
        .correlate(task)
        .subquery()
    )
    return select(_json_list(*its_tags.c)).scalar_subquery()


def _query(rows: Select[Any]) -> tuple[Select[Any], Subquery]:
    task = rows.subquery("task")
    return of_owner(task, *columns_of(task)), task


_ID = bound("task_id", tasks.c.id)
_ONE = Statement(_query(of_user(tasks.c.id == _ID))[0])
_EXISTING = Statement(
    select(tasks.c.id).where(tasks.c.user_id == USER_ID, is_any_of(tasks.c.id, "ids"))
)
_SOME = Statement(_query(of_user(is_any_of(tasks.c.id, "ids")))[0])
# Tasks in the trash keep their positions, so that a restored task has a position of its own.
_POSITIONS = [
    select(func.max(table.c.position).label("position")).where(table.c.user_id == USER_ID)
    for table in (tasks, trash_table)
]
_LAST_POSITION = Statement(
    select(func.coalesce(func.max(sql.union_all(*_POSITIONS).subquery().c.position), 0))
)


def find(reader: Reader, task_id: UUID) -> Task:
    """Return a task, or raise ``NotFound``."""
    for task in reader.records(task_of, _ONE, task_id=task_id):
        return task
    raise NotFound


def find_some(reader: Reader, task_ids: Sequence[UUID]) -> list[Task]:
    """Return several tasks in the order of ``task_ids``, or raise ``TasksUnknown``."""
    found = find_existing(reader, task_ids)
    if unknown := [task_id for task_id in task_ids if task_id not in found]:
        raise TasksUnknown(unknown)
    return [found[task_id] for task_id in task_ids]


def find_existing(reader: Reader, task_ids: Sequence[UUID]) -> dict[UUID, Task]:
    """Return those of several tasks that exist, by id."""
    return {task.id: task for task in reader.records(task_of, _SOME, ids=list(task_ids))}


def existing_ids(reader: Reader, task_ids: Iterable[UUID]) -> set[UUID]:
    """Return those of several ids that are tasks."""
    return {row[0] for row in reader.rows(_EXISTING, ids=list(task_ids))}


def create(transaction: Transaction, new: Iterable[Mapping[str, Any]]) -> list[Task]:
    """Create tasks at the end of the list, each from the values of its fields.

    The fields are ``title`` and ``tags``, and all others that are not to have their defaults. The
    ids must not exist; tasks in the trash that have them are replaced. Raises ``TooManyTags``.
    """
    now = datetime.now(UTC)
    new = list(new)
    created = []
    for values, position in zip(new, _positions(transaction, new), strict=True):
        defaults = {
            "id": uuid7(),
            "user_id": transaction.user_id,
            "description": None,
            "completed": False,
            "completed_at": now if values.get("completed") else None,
            "priority": None,
            "due_date": None,
            "created_at": now,
            "updated_at": now,
            "version": 1,
        }
        created.append(Task(**{**defaults, **values, "position": position}))
    for task in created:
        _check_tags(task)
    former = [values["id"] for values in new if "id" in values]
    trash.delete(transaction, trash.find_some(transaction, former))
    _write(transaction, [(None, task) for task in created])
    return created


def _positions(transaction: Transaction, new: Sequence[Mapping[str, Any]]) -> Iterable[int]:
    """Return the positions of new tasks: after all others, or their own if there are no others."""
    last: int = transaction.rows(_LAST_POSITION)[0][0]
    own = [values.get("position", 0) for values in new]
    if last == 0 and all(before < after for before, after in pairwise([0, *own])):
        return own
    return range(last + 1, last + 1 + len(new))


def update(transaction: Transaction, task: Task, values: Mapping[str, Any]) -> Task:
    """Set fields of a task; see ``update_each``."""
    return update_each(transaction, [(task, values)])[0]


def update_each(
    transaction: Transaction, updates: Iterable[tuple[Task, Mapping[str, Any]]]
) -> list[Task]:
    """Set fields of tasks, each its own, and return the tasks as they are then.

    A task whose fields have these values already stays as it is, ``version`` included. The time
    of a completion is now, unless the values have ``completed_at``. Raises ``TooManyTags``.
    """
    now = datetime.now(UTC)
    changes = [(task, _changed(task, values, now)) for task, values in updates]
    _write(transaction, [change for change in changes if change[0] is not change[1]])
    return [after for _, after in changes]


def delete(transaction: Transaction, some: Iterable[Task]) -> None:
    """Move tasks to the trash."""
    _write(transaction, [(task, None) for task in some])


def restore(transaction: Transaction, deleted: Sequence[Task]) -> list[Task]:
    """Move tasks from the trash back to the list, without tags that do not exist any more.

    A task keeps its id, position, times and version.
    """
    tag_ids = {tag.id for task in deleted for tag in task.tags}
    existing = find_existing_tags(transaction, tag_ids)
    restored = []
    for task in deleted:
        its_tags = {tag.id for tag in task.tags}
        restored.append(replace(task, tags=[tag for tag in existing if tag.id in its_tags]))
    trash.delete(transaction, [task.id for task in deleted])
    _write(transaction, [(None, task) for task in restored])
    return restored


def reorder(transaction: Transaction, task_ids: Sequence[UUID]) -> None:
    """Give the positions that these tasks have to the same tasks, in the order of ``task_ids``.

    Raises ``TasksUnknown``.
    """
    found = find_some(transaction, task_ids)
    positions = sorted(task.position for task in found)
    update_each(
        transaction,
        [(task, {"position": place}) for task, place in zip(found, positions, strict=True)],
    )


def reindex(transaction: Transaction) -> None:
    """Write the columns to sort by and to search in anew, of all tasks."""
    after = UUID(int=0)
    while rows := transaction.rows(_TEXTS, after=after):
        after = rows[-1][0]
        transaction.write(
            _update(("title_key", "search_text")),
            *(
                {"task_id": task_id, **_search_columns(title, description)}
                for task_id, title, description in rows
            ),
        )


def with_tag(task: Task, tag: TagOfTask) -> list[TagOfTask]:
    """Return the tags of ``task`` and ``tag``, sorted by name."""
    others = [one for one in task.tags if one.id != tag.id]
    return sorted([*others, tag], key=lambda one: fold(one.name))


def without_tag(task: Task, tag: TagOfTask) -> list[TagOfTask]:
    """Return the tags of ``task`` other than ``tag``."""
    return [one for one in task.tags if one.id != tag.id]


def _check_tags(task: Task) -> None:
    if len(task.tags) > MAX_TAGS_OF_TASK:
        raise TooManyTags


def _changed(task: Task, values: Mapping[str, Any], now: datetime) -> Task:
    """Return ``task`` with other values, or ``task`` itself if none differs."""
    changed = replace(task, **values)
    if changed == task:
        return task
    _check_tags(changed)
    if changed.completed != task.completed and "completed_at" not in values:
        changed.completed_at = now if changed.completed else None
    changed.updated_at = now
    changed.version = task.version + 1
    return changed


_INSERT = Statement(
    sql.insert(tasks).values(
        user_id=USER_ID,
        id=_ID,
        created_at=bound("created_at", tasks.c.created_at),
        **{
            name: bound(name, tasks.c[name])
            for name in (*_FIELDS, "due_all_day", "title_key", "search_text")
        },
    )
)
_TEXTS = Statement(
    select(tasks.c.id, tasks.c.title, tasks.c.description)
    .where(tasks.c.user_id == USER_ID, tasks.c.id > bound("after", tasks.c.id))
    .order_by(tasks.c.id)
    .limit(number(1000))
)
_IS_TASK = (tasks.c.user_id == USER_ID, tasks.c.id == _ID)
_DELETE = Statement(sql.delete(tasks).where(*_IS_TASK))
_TAG_ID = bound("tag_id", tags.c.id)
_LINK = Statement(sql.insert(task_tags).values(user_id=USER_ID, task_id=_ID, tag_id=_TAG_ID))
_UNLINK = Statement(
    sql.delete(task_tags).where(
        task_tags.c.user_id == USER_ID, task_tags.c.task_id == _ID, task_tags.c.tag_id == _TAG_ID
    )
)


@lru_cache(maxsize=256)
def _update(names: tuple[str, ...]) -> Statement:
    """Return the statement that sets these columns of a task, and no others."""
    values = {name: bound(name, tasks.c[name]) for name in names}
    return Statement(sql.update(tasks).values(values).where(*_IS_TASK))


def _write(transaction: Transaction, changes: Sequence[Change]) -> None:
    """Write tasks, their tags, the counts of tasks and the trash."""
    created = [after for before, after in changes if before is None and after is not None]
    deleted = [before for before, after in changes if after is None and before is not None]
    updated = [
        (before, after) for before, after in changes if before is not None and after is not None
    ]
    transaction.write(_INSERT, *map(_row, created))
    transaction.write(_DELETE, *({"task_id": task.id} for task in deleted))
    trash.add(transaction, deleted)
    by_columns: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for before, after in updated:
        values = _differing(before, after)
        by_columns.setdefault(tuple(values), []).append({"task_id": after.id, **values})
    for names, rows in by_columns.items():
        transaction.write(_update(names), *rows)
    transaction.write(_UNLINK, *chain(*(_links(before, after) for before, after in updated)))
    transaction.write(_LINK, *chain(*(_links(after, before) for before, after in changes if after)))
    counts.update(transaction, changes)
    transaction.changes += changes


def _row(task: Task) -> dict[str, Any]:
    return {
        "task_id": task.id,
        "created_at": task.created_at,
        **{name: getattr(task, name) for name in _FIELDS},
        **due.columns_of(task.due_date),
        **_search_columns(task.title, task.description),
    }


def _differing(before: Task, after: Task) -> dict[str, Any]:
    """Return the columns in which two states of a task differ, with their new values."""
    values = {
        name: value for name in _FIELDS if (value := getattr(after, name)) != getattr(before, name)
    }
    if "title" in values or "description" in values:
        values |= _search_columns(after.title, after.description)
    if "due_date" in values:
        values |= due.columns_of(after.due_date)
    return values


def _search_columns(title: str, description: str | None) -> dict[str, str]:
    """Return the columns that only the database reads: to sort by, and to search in."""
    return {
        "title_key": fold(title),
        "search_text": fold_for_search(f"{title}\n{description or ''}"),
    }


def _links(task: Task, other: Task | None) -> list[dict[str, UUID]]:
    """Return the links to those tags of ``task`` that ``other`` does not have."""
    others = {tag.id for tag in other.tags} if other is not None else ()
    return [{"task_id": task.id, "tag_id": tag.id} for tag in task.tags if tag.id not in others]
