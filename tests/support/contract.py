"""Check responses against docs/openapi.json, the published description of the API."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import requests
from jsonschema import Draft202012Validator, FormatChecker

DOCUMENT: dict[str, Any] = json.loads((Path(__file__).parents[2] / "docs/openapi.json").read_text())
_UUID = r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_PATHS = {
    re.compile(re.sub(r"\{\w+\}", _UUID, path)): operations
    for path, operations in DOCUMENT["paths"].items()
}


def check(method: str, path: str, response: requests.Response) -> None:
    """Fail unless the document describes the status, media type and body of ``response``."""
    operation = _operation(method.lower(), path.partition("?")[0])
    if operation is None:
        return
    status = str(response.status_code)
    assert status in operation["responses"], f"{method} {path}: {status} is not described"
    content = operation["responses"][status].get("content")
    if content is None:
        assert response.content == b""
        return
    media_type = response.headers["Content-Type"].partition(";")[0]
    assert media_type in content, f"{method} {path}: {media_type} is not described"
    if media_type.endswith("json") and "ndjson" not in media_type:
        _validator(json.dumps(content[media_type]["schema"])).validate(response.json())


def _operation(method: str, path: str) -> Any:
    for pattern, operations in _PATHS.items():
        if pattern.fullmatch(path):
            return operations.get(method)
    return None


@cache
def _validator(schema: str) -> Draft202012Validator:
    complete = {**json.loads(schema), "components": DOCUMENT["components"]}
    return Draft202012Validator(complete, format_checker=FormatChecker())
