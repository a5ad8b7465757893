"""Holds every answer that a test sees to the published description of the API."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import requests
from jsonschema import Draft202012Validator, FormatChecker

DOCUMENT: dict[str, Any] = json.loads((Path(__file__).parents[2] / "docs/openapi.json").read_text())
_ONE = r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_PATHS = {
    re.compile(re.sub(r"\{\w+\}", _ONE, path)): operations
    for path, operations in DOCUMENT["paths"].items()
}


def check(method: str, path: str, answer: requests.Response) -> None:
    """Fail unless the status and the body of ``answer`` are as described."""
    operation = _operation(method.lower(), path.partition("?")[0])
    if operation is None:
        return
    status = str(answer.status_code)
    assert status in operation["responses"], f"{method} {path}: {status} is not described"
    content = operation["responses"][status].get("content")
    if content is None:
        assert answer.content == b""
        return
    media_type = answer.headers["Content-Type"].partition(";")[0]
    assert media_type in content, f"{method} {path}: {media_type} is not described"
    if media_type.endswith("json") and "ndjson" not in media_type:
        _validator(json.dumps(content[media_type]["schema"])).validate(answer.json())


def _operation(method: str, path: str) -> Any:
    for pattern, operations in _PATHS.items():
        if pattern.fullmatch(path):
            return operations.get(method)
    return None


@cache
def _validator(schema: str) -> Draft202012Validator:
    whole = {**json.loads(schema), "components": DOCUMENT["components"]}
    return Draft202012Validator(whole, format_checker=FormatChecker())
