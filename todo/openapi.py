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

from .answers import Answer, TaskAnswer
from .schemas import Fields, Query

bp = Blueprint("openapi", __name__)

View = TypeVar("View", bound=Callable[..., Any])

_ATTRIBUTE = "__operation__"
_PROBLEM = "application/problem+json"
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
    body: Any
    query: type[Query] | None
    problems: tuple[int, ...]


def gives(
    answers: dict[int, Any],
    *,
    body: Any = None,
    query: type[Query] | None = None,
    problems: tuple[int, ...] = (),
) -> Callable[[View], View]:
    """Describe a view: its answers by status, its body and query, and problems of its own.

    An answer is a model, a list of one for a page of them, or None for no body; a body is a
    model. Where either is more than one object, it has a list of a model, or ``str`` for text,
    by media type.
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
        "tags": [rule.endpoint.removeprefix("api.").partition(".")[0]],
        "parameters": [
            *_path_parameters(rule),
            *_query_parameters(operation.query),
            *_header_parameters(operation),
        ],
        "responses": {
            **{str(status): _answer(status, model) for status, model in operation.answers.items()},
            **{str(status): _problem(status) for status in _statuses(rule, operation)},
        },
    }
    if operation.body is not None:
        body = operation.body
        content = _media(body) if isinstance(body, dict) else _json(_ref(body))
        found["requestBody"] = {"required": True, "content": content}
    return found


def _media(models: dict[str, Any]) -> dict[str, Any]:
    """Return the contents of streams: text, or a list of records."""
    return {
        media_type: {
            "schema": {"type": "string"}
            if model is str
            else {"type": "array", "items": _ref(model[0])}
        }
        for media_type, model in models.items()
    }


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
        for name, found in query.model_json_schema()["properties"].items():
            schema = _without_title(found)
            description = schema.pop("description")
            yield {"name": name, "in": "query", "description": description, "schema": schema}


def _header_parameters(operation: Operation) -> Iterator[dict[str, Any]]:
    for status, name in ((304, "If-None-Match"), (412, "If-Match")):
        if status in operation.problems:
            description = "The ETag of what the caller has."
            yield {"name": name, "in": "header", "description": description, "schema": _TEXT}
    description = "Named in the answer and in the log; made if it is not sent."
    yield {"name": "X-Request-ID", "in": "header", "description": description, "schema": _TEXT}


def _answer(status: int, model: Any) -> dict[str, Any]:
    if model is None:
        return {"description": "Done; there is no body."}
    if isinstance(model, dict):
        return {"description": "All that there is.", "content": _media(model)}
    schema = _page(model[0]) if isinstance(model, list) else _ref(model)
    description = {200: "What was asked for.", 201: "What was made."}[status]
    answer = {"description": description, "content": _json(schema)}
    names = ["ETag"] if model is TaskAnswer else []
    names += ["Location"] if status == 201 and model is not None else []
    if names:
        answer["headers"] = {name: {"schema": _TEXT} for name in names}
    return answer


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
        bodies.update(_models(operation.body))
        for answer in operation.answers.values():
            answers.update(_models(answer))
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
    for name, example in EXAMPLES.items():
        schemas[name]["examples"] = [example]
    return schemas | _PROBLEM_SCHEMAS


def _models(described: Any) -> Iterator[Any]:
    """Yield the models of a body or an answer."""
    match described:
        case dict():
            for one in described.values():
                yield from _models(one)
        case list():
            yield from described
        case _ if described not in (None, str):
            yield described


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
_TASK = {
    "title": "Water the plants",
    "description": "Those on the balcony too",
    "completed": False,
    "priority": "high",
    "due_date": "2030-01-31T09:00:00Z",
}
_TAG = {"name": "Home", "color": "#2f9e44"}
_TASK_ID, _TAG_ID, _USER_ID = (
    "01945a3c-7a00-7000-8000-000000000001",
    "01945a3c-7a00-7000-8000-000000000002",
    "7d444840-9dc0-41d1-b245-5ffdce74fad2",
)
EXAMPLES: dict[str, dict[str, Any]] = {
    "TaskFields": {**_TASK, "tag_ids": [_TAG_ID]},
    "TaskChanges": {"completed": True},
    "TaskRow": {**_TASK, "tags": ["Home"]},
    "TaskAnswer": {
        "id": _TASK_ID,
        "user_id": _USER_ID,
        **_TASK,
        "completed_at": None,
        "position": 1,
        "tags": [{"id": _TAG_ID, **_TAG}],
        "created_at": "2030-01-01T08:00:00.123456Z",
        "updated_at": "2030-01-01T08:00:00.123456Z",
        "version": 1,
    },
    "TagFields": _TAG,
    "TagChanges": {"color": None},
    "TagAnswer": {"id": _TAG_ID, **_TAG, "task_count": 1},
    "TagLink": {"tag_id": _TAG_ID},
    "BulkAction": {"action": "set_priority", "task_ids": [_TASK_ID], "priority": "low"},
    "BulkAnswer": {"changed": 1},
    "TaskOrder": {"task_ids": [_TASK_ID]},
    "UserAnswer": {"id": "u1", "uuid": _USER_ID, "email": "ada@example.com", "name": "Ada"},
}
