"""A client of the assistant that speaks the ChatKit protocol."""

import json
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests
from pydantic import TypeAdapter

from support.client import Client, expect

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # of the package's own widgets
    from chatkit import types as official

REQUEST: TypeAdapter[Any] = TypeAdapter(official.ChatKitReq)
EVENT: TypeAdapter[Any] = TypeAdapter(official.ThreadStreamEvent)
RESPONSES: dict[str, TypeAdapter[Any]] = {
    "threads.get_by_id": TypeAdapter(official.Thread),
    "threads.list": TypeAdapter(official.Page[official.Thread]),
    "threads.update": TypeAdapter(official.Thread),
    "items.list": TypeAdapter(official.Page[official.ThreadItem]),
}


def user_message(text: str) -> dict[str, Any]:
    """Return the input of a message, as the official client sends it."""
    return {
        "content": [{"type": "input_text", "text": text}],
        "attachments": [],
        "inference_options": {},
    }


class Chat:
    """A conversation with the assistant.

    Each request, response and event is validated with the official types, and must have nothing
    that they do not know.
    """

    def __init__(self, client: Client, *, tz: str = "Europe/Berlin") -> None:
        self.client = client
        self.tz = tz
        self.thread_id = ""

    def send(self, kind: str, *, check: bool = True, **params: Any) -> requests.Response:
        """Send a request; return the response, which may be a problem."""
        body = {"type": kind, "params": params}
        if check:
            REQUEST.validate_python(body)
        response: requests.Response = self.client.ask(
            "POST", f"/chat?tz={self.tz}", json=body, stream=True
        )
        return response

    def read(self, kind: str, **params: Any) -> Any:
        """Send a request that is answered with JSON; return it."""
        found = expect(200, self.send(kind, **params))
        if kind in RESPONSES:
            _check(RESPONSES[kind], found)
        return found

    def stream(self, kind: str, **params: Any) -> list[dict[str, Any]]:
        """Send a request that is answered with events; return all of them."""
        with self.streaming(kind, **params) as events:
            return list(events)

    @contextmanager
    def streaming(self, kind: str, **params: Any) -> Iterator[Iterator[dict[str, Any]]]:
        """Send a request that is answered with events; yield the events while they arrive.

        The connection is closed when the block ends.
        """
        with self.send(kind, **params) as response:
            assert response.status_code == 200, response.text
            assert response.headers["Content-Type"] == "text/event-stream"
            yield self._events(response)

    def _events(self, response: requests.Response) -> Iterator[dict[str, Any]]:
        for line in response.iter_lines(chunk_size=1):
            if line.startswith(b"data: "):
                event = json.loads(line.removeprefix(b"data: "))
                _check(EVENT, event)
                if event["type"] == "thread.created":
                    self.thread_id = event["thread"]["id"]
                yield event

    def say(self, text: str) -> list[dict[str, Any]]:
        """Send a message of the user, the first of which begins a thread; return the events."""
        if self.thread_id:
            params = {"thread_id": self.thread_id, "input": user_message(text)}
            return self.stream("threads.add_user_message", **params)
        return self.stream("threads.create", input=user_message(text))

    def click(self, item_id: str, action: str) -> list[dict[str, Any]]:
        """Click a button of a card; return the events."""
        return self.stream(
            "threads.custom_action",
            thread_id=self.thread_id,
            item_id=item_id,
            action={"type": action},
        )

    def items(self) -> list[dict[str, Any]]:
        """Return all items of the thread, in order."""
        found = self.read("items.list", thread_id=self.thread_id, order="asc", limit=100)
        return list(found["data"])


def _check(adapter: TypeAdapter[Any], value: Any) -> None:
    """Fail unless the official type accepts ``value`` and knows all of it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of the package's own widgets
        parsed = adapter.dump_python(adapter.validate_python(value), mode="json")
    assert _is_within(value, parsed), (value, parsed)


def _is_within(sent: Any, known: Any) -> bool:
    """Return whether all members that were sent are known to the official type."""
    match sent:
        case dict():
            return isinstance(known, dict) and all(
                value is None or (name in known and _is_within(value, known[name]))
                for name, value in sent.items()
            )
        case list():
            return (
                isinstance(known, list)
                and len(sent) == len(known)
                and all(map(_is_within, sent, known))
            )
        case str() if sent.endswith("Z") and isinstance(known, str):
            return known.rstrip("Z") == sent.rstrip("Z")
        case _:
            return bool(sent == known)


def text_of(events: list[dict[str, Any]]) -> str:
    """Return the words of the assistant's messages in events, separated by blank lines."""
    return "\n\n".join(
        event["item"]["content"][0]["text"]
        for event in events
        if event["type"] == "thread.item.done" and event["item"]["type"] == "assistant_message"
    )


def cards(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the cards and lists that were shown or replaced, in order."""
    return [
        event["item"]
        for event in events
        if event["type"] in ("thread.item.done", "thread.item.replaced")
        and event["item"]["type"] == "widget"
    ]
