"""Cards of the assistant as widgets of the ChatKit protocol."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from ..store.records import Task
from .phrases import details

MAX_ROWS = 10

Widget = dict[str, Any]


def note(text: str) -> Widget:
    """Return a card with a sentence."""
    return _card(_text(text))


def receipt(text: str) -> Widget:
    """Return a card that says what was done, with a button to undo it."""
    button = {
        "type": "Button",
        "label": "Undo",
        "size": "sm",
        "variant": "outline",
        "onClickAction": _action("undo"),
    }
    row = [_text(text), button]
    return _card({"type": "Row", "justify": "between", "align": "center", "children": row})


def proposal(question: str, rows: Sequence[str], confirm: str, cancel: str) -> Widget:
    """Return a card that asks before something is done; ``rows`` tell what it is."""
    shown = [{"type": "Caption", "value": row} for row in rows[:MAX_ROWS]]
    if len(rows) > MAX_ROWS:
        shown.append({"type": "Caption", "value": f"and {len(rows) - MAX_ROWS:,} more"})
    return {
        **_card({**_text(question), "weight": "semibold"}, *shown),
        "confirm": {"label": confirm, "action": _action("confirm")},
        "cancel": {"label": cancel, "action": _action("cancel")},
    }


def task_list(tasks: Iterable[Task], now: datetime, zone: ZoneInfo) -> Widget:
    """Return a list of tasks; a click on one opens it in the front end."""
    return {
        "type": "ListView",
        "children": [
            {
                "type": "ListViewItem",
                "key": str(task.id),
                "onClickAction": {
                    "type": "task.open",
                    "payload": {"task_id": str(task.id)},
                    "handler": "client",
                },
                "children": [
                    {**_text(task.title), "lineThrough": task.completed},
                    *([{"type": "Caption", "value": more}] if more else []),
                ],
            }
            for task in tasks
            for more in [details(task, now, zone)]
        ],
    }


def _card(*children: Widget) -> Widget:
    return {"type": "Card", "size": "full", "children": list(children)}


def _text(value: str) -> Widget:
    return {"type": "Text", "value": value}


def _action(name: str) -> dict[str, Any]:
    return {"type": name, "handler": "server", "loadingBehavior": "auto", "streaming": True}
