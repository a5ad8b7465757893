"""Tasks as JSON: in the trash, and in the changes that can be undone."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Dialect, Text, TypeDecorator

from .records import TagOfTask, Task

encode = msgspec.json.Encoder().encode

# Fields whose values JSON has as text or as objects.
_DECODERS: dict[str, Callable[[Any], Any]] = {
    "id": UUID,
    "user_id": UUID,
    "completed_at": datetime.fromisoformat,
    "due_date": lambda text: (date if "T" not in text else datetime).fromisoformat(text),
    "tags": lambda tags: msgspec.convert(tags, list[TagOfTask]),
    "created_at": datetime.fromisoformat,
    "updated_at": datetime.fromisoformat,
}


def decode_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values of a task's fields, as decoded from JSON, with the types that ``Task`` has."""
    return {
        name: _DECODERS[name](value) if value is not None and name in _DECODERS else value
        for name, value in values.items()
    }


class TaskJSON(TypeDecorator[Task]):
    """A task in a column of text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Task | None, dialect: Dialect) -> str | None:
        return None if value is None else encode(value).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> Task | None:
        return None if value is None else Task(**decode_values(msgspec.json.decode(value)))
