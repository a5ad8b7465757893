"""Changes to several tasks, of all or none: /api/v1/{user_id}/tasks/bulk and /reorder."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, g, jsonify

from ..store import tags, tasks
from ..store.records import Task
from ..store.session import Transaction
from .bodies import read_body
from .changes import CHANGE_ID, undoable_write
from .describe import Content, describe
from .idempotency import idempotent
from .problems import FieldError, Invalid
from .requests import BulkAction, TaskOrder
from .responses import BulkResult, Order

bp = Blueprint("bulk", __name__, url_prefix="/tasks")

TASKS_UNKNOWN = "Some of the tasks do not exist; `unknown` has their ids. Nothing was changed."

# Actions that set one value in every task.
VALUES: dict[str, Callable[[BulkAction], dict[str, Any]]] = {
    "complete": lambda _: {"completed": True},
    "reopen": lambda _: {"completed": False},
    "set_priority": lambda action: {"priority": action.priority},
}
REQUIRED = {"set_priority": "priority", "add_tag": "tag_id", "remove_tag": "tag_id"}


@bp.post("/bulk")
@describe(
    {200: Content("The number of tasks that were changed.", BulkResult, (CHANGE_ID,))},
    body=BulkAction,
    problems={404: f"{TASKS_UNKNOWN} Or you have no such tag."},
)
@idempotent
def apply(user_id: UUID) -> Response:
    """Apply one action to several tasks."""
    action = read_body(BulkAction)
    required = REQUIRED.get(action.action)
    if required is not None and required not in action.model_fields_set:
        message = f"The action {action.action} requires this field."
        raise Invalid([FieldError(required, message, "required")])
    with undoable_write(g.user) as transaction:
        found = tasks.find_some(transaction, action.task_ids)
        changed = _apply(transaction, action, found)
    return jsonify(BulkResult(changed))


def _apply(transaction: Transaction, action: BulkAction, found: list[Task]) -> int:
    """Apply ``action`` to the tasks, and return how many tasks it changed."""
    if action.action == "delete":
        tasks.delete(transaction, found)
        return len(found)
    if action.action in VALUES:
        values = VALUES[action.action](action)
        updates = [(task, values) for task in found]
    else:
        assert action.tag_id is not None  # noqa: S101 (checked above; for the type checker)
        tag = tags.find_for_task(transaction, action.tag_id)
        of_task = tasks.with_tag if action.action == "add_tag" else tasks.without_tag
        updates = [(task, {"tags": of_task(task, tag)}) for task in found]
    after = tasks.update_each(transaction, updates)
    return sum(task is not before for task, before in zip(after, found, strict=True))


@bp.post("/reorder")
@describe(
    {200: Content("The tasks in their new order.", Order, (CHANGE_ID,))},
    body=TaskOrder,
    problems={404: TASKS_UNKNOWN},
)
@idempotent
def reorder(user_id: UUID) -> Response:
    """Give the positions that these tasks have to the same tasks, in the order of the list."""
    task_ids = read_body(TaskOrder).task_ids
    with undoable_write(g.user) as transaction:
        tasks.reorder(transaction, task_ids)
    return jsonify(Order(task_ids))
