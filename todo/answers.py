"""What callers get: plain records, and how they become JSON."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Self
from uuid import UUID

import msgspec
from flask import Flask, Response
from flask.json.provider import DefaultJSONProvider

from .models import Priority

encode = msgspec.json.Encoder().encode


class JSON(DefaultJSONProvider):
    """Answers records without a detour through dictionaries."""

    def response(self, *args: Any, **kwargs: Any) -> Response:
        """Return what ``jsonify`` was given, as an answer."""
        answer = self._prepare_response_obj(args, kwargs)
        return Response(encode(answer), mimetype=self.mimetype)


def init_app(app: Flask) -> None:
    """Let ``jsonify`` take records."""
    app.json = JSON(app)


class Answer:
    """What the caller gets of a row."""

    __slots__ = ()

    @classmethod
    def of(cls, row: object) -> Self:
        """Return what is shown of ``row``, which has attributes of the same names."""
        return cls(*(getattr(row, name) for name in names_of(cls)))


def names_of(answer: type[Answer]) -> list[str]:
    """Return the names of the fields, in their order."""
    return [field.name for field in fields(answer)]  # type: ignore[arg-type]


@dataclass(slots=True)
class UserAnswer(Answer):
    """Who the token speaks for."""

    id: str
    uuid: UUID
    email: str | None
    name: str | None


@dataclass(slots=True)
class TagOfTask(Answer):
    """A tag where a task shows it."""

    id: UUID
    name: str
    color: str | None


@dataclass(slots=True)
class TagAnswer(Answer):
    """A tag."""

    id: UUID
    name: str
    color: str | None
    task_count: int


@dataclass(slots=True)
class TaskAnswer(Answer):
    """A task; times are in UTC."""

    id: UUID
    user_id: UUID
    title: str
    description: str | None
    completed: bool
    completed_at: datetime | None
    priority: Priority | None
    due_date: datetime | None
    position: int
    tags: list[TagOfTask]
    created_at: datetime
    updated_at: datetime
    version: int


@dataclass(slots=True)
class BulkAnswer(Answer):
    """How many tasks an action changed."""

    changed: int


@dataclass(slots=True)
class OrderAnswer(Answer):
    """Tasks in their new order."""

    task_ids: list[UUID]


@dataclass(slots=True)
class CountsByPriority(Answer):
    """Tasks of each priority, and of none."""

    low: int
    medium: int
    high: int
    none: int


@dataclass(slots=True)
class StatsAnswer(Answer):
    """Numbers over all tasks."""

    total: int
    active: int
    completed: int
    overdue: int
    due_today: int
    by_priority: CountsByPriority
    by_tag: list[TagAnswer]


@dataclass(slots=True)
class RowError(Answer):
    """What is wrong with a row; the first is number 1."""

    row: int
    field: str
    message: str
    code: str


@dataclass(slots=True)
class ImportAnswer(Answer):
    """How many rows there were, and what was made of them."""

    rows: int
    made: int
    errors: list[RowError]


@dataclass(slots=True)
class Page(Answer):
    """A part of a list; every list is answered so."""

    items: list[Any]
    total: int
    page: int
    limit: int
    pages: int
    next_cursor: str | None
