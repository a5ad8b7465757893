"""Answers lists in pages, always in the same envelope."""

from typing import Any

from sqlalchemy import Select, func

from .database import db
from .schemas import Answer, PageQuery


def page(model: type[Answer], query: Select[Any], asked: PageQuery) -> dict[str, Any]:
    """Return the page of ``query`` that was ``asked`` for; the query says the order."""
    count = query.with_only_columns(func.count(), maintain_column_froms=True).order_by(None)
    total = db.session.scalar(count) or 0
    rows = db.session.scalars(query.offset((asked.page - 1) * asked.limit).limit(asked.limit))
    return {
        "items": [model.of(row) for row in rows],
        "total": total,
        "page": asked.page,
        "limit": asked.limit,
        "pages": -(-total // asked.limit),
        "next_cursor": None,
    }
