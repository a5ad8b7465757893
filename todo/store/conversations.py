"""Conversations of a user with the assistant: threads, and the messages and cards in them."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Literal, NamedTuple
from uuid import UUID

import msgspec
import sqlalchemy as sql
from sqlalchemy import ColumnElement, Dialect, Select, Text, TypeDecorator, func, select, tuple_
from sqlalchemy import type_coerce as typed
from uuid_utils.compat import uuid7

from .errors import ConversationFull, NotFound
from .records import ChatItem, ChatItemKind, ChatThread
from .session import Reader, Transaction
from .statements import USER_ID, Statement, bound, number, of_owner
from .tables import chat_items as items
from .tables import chat_threads as threads

MAX_THREADS = 200
"""Conversations of one user that are kept; a new one replaces the one unused for longest."""
MAX_ITEMS = 1000
"""Items of one conversation."""
TITLE_LENGTH = 80

Order = Literal["asc", "desc"]


class NewItem(NamedTuple):
    """An item to add to a thread; ``ChatItem`` has the meaning of the fields."""

    kind: ChatItemKind
    content: dict[str, Any]
    memo: dict[str, Any] | None = None
    id: UUID | None = None
    """A new one by default."""


class _JSON(TypeDecorator[dict[str, Any]]):
    impl = Text
    cache_ok = True

    def process_bind_param(self, value: dict[str, Any] | None, dialect: Dialect) -> str | None:
        return None if value is None else msgspec.json.encode(value).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> dict[str, Any] | None:
        return None if value is None else msgspec.json.decode(value)


_THREAD_COLUMNS = [threads.c[name] for name in ("id", "title", "created_at", "updated_at")]
_THREAD_ID = bound("thread_id", threads.c.id)
_IS_THREAD = (threads.c.user_id == USER_ID, threads.c.id == _THREAD_ID)
_TITLE = bound("title", threads.c.title)
_NOW = bound("now", threads.c.updated_at)

_ITEM_ID = bound("item_id", items.c.id)
_OF_THREAD = (items.c.user_id == USER_ID, items.c.thread_id == _THREAD_ID)
_IS_ITEM = (*_OF_THREAD, items.c.id == _ITEM_ID)
_CONTENT = {
    "content": sql.bindparam("content", type_=_JSON()),
    "memo": sql.bindparam("memo", type_=_JSON()),
}


_thread = select(*_THREAD_COLUMNS).where(*_IS_THREAD).subquery("thread")
_THREAD = Statement(of_owner(_thread, *_thread.c))
_INSERT_THREAD = Statement(
    sql.insert(threads).values(
        user_id=USER_ID, id=_THREAD_ID, title=_TITLE, created_at=_NOW, updated_at=_NOW
    )
)
_RENAME = Statement(sql.update(threads).values(title=_TITLE).where(*_IS_THREAD))
_TOUCH = Statement(sql.update(threads).values(updated_at=_NOW).where(*_IS_THREAD))
_DELETE_THREAD = Statement(sql.delete(threads).where(*_IS_THREAD))
_last_used = (
    select(threads.c.id)
    .where(threads.c.user_id == USER_ID)
    .order_by(threads.c.updated_at.desc(), threads.c.id.desc())
)
_DELETE_UNUSED = Statement(
    sql.delete(threads).where(
        threads.c.user_id == USER_ID,
        threads.c.id.in_(_last_used.limit(number(MAX_THREADS)).offset(number(MAX_THREADS - 1))),
    )
)

_ITEM_COLUMNS = [
    items.c.id,
    items.c.thread_id,
    items.c.seq,
    items.c.kind,
    typed(items.c.content, _JSON()).label("content"),
    typed(items.c.memo, _JSON()).label("memo"),
    items.c.created_at,
]


def _item_query(*conditions: ColumnElement[bool]) -> Select[Any]:
    return select(*_ITEM_COLUMNS).where(*_OF_THREAD, *conditions)


_ITEM = Statement(_item_query(items.c.id == _ITEM_ID))
_LAST_SEQ = Statement(select(func.coalesce(func.max(items.c.seq), 0)).where(*_OF_THREAD))
_INSERT_ITEM = Statement(
    sql.insert(items).values(
        user_id=USER_ID,
        id=_ITEM_ID,
        thread_id=_THREAD_ID,
        seq=bound("seq", items.c.seq),
        kind=bound("kind", items.c.kind),
        created_at=_NOW,
        **_CONTENT,
    )
)
_REPLACE_ITEM = Statement(sql.update(items).values(_CONTENT).where(*_IS_ITEM))
_DELETE_AFTER = Statement(
    sql.delete(items).where(*_OF_THREAD, items.c.seq > bound("seq", items.c.seq))
)


def create_thread(transaction: Transaction, title: str | None) -> ChatThread:
    """Create a thread; beyond ``MAX_THREADS``, the one unused for longest is deleted."""
    now = datetime.now(UTC)
    thread = ChatThread(uuid7(), title, created_at=now, updated_at=now)
    transaction.write(_DELETE_UNUSED, {})
    transaction.write(_INSERT_THREAD, {"thread_id": thread.id, "title": title, "now": now})
    return thread


def title_of(message: str) -> str | None:
    """Return the title of a thread that begins with this message."""
    first = next((line.strip() for line in message.splitlines() if line.strip()), "")
    return first if len(first) <= TITLE_LENGTH else first[: TITLE_LENGTH - 1].rstrip() + "…"


def find_thread(reader: Reader, thread_id: UUID) -> ChatThread:
    """Return a thread, or raise ``NotFound``."""
    for thread in reader.records(ChatThread, _THREAD, thread_id=thread_id):
        return thread
    raise NotFound


def page_of_threads(
    reader: Reader, *, limit: int, order: Order, after: UUID | None
) -> tuple[list[ChatThread], bool]:
    """Return threads in the order of their last use, and whether there are more.

    ``after`` is the last thread of the page before. Raises ``NotFound`` if it does not exist.
    """
    values: dict[str, Any] = {}
    if after is not None:
        last = find_thread(reader, after)
        values = {"last_used": last.updated_at, "last_id": last.id}
    query = _page_of_threads(limit + 1, order, is_first=after is None)
    found = reader.records(ChatThread, query, **values)
    return found[:limit], len(found) > limit


@lru_cache(maxsize=256)
def _page_of_threads(limit: int, order: Order, *, is_first: bool) -> Statement:
    key = (threads.c.updated_at, threads.c.id)
    rows = select(*_THREAD_COLUMNS).where(threads.c.user_id == USER_ID)
    if not is_first:
        last = tuple_(bound("last_used", threads.c.updated_at), bound("last_id", threads.c.id))
        rows = rows.where(tuple_(*key) > last if order == "asc" else tuple_(*key) < last)
    found = rows.order_by(*_ordered(key, order)).limit(number(limit)).subquery("thread")
    return Statement(
        of_owner(found, *found.c).order_by(*_ordered((found.c.updated_at, found.c.id), order))
    )


def _ordered(columns: Iterable[ColumnElement[Any]], order: Order) -> list[ColumnElement[Any]]:
    return [column.asc() if order == "asc" else column.desc() for column in columns]


def rename_thread(transaction: Transaction, thread: ChatThread, title: str) -> ChatThread:
    """Set the title of a thread."""
    transaction.write(_RENAME, {"thread_id": thread.id, "title": title})
    return replace(thread, title=title)


def delete_thread(transaction: Transaction, thread: ChatThread) -> None:
    """Delete a thread with everything in it."""
    transaction.write(_DELETE_THREAD, {"thread_id": thread.id})


def page_of_items(
    reader: Reader, thread_id: UUID, *, limit: int, order: Order, after: UUID | None = None
) -> tuple[list[ChatItem], bool]:
    """Return items of a thread in the order in which they were added, and whether there are more.

    ``after`` is the last item of the page before. Raises ``NotFound`` if the thread or ``after``
    does not exist.
    """
    find_thread(reader, thread_id)
    values = {} if after is None else {"seq": find_item(reader, thread_id, after).seq}
    query = _page_of_items(limit + 1, order, is_first=after is None)
    found = reader.records(ChatItem, query, thread_id=thread_id, **values)
    return found[:limit], len(found) > limit


@lru_cache(maxsize=256)
def _page_of_items(limit: int, order: Order, *, is_first: bool) -> Statement:
    rows = _item_query()
    if not is_first:
        last = bound("seq", items.c.seq)
        rows = rows.where(items.c.seq > last if order == "asc" else items.c.seq < last)
    found = rows.order_by(*_ordered([items.c.seq], order)).limit(number(limit)).subquery("item")
    return Statement(of_owner(found, *found.c).order_by(*_ordered([found.c.seq], order)))


def find_item(reader: Reader, thread_id: UUID, item_id: UUID) -> ChatItem:
    """Return an item of a thread, or raise ``NotFound``."""
    for row in reader.rows(_ITEM, thread_id=thread_id, item_id=item_id):
        return ChatItem(*row)
    raise NotFound


def add_items(transaction: Transaction, thread_id: UUID, new: Iterable[NewItem]) -> list[ChatItem]:
    """Add items at the end of a thread.

    Raises ``NotFound`` if the thread does not exist (any more), and ``ConversationFull``.
    """
    find_thread(transaction, thread_id)
    now = datetime.now(UTC)
    last = transaction.rows(_LAST_SEQ, thread_id=thread_id)[0][0]
    added = [
        ChatItem(one.id or uuid7(), thread_id, seq, one.kind, one.content, one.memo, created_at=now)
        for seq, one in enumerate(new, start=last + 1)
    ]
    if added and added[-1].seq > MAX_ITEMS:
        raise ConversationFull
    transaction.write(
        _INSERT_ITEM,
        *(
            {
                "item_id": item.id,
                "thread_id": thread_id,
                "seq": item.seq,
                "kind": item.kind,
                "content": item.content,
                "memo": item.memo,
                "now": now,
            }
            for item in added
        ),
    )
    transaction.write(_TOUCH, {"thread_id": thread_id, "now": now})
    return added


def replace_item(
    transaction: Transaction, item: ChatItem, content: dict[str, Any], memo: dict[str, Any] | None
) -> ChatItem:
    """Give an item another content and memo."""
    values = {"item_id": item.id, "thread_id": item.thread_id, "content": content, "memo": memo}
    transaction.write(_REPLACE_ITEM, values)
    return replace(item, content=content, memo=memo)


def delete_items_after(transaction: Transaction, item: ChatItem) -> None:
    """Delete all items of the thread that were added after ``item``."""
    transaction.write(_DELETE_AFTER, {"thread_id": item.thread_id, "seq": item.seq})
