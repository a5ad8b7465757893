"""Answers lists in pages, always in the same envelope."""

from typing import Any

from sqlalchemy import Select, func

from .answers import Answer, Page
from .database import db
from .schemas import PageQuery


def envelope(
    items: list[Any], total: int, asked: PageQuery, *, page: int, next_cursor: str | None
) -> Page:
    """Return a page of a list."""
    pages = -(-total // asked.limit)
    return Page(items, total, page, asked.limit, pages, next_cursor)


def numbered(answer: type[Answer], query: Select[Any], asked: PageQuery) -> Page:
    """Return the page of ``query`` with the number ``asked`` for; the query says the order."""
    rows = db.session.scalars(query.offset((asked.page - 1) * asked.limit).limit(asked.limit))
    items = [answer.of(row) for row in rows]
    counted = query.with_only_columns(func.count(), maintain_column_froms=True).order_by(None)
    total = db.session.scalar(counted) or 0
    return envelope(items, total, asked, page=asked.page, next_cursor=None)
