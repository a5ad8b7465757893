"""What callers may send.

The codes of the errors of a field:

=================  ==========================================================
code               when
=================  ==========================================================
required           the field is missing
unknown_field      there is no such field
read_only          there is, and the caller may not set it
wrong_type         text in place of a number, null where there must be a value
too_short          fewer characters than needed, not counting spaces around
too_long           too many characters or entries
character          a NUL, or half of a surrogate pair
not_a_choice       none of the values that there are
not_a_number       not a whole number
out_of_range       too small or too large, too early or too late
not_a_time         not a time as RFC 3339 has it
offset_missing     a time that does not say in which zone
not_a_uuid         not a UUID with hyphens
not_a_zone         not the name of a time zone
not_a_color        neither #RGB nor #RRGGBB
tag_unknown        this user has no such tag
exclusive          it can't be given together with another parameter
bad_cursor         not from a list of tasks, or from one in another order
repeated           a parameter is given more than once
=================  ==========================================================
"""

import json
import re
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, Literal, NoReturn, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from flask import request
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_core import ErrorDetails, PydanticCustomError
from werkzeug.exceptions import RequestEntityTooLarge

from .answers import RowError, TagAnswer, TaskAnswer, names_of
from .errors import BodyMalformed, FieldError, Invalid, MediaTypeUnsupported
from .models import MAX_DESCRIPTION, MAX_TAG_NAME, MAX_TAGS_OF_TASK, MAX_TITLE, Priority

MAX_SEARCH = 200
MAX_PAGE = 1_000_000_000
MAX_LIMIT = 100
MAX_ERRORS = 100
MAX_BULK = 500
MAX_IMPORT_ROWS = 10_000
EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
# A year before the last: shown in another zone, a later moment may have no date.
LATEST = datetime(9998, 12, 31, tzinfo=UTC)

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_NUMBER = re.compile(r"-?[0-9]{1,18}")
_COLOR = re.compile(r"#([0-9a-f]{3}|[0-9a-f]{6})", re.IGNORECASE)
_TIME = re.compile(  # RFC 3339, section 5.6
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?"
    r"(?P<offset>Z|[+-][0-9]{2}:[0-9]{2})?"
)
# By pydantic's name of the error: ours, and words for people.
_MESSAGES = {
    "missing": ("required", "This is missing."),
    "extra_forbidden": ("unknown_field", "There is no such field."),
    "string_type": ("wrong_type", "This must be text."),
    "bool_type": ("wrong_type", "This must be true or false."),
    "list_type": ("wrong_type", "This must be a list."),
    "string_unicode": ("character", "This has half of a surrogate pair in it."),
    "string_too_short": ("too_short", "This must not be empty."),
    "string_too_long": ("too_long", "This may have at most {max_length} characters."),
    "too_long": ("too_long", "This may have at most {max_length} entries."),
    "too_short": ("too_short", "This must not be empty."),
    "literal_error": ("not_a_choice", "This must be {expected}."),
    "greater_than_equal": ("out_of_range", "This must be at least {ge}."),
    "less_than_equal": ("out_of_range", "This must be at most {le}."),
}


def _storable(text: str) -> str:
    if "\0" in text:
        raise PydanticCustomError("character", "This has a NUL character in it.")
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
        raise PydanticCustomError("repeated", "Name each of them once.")
    return ids


def _zone(value: object) -> ZoneInfo:
    try:
        return ZoneInfo(str(value))
    except (ValueError, OSError, ZoneInfoNotFoundError):
        raise PydanticCustomError(
            "not_a_zone", "This must be a time zone such as Europe/Berlin."
        ) from None


def _name_of_tag(value: object) -> object:
    """Return the name of a tag that an export shows with its id and color."""
    return value.get("name") if isinstance(value, dict) else value


def _switch(value: object) -> bool:
    if value in ("true", "false"):
        return value == "true"
    raise PydanticCustomError("not_a_choice", "This must be true or false.")


def _tag_ref(value: object) -> UUID | str:
    """Return what is a UUID as one, since no one calls a tag that, and else the name."""
    text = _storable(str(value)).strip()
    return UUID(text) if _UUID.fullmatch(text) else text


def _color(value: str) -> str:
    if not _COLOR.fullmatch(value):
        raise PydanticCustomError("not_a_color", "This must be a colour as #RGB or #RRGGBB.")
    digits = value[1:].lower()
    return "#" + (digits if len(digits) == 6 else "".join(digit * 2 for digit in digits))


def _moment(value: object) -> datetime:
    match = _TIME.fullmatch(value.upper()) if isinstance(value, str) else None
    if match is None:
        raise PydanticCustomError("not_a_time", "This must be a time such as 2030-01-31T09:00:00Z.")
    if match["offset"] is None:
        raise PydanticCustomError("offset_missing", "This time needs an offset: Z, or +02:00.")
    try:
        moment = datetime.fromisoformat(match[0])
    except ValueError:
        raise PydanticCustomError("not_a_time", "There is no such date or time.") from None
    # Aware moments compare as moments; converting the first and the last would overflow.
    if not EARLIEST <= moment <= LATEST:
        raise PydanticCustomError("out_of_range", "This must be in the years 1900 to 9998.")
    return moment.astimezone(UTC)


def _without_duplicates(ids: list[UUID]) -> list[UUID]:
    return list(dict.fromkeys(ids))


Title = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_TITLE),
    AfterValidator(_storable),
]
Description = Annotated[
    str, StringConstraints(max_length=MAX_DESCRIPTION), AfterValidator(_storable)
]
TagName = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_TAG_NAME),
    AfterValidator(_storable),
]
TagOfRow = Annotated[TagName, BeforeValidator(_name_of_tag)]
Color = Annotated[
    str, AfterValidator(_color), Field(json_schema_extra={"pattern": "^#([0-9a-fA-F]{3}){1,2}$"})
]
Moment = Annotated[datetime, BeforeValidator(_moment)]
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
    AfterValidator(_storable),
]


class Fields(BaseModel):
    """What a caller may send; nothing is guessed or ignored."""

    model_config = ConfigDict(strict=True, extra="forbid", use_attribute_docstrings=True)
    answered: ClassVar[frozenset[str]] = frozenset()


class TaskContent(Fields):
    """What a task is about, however it comes."""

    answered = frozenset(names_of(TaskAnswer))

    title: Title
    """What is to be done."""
    description: Description | None = None
    """More about it; null for nothing."""
    completed: bool = False
    """Whether it is done; when is noted by the service."""
    priority: Priority | None = None
    """Null for none."""
    due_date: Moment | None = None
    """A time with an offset (RFC 3339); null for no hurry."""


class TaskFields(TaskContent):
    """A whole task, as POST and PUT take it."""

    tag_ids: TagIds = []
    """All of its tags."""


class TaskChanges(TaskFields):
    """What PATCH takes: only the fields that were sent count, so the default never does."""

    title: Title = ""


class TagFields(Fields):
    """A whole tag."""

    answered = frozenset(names_of(TagAnswer))

    name: TagName
    """Unique for its user, whatever the case."""
    color: Color | None = None
    """As #RGB or #RRGGBB; null for none."""


class TagChanges(TagFields):
    """What PATCH takes: only the fields that were sent count, so the default never does."""

    name: TagName = ""


class TagLink(Fields):
    """A tag to put on a task."""

    tag_id: Id


class TaskRow(TaskContent):
    """A task as an import has it, its tags by name."""

    tags: Annotated[list[TagOfRow], Field(max_length=MAX_TAGS_OF_TASK)] = []


class TaskOrder(Fields):
    """Tasks in a new order."""

    task_ids: TaskIds
    """Each of them once."""


class BulkAction(TaskOrder):
    """What to do to many tasks."""

    action: Literal["complete", "reopen", "delete", "set_priority", "add_tag", "remove_tag"]
    """What is done to each task, or to none if one is not there."""
    priority: Priority | None = None
    """Needed by set_priority; null for none."""
    tag_id: Id | None = None
    """Needed by add_tag and remove_tag."""


class Query(Fields):
    """The parameters of an address: lists of text."""

    repeatable: ClassVar[frozenset[str]] = frozenset()

    @field_validator("*", mode="before")
    @classmethod
    def _once(cls, values: list[str], info: ValidationInfo) -> list[str] | str:
        if info.field_name in cls.repeatable:
            return values
        if len(values) > 1:
            raise PydanticCustomError("repeated", "Give this once.")
        return values[0]


class PageQuery(Query):
    """Which part of a list is asked for."""

    page: Annotated[int, Field(ge=1, le=MAX_PAGE), BeforeValidator(_number)] = 1
    """The number of a page; the further in, the slower: a cursor is not."""
    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT), BeforeValidator(_number)] = 20
    """How many there are on a page."""


class ExportQuery(Query):
    """In which format."""

    format: Literal["csv", "json", "ndjson"] = "json"
    """How the tasks are written."""


class ImportQuery(Query):
    """Whether only to look."""

    dry_run: Switch = False
    """Only look whether all rows are good."""


class StatsQuery(Query):
    """Whose today is meant."""

    tz: Zone = ZoneInfo("UTC")
    """The time zone whose today is meant, such as Europe/Berlin."""


class TaskQuery(PageQuery):
    """Which tasks are asked for, and in which order."""

    repeatable = frozenset({"priority", "tag"})

    cursor: Annotated[str, Field(max_length=2000)] = ""
    """In place of page: the next_cursor of the answer before."""
    status: Literal["all", "active", "completed"] = "all"
    """Done, or still to do."""
    priority: Annotated[list[Literal["low", "medium", "high", "none"]], Field(max_length=4)] = []
    """Any of these."""
    tag: Annotated[list[TagRef], Field(max_length=MAX_TAGS_OF_TASK)] = []
    """Ids or names of tags, or none for untagged."""
    tag_match: Literal["any", "all"] = "any"
    """Whether one of the tags is enough."""
    due_before: Moment | None = None
    """A time with an offset."""
    due_after: Moment | None = None
    """A time with an offset."""
    has_due_date: Switch | None = None
    """With a due date, or without."""
    overdue: Switch | None = None
    """Due before now and not done, or all others."""
    search: Search = ""
    """In title and description, whatever the case."""
    sort_by: SortKey = "created_at"
    """Tasks without the value come last."""
    order: Literal["asc", "desc"] = "desc"
    """Ascending or descending."""


Sent = TypeVar("Sent", bound=Fields)


def read_body(model: type[Sent]) -> Sent:
    """Return the body, checked; to be called before the first query of a view.

    A caller who sends slowly would else keep a transaction open, and other writers out.
    Raises ``MediaTypeUnsupported``, ``RequestEntityTooLarge``, ``BodyMalformed`` or ``Invalid``.
    """
    if not request.is_json:
        raise MediaTypeUnsupported
    try:
        value = decode_json(read_data().decode("utf-8"))
    except (ValueError, RecursionError):
        raise BodyMalformed from None
    if not isinstance(value, dict):
        raise BodyMalformed
    return _checked(model, value)


def read_data() -> bytes:
    """Return the whole body, or raise ``RequestEntityTooLarge``."""
    data = request.get_data()
    # Werkzeug cuts off a body that does not say its length, in silence.
    if request.content_length is None and len(data) == request.max_content_length:
        raise RequestEntityTooLarge
    return data


def read_query(model: type[Sent]) -> Sent:
    """Return the parameters of the address, checked, or raise ``Invalid``."""
    return _checked(model, request.args.to_dict(flat=False))


def check_row(number: int, values: Any) -> tuple[TaskRow | None, list[RowError]]:
    """Return the task of a row, or None and what is wrong with it."""
    if not isinstance(values, dict):
        error = RowError(row=number, field="", message="This must be an object.", code="wrong_type")
        return None, [error]
    # What only an export has is not imported: it is new here.
    unread = set(names_of(TaskAnswer)) - TaskRow.model_fields.keys()
    values = {name: value for name, value in values.items() if name not in unread}
    try:
        return _checked(TaskRow, values), []
    except Invalid as invalid:
        return None, [RowError(row=number, **asdict(error)) for error in invalid.errors]


def _checked(model: type[Sent], values: dict[str, Any]) -> Sent:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
        raise Invalid(_field_errors(details[:MAX_ERRORS], model.answered)) from None


def _field_errors(details: list[ErrorDetails], answered: frozenset[str]) -> Iterator[FieldError]:
    for detail in details:
        field = ".".join(str(part) for part in detail["loc"])[:100]
        if detail["type"] == "extra_forbidden" and field in answered:
            yield FieldError(field, "This can't be set.", "read_only")
            continue
        # What our own validators raise has its code and words already.
        code, message = _MESSAGES.get(detail["type"], (detail["type"], detail["msg"]))
        yield FieldError(field, message.format_map(detail.get("ctx", {})), code)


def decode_json(text: str) -> Any:
    """Return what ``text`` says; raise ``ValueError`` or ``RecursionError`` if it is no JSON."""
    return _JSON.decode(text)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("duplicate member")  # two readers would see two bodies: RFC 8259, 4
    return members


def _refuse(text: str) -> NoReturn:
    raise ValueError(f"{text} is not JSON")


_JSON = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_refuse)
