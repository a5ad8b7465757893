"""The OpenAPI 3.1 document, made of the routes, their descriptions and the models."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from inspect import getdoc
from pathlib import Path
from typing import Any

import click
from flask import Blueprint, Flask, Response, current_app
from flask.cli import with_appcontext
from pydantic import TypeAdapter
from pydantic.json_schema import JsonSchemaMode
from werkzeug.routing import Rule

from .bodies import BodyFormat
from .describe import Content, Operation, operation_of
from .idempotency import HEADER as KEY_HEADER
from .idempotency import is_idempotent
from .requests import Fields, Query
from .responses import encode

bp = Blueprint("openapi", __name__)

_EXTENSION = "openapi_document"
_PROBLEM = "application/problem+json"
# Problems of all operations; the others are described beside their views.
_PROBLEMS = {
    400: "There are two credentials.",
    401: "The token is missing or invalid, or its account does not exist.",
    500: "A bug of the service; the log has the `request_id`.",
    503: "The keys or the database are not available; see `Retry-After`.",
}
_WRONG_USER = "The path names another user."
_INVALID = "Some values are invalid; see `errors`."
_KEY = "A new key for each request. A repeated request with the same key is done once, for a day."
_RUNNING = "The request with this Idempotency-Key is still running; see `Retry-After`."


@bp.get("/api/openapi.json")
def show() -> Response:
    """Return the OpenAPI document."""
    documents = current_app.extensions
    if _EXTENSION not in documents:
        # It needs no token, and takes 18 ms to build.
        documents[_EXTENSION] = encode(describe_api(current_app))
    return Response(documents[_EXTENSION], mimetype="application/json")


@click.command("openapi")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@with_appcontext
def write(file: Path) -> None:
    """Write the OpenAPI document into FILE."""
    file.write_text(json.dumps(describe_api(current_app), indent=2) + "\n")


def describe_api(app: Flask) -> dict[str, Any]:
    """Return the OpenAPI document of ``app``."""
    described = [
        (rule, method, operation)
        for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule)
        if (operation := _operation_of(app.view_functions[rule.endpoint]))
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
            "description": "Tasks and tags of users who sign in with Better Auth.",
        },
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "The JWT of Better Auth's `authClient.token()`.",
                }
            },
            "schemas": _schemas(operation for _, _, operation in described),
        },
    }


def _operation_of(view: Callable[..., Any]) -> Operation | None:
    """Return the operation of a view, with the header and the problems of an Idempotency-Key."""
    operation = operation_of(view)
    if operation is None or not is_idempotent(view):
        return operation
    problems = {409: _RUNNING, 422: _INVALID, **operation.problems}
    if 409 in operation.problems:
        problems[409] = f"{operation.problems[409]} Or: {_RUNNING}"
    headers = {**operation.headers, KEY_HEADER: _KEY}
    return replace(operation, problems=problems, headers=headers)


def _path(rule: Rule) -> str:
    return rule.rule.replace("<uuid:", "{").replace(">", "}")


def _operation(rule: Rule, operation: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": rule.endpoint.removeprefix("api.").replace(".", "_"),
        "tags": [rule.endpoint.removeprefix("api.").partition(".")[0]],
        "parameters": [
            *_path_parameters(rule),
            *_query_parameters(operation.query),
            *_header_parameters(operation.headers),
        ],
        "responses": {
            **{str(status): _response(one) for status, one in operation.responses.items()},
            **{
                str(status): _problem(status, description)
                for status, description in sorted(_problems(rule, operation).items())
            },
        },
    }
    if operation.body is not None:
        content = _content(operation.body.model)
        described["requestBody"] = {"required": True, "content": content}
    return described


def _problems(rule: Rule, operation: Operation) -> dict[int, str]:
    """Return the descriptions of the problems of an operation, by status."""
    problems = {**_PROBLEMS}
    if "user_id" in rule.arguments:
        problems[403] = _WRONG_USER
    if operation.body is not None:
        accepted: BodyFormat = operation.body.format
        problems[400] = f"{accepted.malformed} Or there are two credentials."
        problems[413] = accepted.too_large
        problems[415] = accepted.unsupported
    if operation.body is not None or operation.query is not None:
        problems[422] = _INVALID
    return problems | dict(operation.problems)


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


def _header_parameters(headers: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    request_id = "Repeated in the response and in the log; generated if it is not sent."
    for name, description in {**headers, "X-Request-ID": request_id}.items():
        yield {"name": name, "in": "header", "description": description, "schema": _TEXT}


def _response(response: Content) -> dict[str, Any]:
    described: dict[str, Any] = {"description": response.description}
    if response.model is not None:
        described["content"] = _content(response.model)
    if response.headers:
        described["headers"] = {name: {"schema": _TEXT} for name in response.headers}
    return described


def _problem(status: int, description: str) -> dict[str, Any]:
    name = {404: "NotFoundProblem", 422: "ValidationProblem"}.get(status, "Problem")
    schema = {"$ref": f"#/components/schemas/{name}"}
    return {"description": description, "content": {_PROBLEM: {"schema": schema}}}


def _content(model: Any) -> dict[str, Any]:
    """Return the content of a body by media type; ``describe.Content`` defines ``model``."""
    match model:
        case dict():
            return {media_type: {"schema": _items(one)} for media_type, one in model.items()}
        case [item]:
            return {"application/json": {"schema": _page(item)}}
        case _:
            return {"application/json": {"schema": _ref(model)}}


def _items(model: Any) -> dict[str, Any]:
    if isinstance(model, list):
        return {"type": "array", "items": _ref(model[0])}
    return _PLAIN[model]


def _page(model: type) -> dict[str, Any]:
    members = {
        "items": {"type": "array", "items": _ref(model)},
        **{name: {"type": "integer"} for name in ("total", "page", "limit", "pages")},
        "next_cursor": {"type": ["string", "null"]},
    }
    return _object(members)


def _ref(model: type) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{model.__name__}"}


def _schemas(operations: Iterable[Operation]) -> dict[str, Any]:
    bodies: set[type] = set()
    responses: set[type] = set()
    for operation in operations:
        if operation.body is not None:
            bodies.update(_models(operation.body.model))
        for response in operation.responses.values():
            responses.update(_models(response.model))
    models: list[tuple[type, JsonSchemaMode]] = [(model, "validation") for model in bodies]
    models += [(model, "serialization") for model in responses]
    models.sort(key=lambda one: one[0].__name__)
    _, found = TypeAdapter.json_schemas(
        [(model.__name__, mode, TypeAdapter(model)) for model, mode in models],
        ref_template="#/components/schemas/{model}",
    )
    schemas = {name: _without_title(schema) for name, schema in found["$defs"].items()}
    for model in bodies:
        if issubclass(model, Fields) and model.is_partial:
            for schema in schemas[model.__name__]["properties"].values():
                schema.pop("default", None)
    for name, example in EXAMPLES.items():
        schemas[name]["examples"] = [example]
    return schemas | _PROBLEM_SCHEMAS


def _models(described: Any) -> Iterator[type]:
    """Yield the models in a description of a body or a response."""
    match described:
        case dict():
            for one in described.values():
                yield from _models(one)
        case list():
            yield from described
        case _ if described not in (None, *_PLAIN):
            yield described


def _without_title(schema: Any) -> Any:
    """Remove titles, which only repeat the names of fields."""
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
_PLAIN: dict[Any, dict[str, Any]] = {str: _TEXT, dict: {"type": "object"}}
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
    "ValidationProblem": _object(
        _PROBLEM_MEMBERS | {"errors": {"type": "array", "items": _FIELD_ERROR}}
    ),
    "NotFoundProblem": _object(_PROBLEM_MEMBERS | {"unknown": _UNKNOWN}, optional=("unknown",)),
}
_TASK = {
    "title": "Water the plants",
    "description": "The balcony too",
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
    "Task": {
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
    "TaskText": {"text": "Pay rent by 2030-01-31 #Home !high"},
    "ParsedTask": {
        "title": "Pay rent",
        "due_date": "2030-01-31",
        "priority": "high",
        "tags": ["Home"],
        "repeat": None,
        "spans": [
            {"field": "due_date", "start": 9, "end": 22},
            {"field": "tag", "start": 23, "end": 28},
            {"field": "priority", "start": 29, "end": 34},
        ],
    },
    "ChatRequest": {
        "type": "threads.create",
        "params": {
            "input": {
                "content": [{"type": "input_text", "text": "add pay rent friday 5pm #home"}],
                "attachments": [],
                "inference_options": {},
            }
        },
    },
    "TagFields": _TAG,
    "TagChanges": {"color": None},
    "Tag": {"id": _TAG_ID, **_TAG, "task_count": 1},
    "TagLink": {"tag_id": _TAG_ID},
    "BulkAction": {"action": "set_priority", "task_ids": [_TASK_ID], "priority": "low"},
    "BulkResult": {"changed": 1},
    "TaskOrder": {"task_ids": [_TASK_ID]},
    "Me": {"id": "u1", "uuid": _USER_ID, "email": "ada@example.com", "name": "Ada"},
}
