"""Lets users of the bridge in whose account is there, and tells them who they are."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID

from flask import Blueprint, Response, current_app, g, jsonify, request
from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from bridge import BetterAuth, current_user, require_user
from bridge import User as VerifiedUser

from .answers import UserAnswer
from .database import db, reader
from .errors import UserUnknown
from .models import User, is_shared
from .openapi import gives
from .statements import Statement, Transaction, bound, transaction

log = logging.getLogger(__name__)

auth = BetterAuth()
bp = Blueprint("me", __name__, url_prefix="/api/v1/me")
bp.before_request(require_user())

View = TypeVar("View", bound=Callable[..., Any])

_LOOKS = "__looks_up_user__"
_KNOWN = Statement(select(User.id).where(User.uuid == bound("uuid", User.uuid)))
_INSERT: dict[str, Callable[[type[User]], postgresql.Insert | sqlite.Insert]] = {
    "postgresql": postgresql.insert,
    "sqlite": sqlite.insert,
}


@bp.before_request
def admit() -> None:
    """Refuse verified users whose account is gone, and note those who are new.

    Runs behind ``require_user`` and before the body is read, in transactions that end here; views
    that ``looks_up_user`` marks do so themselves.
    """
    if "user" not in g:  # OPTIONS, which Flask answers
        return
    view = current_app.view_functions[str(request.endpoint)]
    if not hasattr(view, _LOOKS) and not _KNOWN.rows(uuid=g.user.uuid):
        admit_unseen()


def looks_up_user(view: View) -> View:
    """Leave it to a view to look for the user: by ``shown.rows_of_user``, or by ``writing``."""
    setattr(view, _LOOKS, True)
    return view


@contextmanager
def writing(user_id: UUID) -> Iterator[Transaction]:
    """Begin a transaction of a user whose account is there, or raise ``UserUnknown``."""
    with transaction(user_id) as run:
        if run is not None:
            yield run
            return
    admit_unseen()
    with transaction(user_id) as run:
        if run is None:
            raise _unknown(g.user)
        yield run


def admit_unseen() -> None:
    """Make the row of a user who has none, or raise ``UserUnknown``: the account is gone."""
    user = g.user
    with reader().connect() as connection:
        shared = is_shared(connection)
    if shared or user.uuid is None:
        raise _unknown(user)
    _copy(user)


@bp.get("")
@gives({200: UserAnswer})
def read() -> Response:
    """Return who the token speaks for."""
    return jsonify(UserAnswer.of(current_user))


def _copy(user: VerifiedUser) -> None:
    """Make the row that tasks refer to, from the claims; another request may do so too."""
    insert = _INSERT[db.engine.dialect.name](User).values(
        id=user.id,
        uuid=user.uuid,
        name=user.name,
        email=user.email,
        created_at=datetime.now(UTC),
    )
    with db.engine.begin() as connection:
        connection.execute(insert.on_conflict_do_nothing())
    if not _KNOWN.rows(uuid=user.uuid):
        raise _unknown(user)


def _unknown(user: VerifiedUser) -> UserUnknown:
    refusal = UserUnknown(f"no user {user.uuid} (sub {user.id!r}) in the database")
    log.info("refused %s %s: %s", request.method, request.endpoint, refusal)
    return refusal
