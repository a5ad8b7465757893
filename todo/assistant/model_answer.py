"""Puts the chunks of a model's answer together: its words, and the tools that it calls.

Endpoints differ in the details, so every member of a chunk may be missing.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from openai.types.chat import ChatCompletionChunk

THOUGHTS, END_OF_THOUGHTS = "<think>", "</think>"


@dataclass
class Call:
    """A call of a tool."""

    id: str
    index: int | None
    has_own_id: bool
    """Whether the endpoint sent the id."""
    name: str = ""
    text: str = ""
    """The arguments as JSON."""

    @property
    def arguments(self) -> dict[str, Any] | None:
        """The arguments, or None if they are no JSON object. No text means no arguments."""
        try:
            found = json.loads(self.text or "{}")
        except (ValueError, RecursionError):
            return None
        return found if isinstance(found, dict) else None


@dataclass
class Answer:
    """An answer of the model, as far as its chunks have arrived."""

    words: str = ""
    calls: list[Call] = field(default_factory=list)
    is_complete: bool = False
    _held: str = ""

    @property
    def length(self) -> int:
        """Number of characters, thoughts and arguments included."""
        return len(self.words) + len(self._held) + sum(len(call.text) for call in self.calls)

    def add(self, chunk: ChatCompletionChunk) -> str:
        """Add a chunk, and return its words for the reader."""
        choices = getattr(chunk, "choices", None)
        if not choices:  # only the usage, or something between the chunks
            return ""
        choice = choices[0]
        self.is_complete |= bool(choice.finish_reason)
        for delta in getattr(choice.delta, "tool_calls", None) or ():
            self._add_call(delta)
        words = self._visible(_clean(_text(getattr(choice.delta, "content", None))))
        self.words += words
        return words

    def as_message(self) -> dict[str, Any]:
        """Return the answer for the next request."""
        return {
            "role": "assistant",
            # Some endpoints refuse a null beside calls, others an empty text.
            "content": self.words or "One moment.",
            "tool_calls": [
                {
                    "id": call.id,
                    "type": "function",
                    # Some endpoints parse the arguments, and fail on those that are no JSON.
                    "function": {"name": call.name, "arguments": json.dumps(call.arguments or {})},
                }
                for call in self.calls
            ],
        }

    def _visible(self, words: str) -> str:
        """Return ``words`` without the thoughts and spaces at the beginning of the answer.

        Some models that run locally send their thoughts as text.
        """
        if self.words:
            return words
        self._held = (self._held + words).lstrip()
        if self._held.startswith(THOUGHTS):
            if END_OF_THOUGHTS not in self._held:
                return ""
            self._held = self._held.partition(END_OF_THOUGHTS)[2].lstrip()
        if THOUGHTS.startswith(self._held):
            return ""
        visible, self._held = self._held, ""
        return visible

    def _add_call(self, delta: Any) -> None:
        function = delta.function
        name = getattr(function, "name", None) or ""
        arguments = getattr(function, "arguments", None) or ""
        call = self._find_call(delta.index, delta.id or "", name)
        call.name = call.name or name
        call.text += arguments if isinstance(arguments, str) else json.dumps(arguments)

    def _find_call(self, index: int | None, call_id: str, name: str) -> Call:
        """Return the call that a delta continues, or a new one.

        Some endpoints send no index or always 0, and some send no id. Then another id, or another
        name without an index, begins a new call.
        """
        for call in reversed(self.calls):
            if call_id and call.id == call_id:
                return call
            if index is not None and call.index == index and not (call_id and call.has_own_id):
                return call
            if index is None and not call_id and not name:
                return call
        # Mistral wants nine letters and digits.
        call = Call(call_id or f"call{len(self.calls) + 1:05}", index, has_own_id=bool(call_id))
        self.calls.append(call)
        return call


def _clean(text: str) -> str:
    """Return text that JSON and databases can store: without NUL and halves of surrogate pairs."""
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return whole.replace("\0", "\ufffd")


def _text(content: Any) -> str:
    """Return the text of a delta: a text, a list of parts, or nothing."""
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else ()
    texts = [part.get("text") for part in parts if isinstance(part, Mapping)]
    return "".join(text for text in texts if isinstance(text, str))
