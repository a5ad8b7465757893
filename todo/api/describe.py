"""Descriptions of operations, declared beside their views for the OpenAPI document."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from .bodies import JSON_OBJECT, BodyFormat
from .requests import Fields, Query

View = TypeVar("View", bound=Callable[..., Any])

_ATTRIBUTE = "__operation__"


@dataclass(frozen=True)
class Content:
    """A response with its description, and the model of its body.

    ``model`` is a record, ``[record]`` for a page of records, None for no body, or a dictionary
    from media type to ``[record]`` for a list, ``str`` for text, or ``dict`` for any object.
    """

    description: str
    model: Any = None
    headers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Body:
    """A request body: a model for a JSON object, or a dictionary as in ``Content``."""

    model: Any
    format: BodyFormat = JSON_OBJECT


@dataclass(frozen=True)
class Operation:
    """Everything about an operation that its route does not say."""

    responses: Mapping[int, Content]
    body: Body | None = None
    query: type[Query] | None = None
    problems: Mapping[int, str] = field(default_factory=dict)
    """Descriptions of the operation's own problems, by status."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Descriptions of request headers, by name."""


def describe(
    responses: Mapping[int, Content],
    *,
    body: type[Fields] | Body | None = None,
    query: type[Query] | None = None,
    problems: Mapping[int, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Callable[[View], View]:
    """Attach the description of its operation to a view."""
    if body is not None and not isinstance(body, Body):
        body = Body(body)
    operation = Operation(responses, body, query, problems or {}, headers or {})

    def attach(view: View) -> View:
        setattr(view, _ATTRIBUTE, operation)
        return view

    return attach


def operation_of(view: Callable[..., Any]) -> Operation | None:
    """Return the operation of a view, or None if it has no description."""
    found: Operation | None = getattr(view, _ATTRIBUTE, None)
    return found
