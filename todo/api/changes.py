"""Undo: /api/v1/{user_id}/changes, and the header ``Change-Id`` of responses to writes."""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from uuid import UUID

from flask import Blueprint, Response, after_this_request, g, jsonify

from bridge import User

from ..store import changes
from ..store.session import Transaction
from .describe import Content, describe
from .idempotency import idempotent, write
from .responses import Undone

bp = Blueprint("changes", __name__, url_prefix="/changes")

CHANGE_ID = "Change-Id"


@contextmanager
def undoable_write(user: User) -> Iterator[Transaction]:
    """Begin a transaction as ``write`` does; the response gets the id of the change of tasks.

    The response has no such header if no task was changed.
    """
    with write(user) as transaction:
        yield transaction
        change_id = changes.save(transaction)

    def add_header(response: Response) -> Response:
        if response.status_code < HTTPStatus.BAD_REQUEST:  # the commit may fail later
            response.headers[CHANGE_ID] = g.change_id
        return response

    if change_id is not None:
        g.change_id = str(change_id)
        after_this_request(add_header)


@bp.post("/<uuid:change_id>/undo")
@describe(
    {200: Content("The number of tasks that were reverted.", Undone, headers=(CHANGE_ID,))},
    problems={
        404: "You have no such change, or it was undone already.",
        409: "A task was changed since, or deleted for ever. Nothing was changed.",
    },
)
@idempotent
def undo(user_id: UUID, change_id: UUID) -> Response:
    """Revert a change of tasks. To undo this undo, use the Change-Id of its response."""
    with undoable_write(g.user) as transaction:
        count = changes.undo(transaction, change_id)
    return jsonify(Undone(count))
