"""Reads the rows of an import from the bytes of a JSON or CSV file, as spreadsheets write them."""

import csv
import io
import json
import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from .bodies import TASK_ROWS, decode_json, validate_row
from .problems import BodyMalformed, BodyTooLarge, MediaTypeUnsupported
from .requests import MAX_IMPORT_ROWS, TaskRow
from .responses import RowError

COLUMNS = (
    "title",
    "description",
    "completed",
    "priority",
    "due_date",
    "tags",
    "created_at",
    "completed_at",
    "updated_at",
    "position",
    "version",
    "id",
)
"""The columns of an export."""
FORMULA = re.compile(r"'*[=+\-@\t\r]")
SEPARATORS = ",;\t"
_NUMBER = re.compile(r"[0-9]{1,18}")
# The csv module has no codes for its errors.
_CSV_ERRORS = {
    "unexpected end of data": "a quote is not closed",
    "expected after": "text follows a closing quote; write a quote within a cell twice",
    "field larger than field limit": "a cell has more than 131,072 characters",
}


class SentRow(NamedTuple):
    """A row of a file; the first one after the header has the number 1."""

    number: int
    values: Any
    is_too_long: bool = False
    """Whether the row has more cells than the header."""

    def validated(self) -> tuple[TaskRow | None, list[RowError]]:
        """Return the task of the row, or None and the errors of the row."""
        task, errors = validate_row(self.number, self.values)
        if not self.is_too_long:
            return task, errors
        message = "This row has more cells than the header has columns."
        return None, [RowError(self.number, "", message, "unknown_field"), *errors]


def read_rows(data: bytes, media_type: str) -> list[SentRow]:
    """Return the rows of a file.

    Raises ``MediaTypeUnsupported``, ``BodyMalformed`` with the row if it is known, and
    ``BodyTooLarge`` if there are more than ``MAX_IMPORT_ROWS``.
    """
    if media_type not in READERS:
        raise MediaTypeUnsupported(TASK_ROWS.unsupported)
    try:
        rows = READERS[media_type](_decoded(data, media_type))
    except json.JSONDecodeError as error:
        detail = f"The JSON is malformed in line {error.lineno}, column {error.colno}."
        raise BodyMalformed(detail) from None
    except (ValueError, RecursionError):
        raise BodyMalformed(TASK_ROWS.malformed) from None
    if len(rows) > MAX_IMPORT_ROWS:
        raise BodyTooLarge(TASK_ROWS.too_large)
    return rows


def _decoded(data: bytes, media_type: str) -> str:
    """Return the text of a file. Only CSV files that are not UTF-8 are taken for Windows-1252."""
    if data.startswith(BOM_UTF8):
        return data.decode("utf-8-sig")
    if data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return data.decode("utf-16")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        if media_type != "text/csv":
            raise
        return data.decode("cp1252")


def _read_json(text: str) -> list[SentRow]:
    rows = decode_json(text)
    if not isinstance(rows, list):
        raise ValueError("not a list")  # noqa: TRY004 (a malformed body, as any other)
    return [SentRow(number, values) for number, values in enumerate(rows, start=1)]


def _read_csv(text: str) -> list[SentRow]:
    text = text.lstrip("\r\n")
    header, separator = _header(text)
    lines = _lines(text, separator)
    next(lines, None)
    rows = []
    # Not csv.DictReader, which fills each row up to the header: few bytes would become many cells.
    for number, line in enumerate(lines, start=1):
        if not any(map(str.strip, line)):
            continue  # spreadsheets leave rows of empty cells
        cells = list(zip(header, line, strict=False))
        values = {name: _from_cell(name, cell) for name, cell in cells if name and cell}
        beyond = [*line[len(header) :], *(cell for name, cell in cells if not name)]
        rows.append(SentRow(number, values, any(map(str.strip, beyond))))
        if len(rows) > MAX_IMPORT_ROWS:
            break
    return rows


def _header(text: str) -> tuple[list[str], str]:
    """Return the names of the columns, and the separator with which the most of them are known.

    A column without a name is empty text; spreadsheets leave such columns at the end.
    """
    headers = {separator: _names(text, separator) for separator in SEPARATORS}
    known = {
        separator: sum(name in COLUMNS for name in names) for separator, names in headers.items()
    }
    separator = max(SEPARATORS, key=lambda one: known[one])
    header = headers[separator] or next(_lines(text, separator), [])
    if not known[separator] and any(header):
        raise BodyMalformed(
            "The first line of a CSV file must name the columns, such as title, description and "
            "due_date. It names none of them."
        )
    named = [name for name in header if name]
    if len(set(named)) < len(named):
        raise BodyMalformed("The header of the CSV file names a column twice.")
    return header, separator


def _names(text: str, separator: str) -> list[str]:
    try:
        return ["_".join(cell.lower().split()) for cell in next(_lines(text, separator), [])]
    except BodyMalformed:  # such as "title";"tags" with another separator
        return []


def _lines(text: str, separator: str) -> Iterator[list[str]]:
    """Yield the lines of a CSV file as cells; the first is the header."""
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    number = 0
    while True:
        try:
            line = next(lines, None)
        except csv.Error as error:
            causes = (cause for words, cause in _CSV_ERRORS.items() if words in str(error))
            place = f"Row {number}" if number else "The header"
            cause = next(causes, "this is not CSV")
            raise BodyMalformed(f"{place} of the CSV file can't be read: {cause}.") from None
        if line is None:
            return
        yield line
        number += 1


def _from_cell(name: str, cell: str) -> Any:
    """Return the JSON value of a cell; a cell that has none is left to the validation."""
    text = cell[1:] if cell.startswith("'") and FORMULA.match(cell) else cell
    if name == "completed":
        return {"true": True, "false": False}.get(text.strip().lower(), text)
    if name in ("position", "version"):
        return int(text) if _NUMBER.fullmatch(text) else text
    if name == "tags":
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return text
    return text


READERS: dict[str, Callable[[str], list[SentRow]]] = {
    "application/json": _read_json,
    "text/csv": _read_csv,
}
