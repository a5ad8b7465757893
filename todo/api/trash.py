"""Deleted tasks of a user: /api/v1/{user_id}/trash."""

from uuid import UUID

from flask import Blueprint, Response, g, jsonify

from ..store import tasks, trash
from ..store.errors import NotFound
from ..store.records import Task, TrashedTask
from ..store.session import Transaction, read, write
from .bodies import read_query
from .changes import CHANGE_ID, undoable_write
from .describe import Content, describe
from .etags import with_etag
from .idempotency import idempotent
from .pagination import envelope
from .requests import PageQuery

bp = Blueprint("trash", __name__, url_prefix="/trash")

NOT_IN_TRASH = "You have no such task in the trash."


@bp.get("")
@describe({200: Content("A page of deleted tasks.", [TrashedTask])}, query=PageQuery)
def index(user_id: UUID) -> Response:
    """List deleted tasks, the latest deleted first."""
    query = read_query(PageQuery)
    with read(g.user) as reader:
        found, total = trash.page(reader, limit=query.limit, offset=(query.page - 1) * query.limit)
    return jsonify(envelope(found, total, query, page=query.page))


@bp.post("/<uuid:task_id>/restore")
@describe(
    {200: Content("The restored task.", Task, headers=("ETag", CHANGE_ID))},
    problems={404: NOT_IN_TRASH},
)
@idempotent
def restore(user_id: UUID, task_id: UUID) -> Response:
    """Move a task back to the list, with its id, position, times and tags."""
    with undoable_write(g.user) as transaction:
        (task,) = tasks.restore(transaction, [_find(transaction, task_id)])
    return with_etag(task)


@bp.delete("/<uuid:task_id>")
@describe({204: Content("The task was deleted for ever.")}, problems={404: NOT_IN_TRASH})
def delete(user_id: UUID, task_id: UUID) -> tuple[str, int]:
    """Delete a task in the trash for ever."""
    with write(g.user) as transaction:
        trash.delete(transaction, [_find(transaction, task_id).id])
    return "", 204


@bp.delete("")
@describe({204: Content("The trash is empty.")})
def empty(user_id: UUID) -> tuple[str, int]:
    """Delete all tasks in the trash for ever."""
    with write(g.user) as transaction:
        trash.empty(transaction)
    return "", 204


def _find(transaction: Transaction, task_id: UUID) -> Task:
    for task in trash.find_some(transaction, [task_id]).values():
        return task
    raise NotFound
