"""Responses to requests with an Idempotency-Key, saved in the transaction of the change itself."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sql
from sqlalchemy import select

from .session import Transaction
from .statements import USER_ID, Statement, bound
from .tables import idempotency_keys as keys

KEPT = timedelta(days=1)

_KEY = bound("key", keys.c.key)
_OF_USER = keys.c.user_id == USER_ID
_NAMES = ("created_at", "digest", "status", "headers", "body")
_FIND = Statement(
    select(keys.c.digest, keys.c.status, keys.c.headers, keys.c.body).where(
        _OF_USER, keys.c.key == _KEY
    )
)
_INSERT = Statement(
    sql.insert(keys).values(
        user_id=USER_ID, key=_KEY, **{name: bound(name, keys.c[name]) for name in _NAMES}
    )
)
_DELETE_OLD = Statement(
    sql.delete(keys).where(_OF_USER, keys.c.created_at < bound("before", keys.c.created_at))
)


class Saved(NamedTuple):
    """The response to a request, and a digest of the request."""

    digest: str
    status: int
    headers: Mapping[str, str]
    body: str


def find(transaction: Transaction, key: str) -> Saved | None:
    """Return the response that was saved with a key in the last day."""
    delete_old(transaction, datetime.now(UTC) - KEPT)
    for digest, status, headers, body in transaction.rows(_FIND, key=key):
        return Saved(digest, status, json.loads(headers), body)
    return None


def save(transaction: Transaction, key: str, saved: Saved) -> None:
    """Save a response with a key."""
    row = saved._asdict() | {"headers": json.dumps(dict(saved.headers))}
    transaction.write(_INSERT, {"key": key, "created_at": datetime.now(UTC), **row})


def delete_old(transaction: Transaction, before: datetime) -> None:
    """Delete the responses that were saved before a time."""
    transaction.write(_DELETE_OLD, {"before": before})
