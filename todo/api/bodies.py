"""Reads and validates request bodies and query parameters."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, NoReturn, TypeVar

from flask import request
from gunicorn.http.errors import ParseException
from pydantic import ValidationError
from pydantic_core import ErrorDetails
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge

from .problems import BodyMalformed, BodyTooLarge, FieldError, Invalid, MediaTypeUnsupported
from .requests import MAX_IMPORT_ROWS, Fields, TaskRow
from .responses import RowError

MAX_ERRORS = 100
MEBIBYTE = 1024 * 1024

# Name of an error in pydantic -> our code, and a message for people.
_MESSAGES = {
    "missing": ("required", "This field is required."),
    "extra_forbidden": ("unknown_field", "There is no such field."),
    "string_type": ("wrong_type", "This must be text."),
    "bool_type": ("wrong_type", "This must be true or false."),
    "int_type": ("wrong_type", "This must be a whole number."),
    "list_type": ("wrong_type", "This must be a list."),
    "dict_type": ("wrong_type", "This must be an object."),
    "model_type": ("wrong_type", "This must be an object."),
    "string_unicode": ("character", "This contains half of a surrogate pair."),
    "string_too_short": ("too_short", "This must not be empty."),
    "string_too_long": ("too_long", "This may have at most {max_length} characters."),
    "too_long": ("too_long", "This may have at most {max_length} entries."),
    "too_short": ("too_short", "This must not be empty."),
    "literal_error": ("not_a_choice", "This must be {expected}."),
    "greater_than_equal": ("out_of_range", "This must be at least {ge}."),
    "less_than_equal": ("out_of_range", "This must be at most {le}."),
}

Model = TypeVar("Model", bound=Fields)


@dataclass(frozen=True)
class BodyFormat:
    """Format and size of a request body. The sentences are for problems and for OpenAPI."""

    media_types: tuple[str, ...]
    max_bytes: int
    malformed: str
    too_large: str

    @property
    def unsupported(self) -> str:
        """The sentence for another Content-Type."""
        return f"Send the body as {' or '.join(self.media_types)}."


CHAT_REQUEST = BodyFormat(
    media_types=("application/json",),
    max_bytes=64 * 1024,
    malformed="The body must be one JSON object in UTF-8, without duplicate names.",
    too_large="The body may have at most 64 KiB.",
)
JSON_OBJECT = BodyFormat(
    media_types=("application/json",),
    max_bytes=MEBIBYTE,
    malformed="The body must be one JSON object in UTF-8, without duplicate names.",
    too_large="The body may have at most 1 MiB.",
)
TASK_ROWS = BodyFormat(
    media_types=("application/json", "text/csv"),
    max_bytes=5 * MEBIBYTE,
    malformed=(
        "The body must be a JSON list in UTF-8, or a CSV file with a header in UTF-8, UTF-16 or "
        "Windows-1252."
    ),
    too_large=f"An import may have at most 5 MiB and {MAX_IMPORT_ROWS:,} rows.",
)


def read_body(model: type[Model], accepted: BodyFormat = JSON_OBJECT) -> Model:
    """Return the validated body, a JSON object; to be called before a connection is taken.

    A slow client would otherwise hold a transaction open while it sends. Raises
    ``MediaTypeUnsupported``, ``BodyTooLarge``, ``BodyMalformed`` or ``Invalid``.
    """
    if not request.is_json:
        raise MediaTypeUnsupported(accepted.unsupported)
    try:
        value = decode_json(read_bytes(accepted).decode("utf-8"))
    except (ValueError, RecursionError):
        raise BodyMalformed(accepted.malformed) from None
    if not isinstance(value, dict):
        raise BodyMalformed(accepted.malformed)
    return validate(model, value)


def read_bytes(accepted: BodyFormat) -> bytes:
    """Return the whole body, or raise ``BodyTooLarge`` or ``BodyMalformed``."""
    request.max_content_length = accepted.max_bytes
    try:
        data = request.get_data()
    except RequestEntityTooLarge:
        raise BodyTooLarge(accepted.too_large) from None
    except (ClientDisconnected, ParseException):  # of a chunked body: RFC 9112, section 7.1
        raise BodyMalformed("The chunks of the body are malformed, or some are missing.") from None
    # gunicorn returns what arrived before the client closed the connection.
    if request.content_length is not None and len(data) < request.content_length:
        raise BodyMalformed("The body is shorter than its Content-Length.")
    # Werkzeug truncates a chunked body without an error.
    if request.content_length is None and len(data) == accepted.max_bytes:
        raise BodyTooLarge(accepted.too_large)
    return data


def read_query(model: type[Model]) -> Model:
    """Return the validated query parameters, or raise ``Invalid``."""
    return validate(model, request.args.to_dict(flat=False))


def validate_row(number: int, values: Any) -> tuple[TaskRow | None, list[RowError]]:
    """Return the task in row ``number`` of an import, or None and the errors of the row."""
    if not isinstance(values, dict):
        message = "A row must be an object."
        return None, [RowError(row=number, field="", message=message, code="wrong_type")]
    # An export has fields that only the service sets. An import ignores them.
    ignored = TaskRow.read_only - TaskRow.model_fields.keys()
    try:
        row = {name: value for name, value in values.items() if name not in ignored}
        return validate(TaskRow, row), []
    except Invalid as invalid:
        return None, [RowError(row=number, **asdict(error)) for error in invalid.errors]


def validate(model: type[Model], values: dict[str, Any], within: tuple[str, ...] = ()) -> Model:
    """Return the validated ``values``, which are a part of the body, ``within`` it; or ``Invalid``.

    ``within`` has the names of the members that lead to the part.
    """
    try:
        return model.model_validate(values)
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)[:MAX_ERRORS]
        for detail in details:
            detail["loc"] = (*within, *detail["loc"])
        raise Invalid(_field_errors(details, model.read_only)) from None


def _field_errors(details: list[ErrorDetails], read_only: frozenset[str]) -> Iterator[FieldError]:
    for detail in details:
        field = ".".join(str(part) for part in detail["loc"])[:100]
        if detail["type"] == "extra_forbidden" and field in read_only:
            yield FieldError(field, "This field is read-only.", "read_only")
            continue
        # The errors of our own validators have their code and message already.
        code, message = _MESSAGES.get(detail["type"], (detail["type"], detail["msg"]))
        yield FieldError(field, message.format_map(detail.get("ctx", {})), code)


def decode_json(text: str) -> Any:
    """Return the value of a JSON text, or raise ``ValueError`` or ``RecursionError``."""
    return _JSON.decode(text)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("duplicate name")  # two parsers would see two bodies: RFC 8259, 4
    return members


def _refuse(text: str) -> NoReturn:
    raise ValueError(f"{text} is not JSON")


_JSON = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_refuse)
