"""The envelope of every list."""

from typing import Any

from .requests import PageQuery
from .responses import Page


def envelope(
    items: list[Any], total: int, query: PageQuery, *, page: int, next_cursor: str | None = None
) -> Page:
    """Return a part of a list, as number ``page``; ``total`` counts the items of the whole list."""
    pages = -(-total // query.limit)
    return Page(items, total, page, query.limit, pages, next_cursor)
