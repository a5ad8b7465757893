"""Answers lists in pages, always in the same envelope."""

from typing import Any

from sqlalchemy import Select, func

from .database import db
from .schemas import Answer, PageQuery


def count(query: Select[Any]) -> int:
    """Return how many rows ``query`` finds."""
    counted = query.with_only_columns(func.count(), maintain_column_froms=True).order_by(None)
    return db.session.scalar(counted) or 0


def envelope(
    items: list[dict[str, Any]], total: int, asked: PageQuery, *, page: int, next_cursor: str | None
) -> dict[str, Any]:
    """Return a page of a list; every list has these members."""
    return {
        "items": items,
        "total": total,
        "page": page,
        "limit": asked.limit,
        "pages": -(-total // asked.limit),
        "next_cursor": next_cursor,
    }


def numbered(model: type[Answer], query: Select[Any], asked: PageQuery) -> dict[str, Any]:
    """Return the page of ``query`` with the number ``asked`` for; the query says the order."""
    rows = db.session.scalars(query.offset((asked.page - 1) * asked.limit).limit(asked.limit))
    items = [model.of(row) for row in rows]
    return envelope(items, count(query), asked, page=asked.page, next_cursor=None)
