"""Describes the API as OpenAPI 3.1, from the views and the models that they use."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from inspect import getdoc
from pathlib import Path
from typing import Any, TypeVar

import click
from flask import Blueprint, Flask, current_app
from flask.cli import with_appcontext
from pydantic import TypeAdapter
from pydantic.json_schema import JsonSchemaMode
from werkzeug.routing import Rule

from .answers import Answer
from .schemas import Fields, Query

bp = Blueprint("openapi", __name__)

View = TypeVar("View", bound=Callable[..., Any])

_ATTRIBUTE = "__operation__"
_PROBLEM = "application/problem+json"
_USER_PATH = "/api/v1/{user_id}"
_PROBLEMS = {
    304: "It is what the caller has already.",
    400: "The body is not one JSON object, or there are two credentials.",
    401: "There is no valid token, or its account is gone.",
    403: "The path names another user.",
    404: "There is no such row of this user.",
    409: "Another tag of this user has the name.",
    412: "It was changed meanwhile.",
    413: "The body is larger than 1 MiB.",
    415: "The body is not JSON.",
    422: "Some values can't be taken; `errors` says which, and why.",
    500: "Our fault; the log has the `request_id`.",
    503: "The keys or the database are not there; see `Retry-After`.",
}


@dataclass(frozen=True)
class Operation:
    """What a view takes and gives, beyond what its route says."""

    answers: dict[int, Any]
    body: type[Fields] | tuple[str, ...] | None
    query: type[Query] | None
    problems: tuple[int, ...]


def gives(
    answers: dict[int, Any],
    *,
    body: type[Fields] | tuple[str, ...] | None = None,
    query: type[Query] | None = None,
    problems: tuple[int, ...] = (),
) -> Callable[[View], View]:
    """Describe a view: its answers by status, its body and query, and problems of its own.

    An answer is a model, a list of one for a page of them, or None for no body; a body is a
    model. Media types stand for either where it is more than one object.
    """

    def describe(view: View) -> View:
        setattr(view, _ATTRIBUTE, Operation(answers, body, query, problems))
        return view

    return describe


@bp.get("/api/openapi.json")
def show() -> dict[str, Any]:
    """Return this description."""
    return describe_api(current_app)


@click.command("openapi")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@with_appcontext
def write(file: Path) -> None:
    """Write the description of the API into FILE."""
    file.write_text(json.dumps(describe_api(current_app), indent=2) + "\n")


def describe_api(app: Flask) -> dict[str, Any]:
    """Return the OpenAPI document of ``app``."""
    described = [
        (rule, method, operation)
        for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule)
        if (operation := getattr(app.view_functions[rule.endpoint], _ATTRIBUTE, None))
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]
    paths: dict[str, Any] = {}
    for rule, method, operation in described:
        summary = (getdoc(app.view_functions[rule.endpoint]) or "").partition("\n")[0]
        path = paths.setdefault(_path(rule), {})
        path[method.lower()] = {"summary": summary, **_operation(rule, operation)}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Tasks and tags",
            "version": "1",
            "description": "Every row belongs to one user, whom Better Auth signs in.",
        },
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "The token of Better Auth's `authClient.token()`.",
                }
            },
            "schemas": _schemas(operation for _, _, operation in described),
        },
    }


def _path(rule: Rule) -> str:
    return rule.rule.replace("<uuid:", "{").replace(">", "}")


def _operation(rule: Rule, operation: Operation) -> dict[str, Any]:
    found: dict[str, Any] = {
        "operationId": rule.endpoint.removeprefix("api.").replace(".", "_"),
        "parameters": [*_path_parameters(rule), *_query_parameters(operation.query)],
        "responses": {
            **{str(status): _answer(status, model) for status, model in operation.answers.items()},
            **{str(status): _problem(status) for status in _statuses(rule, operation)},
        },
    }
    if not found["parameters"]:
        del found["parameters"]
    if operation.body is not None:
        body = operation.body
        content = _streams(body) if isinstance(body, tuple) else _json(_ref(body))
        found["requestBody"] = {"required": True, "content": content}
    return found


def _streams(media_types: tuple[str, ...]) -> dict[str, Any]:
    return {media_type: {} for media_type in media_types}


def _statuses(rule: Rule, operation: Operation) -> list[int]:
    """Return the problems that an operation can end in."""
    statuses = {401, 500, 503, 400, *operation.problems}
    if "user_id" in rule.arguments:
        statuses.add(403)
    if len(rule.arguments) > 1:
        statuses.add(404)
    if operation.body is not None:
        statuses |= {413, 415, 422}
    if operation.query is not None:
        statuses.add(422)
    return sorted(statuses)


def _path_parameters(rule: Rule) -> Iterator[dict[str, Any]]:
    for name in sorted(rule.arguments):
        schema = {"type": "string", "format": "uuid"}
        yield {"name": name, "in": "path", "required": True, "schema": schema}


def _query_parameters(query: type[Query] | None) -> Iterator[dict[str, Any]]:
    if query is not None:
        for name, schema in query.model_json_schema()["properties"].items():
            yield {"name": name, "in": "query", "schema": _without_title(schema)}


def _answer(status: int, model: Any) -> dict[str, Any]:
    if model is None:
        return {"description": "Done; there is no body."}
    if isinstance(model, tuple):
        return {"description": "All that there is.", "content": _streams(model)}
    schema = _page(model[0]) if isinstance(model, list) else _ref(model)
    description = {200: "What was asked for.", 201: "What was made."}[status]
    return {"description": description, "content": _json(schema)}


def _page(model: type[Answer]) -> dict[str, Any]:
    members = {
        "items": {"type": "array", "items": _ref(model)},
        **{name: {"type": "integer"} for name in ("total", "page", "limit", "pages")},
        "next_cursor": {"type": ["string", "null"]},
    }
    return _object(members)


def _problem(status: int) -> dict[str, Any]:
    if status == 304:
        return {"description": _PROBLEMS[status]}
    name = {404: "ProblemOfTasks", 422: "ProblemOfFields"}.get(status, "Problem")
    schema = {"$ref": f"#/components/schemas/{name}"}
    return {"description": _PROBLEMS[status], "content": {_PROBLEM: {"schema": schema}}}


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _ref(model: type[Answer] | type[Fields]) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{model.__name__}"}


def _schemas(operations: Iterator[Operation]) -> dict[str, Any]:
    bodies: set[Any] = set()
    answers: set[Any] = set()
    for operation in operations:
        if operation.body is not None and not isinstance(operation.body, tuple):
            bodies.add(operation.body)
        for model in operation.answers.values():
            if model is not None and not isinstance(model, tuple):
                answers.add(model[0] if isinstance(model, list) else model)
    models: list[tuple[Any, JsonSchemaMode]] = [(model, "validation") for model in bodies]
    models += [(model, "serialization") for model in answers]
    models.sort(key=lambda one: str(one[0].__name__))
    _, found = TypeAdapter.json_schemas(
        [(model.__name__, mode, TypeAdapter(model)) for model, mode in models],
        ref_template="#/components/schemas/{model}",
    )
    schemas = {name: _without_title(schema) for name, schema in found["$defs"].items()}
    for model in bodies:
        if model.__name__.endswith("Changes"):  # what is absent stays as it is
            for schema in schemas[model.__name__]["properties"].values():
                schema.pop("default", None)
    return schemas | _PROBLEM_SCHEMAS


def _without_title(schema: Any) -> Any:
    """Drop the titles that repeat the names of fields."""
    if isinstance(schema, dict):
        return {
            name: _without_title(value)
            for name, value in schema.items()
            if not (name == "title" and isinstance(value, str))
        }
    return [_without_title(one) for one in schema] if isinstance(schema, list) else schema


def _object(members: dict[str, Any], optional: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": members,
        "required": [name for name in members if name not in optional],
        "additionalProperties": False,
    }


_TEXT = {"type": "string"}
_PROBLEM_MEMBERS = {
    "type": _TEXT,
    "title": _TEXT,
    "status": {"type": "integer"},
    "detail": _TEXT,
    "code": _TEXT,
    "request_id": _TEXT,
}
_FIELD_ERROR = _object({"field": _TEXT, "message": _TEXT, "code": _TEXT})
_UNKNOWN = {"type": "array", "items": {"type": "string", "format": "uuid"}}
_PROBLEM_SCHEMAS = {
    "Problem": _object(_PROBLEM_MEMBERS),
    "ProblemOfFields": _object(
        _PROBLEM_MEMBERS | {"errors": {"type": "array", "items": _FIELD_ERROR}}
    ),
    "ProblemOfTasks": _object(_PROBLEM_MEMBERS | {"unknown": _UNKNOWN}, optional=("unknown",)),
}
