"""Tags of a user."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any
from uuid import UUID

import sqlalchemy as sql
from sqlalchemy import ColumnElement, Select, func, select
from uuid_utils.compat import uuid7

from .errors import NotFound, TagNameTaken, TagsUnknown
from .records import Tag, TagOfTask
from .session import Reader, Transaction
from .statements import USER_ID, Statement, bound, is_any_of, number, of_owner
from .tables import fold, fold_for_search, tags, task_tags

# The parameter of the id is not called "id": in an UPDATE, SQLAlchemy takes names of columns for
# values to set.
_ID = bound("tag_id", tags.c.id)
_KEY = bound("key", tags.c.key)
_VALUES = {
    "name": bound("name", tags.c.name),
    "key": _KEY,
    "color": bound("color", tags.c.color),
}
_IS_TAG = (tags.c.user_id == USER_ID, tags.c.id == _ID)
_INSERT = Statement(sql.insert(tags).values(user_id=USER_ID, id=_ID, **_VALUES))
_UPDATE = Statement(sql.update(tags).values(_VALUES).where(*_IS_TAG))
_DELETE = Statement(sql.delete(tags).where(*_IS_TAG))


def _of_user(*conditions: ColumnElement[bool]) -> Select[Any]:
    return select(tags).where(tags.c.user_id == USER_ID, *conditions)


def _counted(rows: Select[Any], *more: ColumnElement[Any]) -> Statement:
    """Return the query of ``rows`` as ``Tag`` records, sorted by name."""
    tag = rows.subquery("tag")
    links = task_tags.c
    task_count = select(func.count()).where(links.user_id == USER_ID, links.tag_id == tag.c.id)
    columns = (tag.c.id, tag.c.name, tag.c.color, task_count.scalar_subquery())
    return Statement(of_owner(tag, *columns, *more).order_by(tag.c.key))


def _plain(rows: Select[Any]) -> Statement:
    """Return the query of ``rows`` as ``TagOfTask`` records, sorted by name."""
    tag = rows.subquery("tag")
    return Statement(of_owner(tag, tag.c.id, tag.c.name, tag.c.color).order_by(tag.c.key))


_ONE = _counted(_of_user(tags.c.id == _ID))
_ALL = _counted(_of_user())
_ALL_PLAIN = _plain(_of_user())
_SOME_PLAIN = _plain(_of_user(is_any_of(tags.c.id, "ids")))
_NAMED_PLAIN = _plain(_of_user(tags.c.key == _KEY))


@lru_cache(maxsize=256)
def _page(limit: int, offset: int) -> Statement:
    total = select(func.count()).select_from(tags).where(tags.c.user_id == USER_ID)
    rows = _of_user().order_by(tags.c.key).limit(number(limit)).offset(number(offset))
    return _counted(rows, total.scalar_subquery())


def page(reader: Reader, *, limit: int, offset: int) -> tuple[list[Tag], int]:
    """Return some tags, sorted by name, and the number of all tags."""
    return reader.page(Tag, _page(limit, offset))


def every(reader: Reader) -> list[Tag]:
    """Return all tags, sorted by name."""
    return reader.records(Tag, _ALL)


def find(reader: Reader, tag_id: UUID) -> Tag:
    """Return a tag with the number of its tasks, or raise ``NotFound``."""
    for tag in reader.records(Tag, _ONE, tag_id=tag_id):
        return tag
    raise NotFound


def find_for_task(reader: Reader, tag_id: UUID) -> TagOfTask:
    """Return a tag, or raise ``NotFound``."""
    for tag in reader.records(TagOfTask, _SOME_PLAIN, ids=[tag_id]):
        return tag
    raise NotFound


def find_some(reader: Reader, tag_ids: Sequence[UUID]) -> list[TagOfTask]:
    """Return several tags, sorted by name, or raise ``TagsUnknown``."""
    found = find_existing(reader, tag_ids)
    if unknown := set(tag_ids) - {tag.id for tag in found}:
        raise TagsUnknown(unknown)
    return found


def find_existing(reader: Reader, tag_ids: Iterable[UUID]) -> list[TagOfTask]:
    """Return those of several tags that exist, sorted by name."""
    ids = list(tag_ids)
    return reader.records(TagOfTask, _SOME_PLAIN, ids=ids) if ids else []


def ids_by_prefix(reader: Reader, prefix: str) -> list[UUID]:
    """Return the ids of tags by the beginning of their names, folded by ``fold_for_search``."""
    every_tag = reader.records(TagOfTask, _ALL_PLAIN)
    return [tag.id for tag in every_tag if fold_for_search(tag.name).startswith(prefix)]


def find_or_create(
    transaction: Transaction, names: Iterable[str], colors: Mapping[str, str | None] | None = None
) -> dict[str, TagOfTask]:
    """Return the tags of ``names`` by folded name; tags that do not exist are created.

    ``colors`` has the colors of new tags, by folded name.
    """
    found = {fold(tag.name): tag for tag in transaction.records(TagOfTask, _ALL_PLAIN)}
    created = []
    for name in names:
        key = fold(name)
        if key not in found:
            tag = found[key] = TagOfTask(uuid7(), name, (colors or {}).get(key))
            created.append(_row(tag))
    transaction.write(_INSERT, *created)
    return found


def create(transaction: Transaction, name: str, color: str | None) -> Tag:
    """Create a tag, or raise ``TagNameTaken``."""
    _check_name(transaction, name)
    tag = Tag(uuid7(), name, color, task_count=0)
    transaction.write(_INSERT, _row(tag))
    return tag


def update(transaction: Transaction, tag: Tag, changes: Mapping[str, Any]) -> Tag:
    """Set ``name`` and ``color`` as far as ``changes`` has them, or raise ``TagNameTaken``."""
    changed = replace(tag, **changes)
    if fold(changed.name) != fold(tag.name):
        _check_name(transaction, changed.name)
    transaction.write(_UPDATE, _row(changed))
    return changed


def delete(transaction: Transaction, tag: Tag) -> None:
    """Delete a tag, and remove it from its tasks."""
    transaction.write(_DELETE, {"tag_id": tag.id})


def _check_name(transaction: Transaction, name: str) -> None:
    if transaction.records(TagOfTask, _NAMED_PLAIN, key=fold(name)):
        raise TagNameTaken


def _row(tag: Tag | TagOfTask) -> dict[str, Any]:
    return {"tag_id": tag.id, "name": tag.name, "key": fold(tag.name), "color": tag.color}
