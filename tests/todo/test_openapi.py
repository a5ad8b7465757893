"""The description of the API: whole, valid, and the one that is published."""

import json

import contract
import requests
from flask import Flask
from openapi_spec_validator import validate
from processes import ROOT, Gunicorn

from todo.openapi import describe_api


def test_the_published_file_is_what_the_code_says(app: Flask):
    """If it is not: flask --app wsgi openapi docs/openapi.json."""
    assert json.loads(json.dumps(describe_api(app))) == contract.DOCUMENT


def test_it_is_valid_openapi():
    validate(contract.DOCUMENT)


def test_it_is_served_to_anyone(service: Gunicorn):
    answer = requests.get(f"{service.url}/api/openapi.json", timeout=60)
    assert answer.json() == contract.DOCUMENT


def test_every_route_of_the_api_is_described(app: Flask):
    described = {
        (method, path)
        for path, operations in contract.DOCUMENT["paths"].items()
        for method in operations
    }
    routes = {
        (method.lower(), rule.rule.replace("<uuid:", "{").replace(">", "}"))
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/v1/")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert described == routes


def test_no_model_leaves_room_for_what_it_does_not_name():
    schemas = contract.DOCUMENT["components"]["schemas"]
    for name in ("TaskFields", "TaskChanges", "TagFields", "BulkAction", "Problem"):
        assert schemas[name]["additionalProperties"] is False


def test_the_limits_of_fields_are_described():
    fields = contract.DOCUMENT["components"]["schemas"]["TaskFields"]["properties"]
    assert fields["title"] == {"type": "string", "minLength": 1, "maxLength": 200}
    assert fields["tag_ids"]["maxItems"] == 50
    changes = contract.DOCUMENT["components"]["schemas"]["TaskChanges"]
    assert "default" not in changes["properties"]["title"]
    assert "required" not in changes


def test_the_file_is_in_the_repository_for_clients():
    assert (ROOT / "docs/openapi.json").read_text().endswith("}\n")
