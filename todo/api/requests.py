"""Models of request bodies and query parameters.

Codes of field errors:

=================  ==========================================================
code               when
=================  ==========================================================
required           the field is missing
unknown_field      there is no such field
read_only          the field exists, but only the service sets it
wrong_type         text instead of a number, null instead of a value
too_short          too few characters or entries, without surrounding spaces
too_long           too many characters or entries
character          a NUL character, or half of a surrogate pair
not_a_choice       not one of the possible values
not_a_number       not a whole number
out_of_range       too small or too large, too early or too late
not_a_time         neither a day nor a time in the format of RFC 3339
offset_missing     a time without an offset
not_a_uuid         not a UUID with hyphens
not_a_zone         not the name of a time zone
not_a_color        neither #RGB nor #RRGGBB
tag_unknown        this user has no such tag
exclusive          can't be combined with another parameter
bad_cursor         not a cursor of a task list, or of a list in another order
not_retryable      a message of the assistant's conversation that can't be answered again
idempotency_key_…  malformed: the Idempotency-Key has other characters or too many of them;
                   reused: it was sent with another request
repeated           a parameter, or an id in a list, is given more than once
=================  ==========================================================
"""

import re
from dataclasses import fields
from datetime import UTC, date, datetime
from typing import Annotated, ClassVar, Literal, Self
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from ..store.cursors import EARLIEST, LATEST
from ..store.due import Due, sort_key
from ..store.records import Tag, Task
from ..store.tables import (
    MAX_DESCRIPTION,
    MAX_TAG_NAME,
    MAX_TAGS_OF_TASK,
    MAX_TITLE,
    Priority,
    PriorityOrNone,
)

MAX_SEARCH = 200
MAX_TEXT = 4000
MAX_PAGE = 1_000_000_000
MAX_LIMIT = 100
MAX_BULK = 500
MAX_IMPORT_ROWS = 10_000
MAX_POSITION = 1 << 50
MAX_VERSION = 1 << 30

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_NUMBER = re.compile(r"-?[0-9]{1,18}")
_COLOR = re.compile(r"#([0-9a-f]{3}|[0-9a-f]{6})", re.IGNORECASE)
_DAY_OR_TIME = re.compile(  # RFC 3339, section 5.6
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"(?P<time>T([01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?"
    r"(?P<offset>Z|[+-][0-9]{2}:[0-9]{2})?)?"
)


def storable(text: str) -> str:
    """Return ``text``, or refuse what PostgreSQL can't store."""
    if "\0" in text:
        raise PydanticCustomError("character", "This contains a NUL character.")
    return text


def _uuid(value: object) -> UUID:
    if isinstance(value, str) and _UUID.fullmatch(value):
        return UUID(value)
    raise PydanticCustomError("not_a_uuid", "This must be a UUID with hyphens.")


def _number(value: object) -> int:
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return int(value)
    raise PydanticCustomError("not_a_number", "This must be a whole number.")


def _without_repetition(ids: list[UUID]) -> list[UUID]:
    if len(set(ids)) < len(ids):
        raise PydanticCustomError("repeated", "This must not name an id twice.")
    return ids


def _zone(value: object) -> ZoneInfo:
    try:
        return ZoneInfo(str(value))
    except (ValueError, OSError, ZoneInfoNotFoundError):
        raise PydanticCustomError(
            "not_a_zone", "This must be a time zone such as Europe/Berlin."
        ) from None


def _switch(value: object) -> bool:
    if value in ("true", "false"):
        return value == "true"
    raise PydanticCustomError("not_a_choice", "This must be true or false.")


def _tag_ref(value: object) -> UUID | str:
    """Return an id or a name: text in the form of a UUID is taken for an id."""
    text = storable(str(value)).strip()
    return UUID(text) if _UUID.fullmatch(text) else text


def _color(value: str) -> str:
    if not _COLOR.fullmatch(value):
        raise PydanticCustomError("not_a_color", "This must be a color such as #2F9 or #2f9e44.")
    digits = value[1:].lower()
    return "#" + (digits if len(digits) == 6 else "".join(digit * 2 for digit in digits))


def _due(value: object) -> Due:
    match = _DAY_OR_TIME.fullmatch(value.upper()) if isinstance(value, str) else None
    if match is None:
        message = "This must be a day such as 2030-01-31, or a time such as 2030-01-31T09:00:00Z."
        raise PydanticCustomError("not_a_time", message)
    if match["time"] and not match["offset"]:
        raise PydanticCustomError("offset_missing", "This time needs an offset, Z or +02:00.")
    try:
        due = (datetime if match["time"] else date).fromisoformat(match[0])
    except ValueError:
        raise PydanticCustomError("not_a_time", "This date or time does not exist.") from None
    # Compared before the conversion to UTC, which overflows at the ends of the calendar.
    key = sort_key(due)
    if not EARLIEST <= key <= LATEST:
        raise PydanticCustomError("out_of_range", "This must be in the years 1900 to 9998.")
    return due.astimezone(UTC) if isinstance(due, datetime) else due


def _time(value: object) -> datetime:
    due = _due(value)
    if isinstance(due, datetime):
        return due
    raise PydanticCustomError("not_a_time", "This must be a time such as 2030-01-31T09:00:00Z.")


def not_blank(text: str) -> str:
    """Return ``text``, or refuse text of spaces only."""
    if not text.strip():
        raise PydanticCustomError("too_short", "This must not be empty.")
    return text


def _without_duplicates(ids: list[UUID]) -> list[UUID]:
    return list(dict.fromkeys(ids))


Title = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_TITLE),
    AfterValidator(storable),
]
Description = Annotated[
    str, StringConstraints(max_length=MAX_DESCRIPTION), AfterValidator(storable)
]
TagName = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_TAG_NAME),
    AfterValidator(storable),
]
Color = Annotated[
    str, AfterValidator(_color), Field(json_schema_extra={"pattern": "^#([0-9a-fA-F]{3}){1,2}$"})
]
Time = Annotated[datetime, PlainValidator(_time, json_schema_input_type=datetime)]
DayOrTime = Annotated[Due, PlainValidator(_due, json_schema_input_type=Due)]
Id = Annotated[UUID, BeforeValidator(_uuid)]
TagIds = Annotated[
    list[Id], Field(max_length=MAX_TAGS_OF_TASK), AfterValidator(_without_duplicates)
]
TaskIds = Annotated[
    list[Id], Field(min_length=1, max_length=MAX_BULK), AfterValidator(_without_repetition)
]
Zone = Annotated[ZoneInfo, BeforeValidator(_zone)]
Switch = Annotated[bool, BeforeValidator(_switch)]
TagRef = Annotated[UUID | str, BeforeValidator(_tag_ref)]
SortKey = Literal["created_at", "updated_at", "due_date", "priority", "title", "position"]
Search = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=MAX_SEARCH),
    AfterValidator(storable),
]


class Fields(BaseModel):
    """Fields that a client may send; unknown fields and other types are refused."""

    model_config = ConfigDict(strict=True, extra="forbid", use_attribute_docstrings=True)
    read_only: ClassVar[frozenset[str]] = frozenset()
    """Names of fields that responses have too, so that sending one is a special error."""
    is_partial: ClassVar[bool] = False
    """Whether an absent field keeps its value, and so has no default."""


class TaskContent(Fields):
    """Fields of a task that requests and imports share."""

    read_only = frozenset(field.name for field in fields(Task))

    title: Title
    """What to do."""
    description: Description | None = None
    """Details; null for none."""
    completed: bool = False
    """Whether the task is done; the service records the time."""
    priority: Priority | None = None
    """Null for no priority."""
    due_date: DayOrTime | None = None
    """A day, or a time with an offset (RFC 3339); null for no due date."""


class TaskFields(TaskContent):
    """A whole task, for POST and PUT."""

    tag_ids: TagIds = []
    """Ids of all tags of the task."""


class TaskChanges(TaskFields):
    """Changes of a task, for PATCH: absent fields keep their values."""

    is_partial = True

    title: Title = ""


class TaskText(Fields):
    """A task in the words of a person."""

    text: Annotated[
        str,
        StringConstraints(min_length=1, max_length=MAX_TEXT),  # unstripped: spans are offsets
        AfterValidator(storable),
        AfterValidator(not_blank),
    ]
    """Title, due date, tags and priority in one line, such as "pay rent friday 5pm #home !high"."""


class TagFields(Fields):
    """A whole tag, for POST."""

    read_only = frozenset(field.name for field in fields(Tag))

    name: TagName
    """Unique per user, regardless of case."""
    color: Color | None = None
    """A color as #RGB or #RRGGBB; null for none."""


class TagChanges(TagFields):
    """Changes of a tag, for PATCH: absent fields keep their values."""

    is_partial = True

    name: TagName = ""


class TagLink(Fields):
    """A tag to add to a task."""

    tag_id: Id


def _tag_of_row(value: object) -> object:
    """Return the fields of a tag, which a row names by text or, as an export, by an object."""
    if isinstance(value, dict):
        return {name: value[name] for name in ("name", "color") if name in value}
    if isinstance(value, str):
        return {"name": value}
    raise PydanticCustomError("wrong_type", "This must be the name of a tag.")


TagOfRow = Annotated[TagFields, BeforeValidator(_tag_of_row, TagName | TagFields)]


class TaskRow(TaskContent):
    """A task in an import, with its tags by name. The other fields are those of an export."""

    tags: Annotated[list[TagOfRow], Field(max_length=MAX_TAGS_OF_TASK)] = []
    """Names of tags, or objects with a name and a color; an existing tag keeps its color."""
    id: Id | None = None
    """The former id; null for a new one."""
    created_at: Time | None = None
    """Null for the time of the import."""
    updated_at: Time | None = None
    """Null for the time of the import."""
    completed_at: Time | None = None
    """Null for the time of the import; ignored if the task is not completed."""
    position: Annotated[int, Field(ge=1, le=MAX_POSITION)] | None = None
    """The tasks are sorted by it; if the user has no tasks, they get these positions."""
    version: Annotated[int, Field(ge=1, le=MAX_VERSION)] | None = None
    """Null for 1."""

    @model_validator(mode="after")
    def _completed(self) -> Self:
        if not self.completed:
            self.completed_at = None
        return self


class TaskOrder(Fields):
    """Tasks in their new order."""

    task_ids: TaskIds
    """Ids of tasks, each once."""


class BulkAction(TaskOrder):
    """An action on several tasks."""

    action: Literal["complete", "reopen", "delete", "set_priority", "add_tag", "remove_tag"]
    """Applied to all tasks, or to none if one does not exist."""
    priority: Priority | None = None
    """Required for set_priority; null for no priority."""
    tag_id: Id | None = None
    """Required for add_tag and remove_tag."""


class Query(Fields):
    """Query parameters; each arrives as a list of texts."""

    repeatable: ClassVar[frozenset[str]] = frozenset()

    @field_validator("*", mode="before")
    @classmethod
    def _once(cls, values: list[str], info: ValidationInfo) -> list[str] | str:
        if info.field_name in cls.repeatable:
            return values
        if len(values) > 1:
            raise PydanticCustomError("repeated", "Give this parameter once.")
        return values[0]


class PageQuery(Query):
    """Part of a list."""

    page: Annotated[int, Field(ge=1, le=MAX_PAGE), BeforeValidator(_number)] = 1
    """Number of the page. Later pages are slower; a cursor is fast everywhere."""
    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT), BeforeValidator(_number)] = 20
    """Number of items per page."""


class ExportQuery(Query):
    """Format of an export."""

    format: Literal["csv", "json", "ndjson"] = "json"
    """Format of the file."""


class ImportQuery(Query):
    """Options of an import."""

    dry_run: Switch = False
    """Only validate the rows."""
    skip_errors: Switch = False
    """Create the tasks of valid rows although others have errors."""


class StatsQuery(Query):
    """Options of the statistics."""

    tz: Zone = ZoneInfo("UTC")
    """Time zone of today, such as Europe/Berlin."""


class ParseQuery(Query):
    """Options for the words of a task."""

    tz: Zone = ZoneInfo("UTC")
    """Time zone of the days and times in the text, such as Europe/Berlin."""


class TaskQuery(PageQuery):
    """Filters and order of a task list."""

    repeatable = frozenset({"priority", "tag"})

    cursor: Annotated[str, Field(max_length=2000)] = ""
    """Instead of page: next_cursor of the previous response."""
    status: Literal["all", "active", "completed"] = "all"
    """Tasks to do, or tasks that are done."""
    priority: Annotated[list[PriorityOrNone], Field(max_length=4)] = []
    """Tasks with any of these priorities."""
    tag: Annotated[list[TagRef], Field(max_length=MAX_TAGS_OF_TASK)] = []
    """Ids or names of tags, or none for tasks without tags."""
    tag_match: Literal["any", "all"] = "any"
    """Whether a task needs any or all of the tags."""
    due_before: DayOrTime | None = None
    """Tasks due before this day, or before this time with an offset."""
    due_after: DayOrTime | None = None
    """Tasks due after this day, or after this time with an offset."""
    has_due_date: Switch | None = None
    """Tasks with a due date, or tasks without one."""
    overdue: Switch | None = None
    """Tasks that are overdue, or all others."""
    tz: Zone = ZoneInfo("UTC")
    """Time zone in which days begin and end, such as Europe/Berlin."""
    search: Search = ""
    """Words in title or description, regardless of case and accents; #home also finds the tag."""
    sort_by: SortKey = "created_at"
    """Sort key; tasks without a value come last."""
    order: Literal["asc", "desc"] = "desc"
    """Ascending or descending."""
