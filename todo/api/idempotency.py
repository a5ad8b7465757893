"""Idempotency-Key: a request that is sent again is done once, and gets the same response.

The header is that of draft-ietf-httpapi-idempotency-key-header-07. The response is saved in the
transaction of the change, so neither exists without the other. Only successful responses are saved:
after an error nothing was changed, and the request can be tried again.
"""

import hashlib
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from threading import Lock
from typing import Any
from uuid import UUID

from flask import Response, current_app, g, request

from bridge import User

from ..store import idempotency
from ..store import session as store
from ..store.idempotency import Saved
from ..store.session import Transaction
from .bodies import read_bytes
from .describe import operation_of
from .problems import FieldError, Invalid, RequestRunning

HEADER = "Idempotency-Key"
SAVED_HEADERS = ("Content-Type", "ETag", "Location", "Change-Id")
_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_ATTRIBUTE = "is_idempotent"

View = Callable[..., Any]

_running: set[tuple[UUID | None, str]] = set()
_lock = Lock()


def idempotent(view: View) -> View:
    """Let clients repeat a request safely: with the same key, the view runs once in a day."""

    @wraps(view)
    def repeatable(**arguments: Any) -> Any:
        key = request.headers.get(HEADER)
        if key is None:
            return view(**arguments)
        if not _KEY.fullmatch(key):
            message = "This must be 1 to 255 visible characters of ASCII."
            raise Invalid([FieldError(HEADER, message, "idempotency_key_malformed")])
        operation = operation_of(repeatable)
        # Before the transaction begins, which a slow client would hold open.
        body = read_bytes(operation.body.format) if operation and operation.body else b""
        digest = hashlib.sha256(request.full_path.encode() + b"\n" + body).hexdigest()
        with _marked_as_running(g.user, key), store.write(g.user) as transaction:
            saved = idempotency.find(transaction, key)
            if saved is None:
                g.transaction = transaction
                saved = _saved(digest, current_app.make_response(view(**arguments)))
                idempotency.save(transaction, key, saved)
            elif saved.digest != digest:
                message = "This key was used for another request. Send a new key."
                raise Invalid([FieldError(HEADER, message, "idempotency_key_reused")])
        return Response(saved.body, saved.status, dict(saved.headers))

    setattr(repeatable, _ATTRIBUTE, True)
    return repeatable


def is_idempotent(view: View) -> bool:
    """Tell whether ``idempotent`` decorates a view."""
    return hasattr(view, _ATTRIBUTE)


@contextmanager
def write(user: User) -> Iterator[Transaction]:
    """Begin a transaction, or go on with the one of the request's Idempotency-Key."""
    if "transaction" in g:
        yield g.transaction
        return
    with store.write(user) as transaction:
        yield transaction


@contextmanager
def _marked_as_running(user: User, key: str) -> Iterator[None]:
    """Raise ``RequestRunning`` if a request with the key runs in this process.

    In another process, the request waits for the transaction of the first one.
    """
    one = (user.uuid, key)
    with _lock:
        if one in _running:
            raise RequestRunning("The request with this Idempotency-Key is still running.")
        _running.add(one)
    try:
        yield
    finally:
        with _lock:
            _running.remove(one)


def _saved(digest: str, response: Response) -> Saved:
    headers = {name: response.headers[name] for name in SAVED_HEADERS if name in response.headers}
    if "change_id" in g:
        headers["Change-Id"] = g.change_id
    return Saved(digest, response.status_code, headers, response.get_data(as_text=True))
