"""What callers may send and what they get: shapes and limits, checked all at once."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from flask import request
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
)
from werkzeug.exceptions import UnsupportedMediaType

_RFC3339 = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d:\d\d)?", re.ASCII
)


def _storable(text: str) -> str:
    if "\x00" in text:
        raise ValueError("The character NUL can't be stored.")
    return text


def _written_out(value: object) -> object:
    # Else a text of digits would pass for a Unix time.
    if isinstance(value, str) and not _RFC3339.fullmatch(value):
        raise ValueError("Write the time as in RFC 3339, such as 2026-01-31T09:00:00Z.")
    return value


def _in_utc(time: datetime) -> datetime:
    try:
        return time.astimezone(UTC)
    except OverflowError:
        raise ValueError("This time is beyond the calendar.") from None


def _short_color(color: str) -> str:
    digits = color[1:].lower()
    return "#" + (digits if len(digits) == 6 else "".join(digit * 2 for digit in digits))


Safe = AfterValidator(_storable)
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), Safe]
Description = Annotated[str, StringConstraints(max_length=10_000), Safe]
Priority = Literal["low", "medium", "high"]
Time = Annotated[AwareDatetime, BeforeValidator(_written_out), AfterValidator(_in_utc)]
TagIds = Annotated[list[UUID], Field(max_length=50)]
TagName = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=50), Safe
]
Color = Annotated[
    str,
    StringConstraints(pattern=r"^#([0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})$"),
    AfterValidator(_short_color),
]


class Body(BaseModel):
    """A JSON body: no field beyond those named, no value turned into another type."""

    model_config = ConfigDict(extra="forbid", strict=True)

    @classmethod
    def read(cls) -> Any:
        """Return the body of this request; raise what becomes 415, 413, 400 or 422."""
        if not request.is_json:
            raise UnsupportedMediaType("Send the body as application/json.")
        return cls.model_validate_json(request.get_data())


class TaskBody(Body):
    title: Title
    description: Description | None = None
    completed: bool = False
    priority: Priority | None = None
    due_date: Time | None = None
    tag_ids: TagIds = Field(default_factory=list)


class TaskChanges(Body):
    """Absent keeps, null clears; what can't be empty can't be null."""

    title: Title = ""
    description: Description | None = None
    completed: bool = False
    priority: Priority | None = None
    due_date: Time | None = None
    tag_ids: TagIds = Field(default_factory=list)


class TagBody(Body):
    name: TagName
    color: Color | None = None


class TagChanges(Body):
    name: TagName = ""
    color: Color | None = None


class TagOnTask(Body):
    tag_id: UUID


class Page(BaseModel):
    """The query of a list."""

    model_config = ConfigDict(extra="forbid")
    page: int = Field(default=1, ge=1, le=1_000_000)
    limit: int = Field(default=20, ge=1, le=100)

    @classmethod
    def read(cls) -> Any:
        """Return the query of this request; a parameter given twice is an error of its own."""
        query = {
            name: values[0] if len(values) == 1 else values
            for name, values in request.args.to_dict(flat=False).items()
        }
        return cls.model_validate(query)


class TaskQuery(Page):
    status: Literal["all", "active", "completed"] = "all"
    search: Annotated[str, StringConstraints(max_length=200), Safe] = ""
