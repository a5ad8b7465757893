"""Threads, items and events in the JSON of the ChatKit protocol.

The protocol is that of the types in openai-chatkit, which the tests compare this module with.
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from ..store.records import ChatItem, ChatThread

Event = dict[str, Any]


def thread(found: ChatThread, items: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return a thread with a page of its items, by default an empty one."""
    return {
        "id": found.id,
        "title": found.title,
        "created_at": found.created_at,
        "status": {"type": "active"},
        "metadata": {},
        "items": items or page([], has_more=False),
    }


def item(found: ChatItem) -> dict[str, Any]:
    """Return an item, without what only the server knows."""
    return {
        "type": found.kind,
        "id": found.id,
        "thread_id": found.thread_id,
        "created_at": found.created_at,
        **found.content,
    }


def page(data: Iterable[dict[str, Any]], *, has_more: bool) -> dict[str, Any]:
    """Return a page of threads or items; ``after`` is where the next page begins."""
    entries = list(data)
    after = entries[-1]["id"] if entries and has_more else None
    return {"data": entries, "has_more": has_more, "after": after}


def user_message(text: str, quoted_text: str | None) -> dict[str, Any]:
    """Return the content of a message of the user."""
    return {
        "content": [{"type": "input_text", "text": text}],
        "attachments": [],
        "quoted_text": quoted_text,
        "inference_options": {},
    }


def thread_created(found: ChatThread) -> Event:
    """Return the event that a thread was created."""
    return {"type": "thread.created", "thread": thread(found)}


def item_added(added: dict[str, Any]) -> Event:
    """Return the event that an item begins."""
    return {"type": "thread.item.added", "item": added}


def item_done(done: dict[str, Any]) -> Event:
    """Return the event that an item is complete."""
    return {"type": "thread.item.done", "item": done}


def item_replaced(replaced: dict[str, Any]) -> Event:
    """Return the event that an item has another content."""
    return {"type": "thread.item.replaced", "item": replaced}


def text_part(text: str) -> dict[str, Any]:
    """Return a part of a message of the assistant."""
    return {"type": "output_text", "text": text, "annotations": []}


def part_added(item_id: UUID) -> Event:
    """Return the event that the words of a message begin."""
    return _updated(item_id, "content_part.added", content=text_part(""))


def text_delta(item_id: UUID, words: str) -> Event:
    """Return the event that brings more words of a message."""
    return _updated(item_id, "content_part.text_delta", delta=words)


def part_done(item_id: UUID, text: str) -> Event:
    """Return the event that the words of a message are complete."""
    return _updated(item_id, "content_part.done", content=text_part(text))


def _updated(item_id: UUID, kind: str, **members: Any) -> Event:
    update = {"type": f"assistant_message.{kind}", "content_index": 0, **members}
    return {"type": "thread.item.updated", "item_id": item_id, "update": update}


def stream_options() -> Event:
    """Return the event that lets the client stop the stream."""
    return {"type": "stream_options", "stream_options": {"allow_cancel": True}}


def progress(text: str) -> Event:
    """Return the event that tells what is being done."""
    return {"type": "progress_update", "text": text}


def tasks_changed() -> Event:
    """Return the event that lists of tasks are stale."""
    return {"type": "client_effect", "name": "tasks.changed", "data": {}}


def notice(text: str) -> Event:
    """Return a warning that is not part of the conversation."""
    return {"type": "notice", "level": "warning", "message": text}


def error(text: str, *, allow_retry: bool) -> Event:
    """Return the event that ends a turn that failed."""
    return {"type": "error", "code": "custom", "message": text, "allow_retry": allow_retry}
