"""Bodies of responses that are not records of the store, and how records become JSON."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
from flask import Flask, Response
from flask.json.provider import DefaultJSONProvider

encode = msgspec.json.Encoder().encode


class JSON(DefaultJSONProvider):
    """Encodes dataclasses directly, without a dictionary in between."""

    def response(self, *args: Any, **kwargs: Any) -> Response:
        """Return the response of ``jsonify``."""
        content = self._prepare_response_obj(args, kwargs)
        return Response(encode(content), mimetype=self.mimetype)


def init_app(app: Flask) -> None:
    """Let ``jsonify`` accept records."""
    app.json = JSON(app)


@dataclass(slots=True)
class Me:
    """The user whom the token identifies."""

    id: str
    uuid: UUID
    email: str | None
    name: str | None


@dataclass(slots=True)
class BulkResult:
    """The number of tasks that an action changed."""

    changed: int


@dataclass(slots=True)
class Undone:
    """The number of tasks of a change that was undone."""

    tasks: int


@dataclass(slots=True)
class Order:
    """Tasks in their new order."""

    task_ids: list[UUID]


@dataclass(slots=True)
class RowError:
    """An error in a row of an import; the first row is number 1."""

    row: int
    field: str
    message: str
    code: str


@dataclass(slots=True)
class ImportReport:
    """The numbers of rows, of created tasks and of rows whose id exists already, and errors."""

    rows: int
    created: int
    made: int
    """The same as ``created``, for clients that read the former name."""
    skipped: int
    errors: list[RowError]


@dataclass(slots=True)
class Page:
    """A part of a list."""

    items: list[Any]
    total: int
    page: int
    limit: int
    pages: int
    next_cursor: str | None
