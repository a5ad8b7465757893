"""The OpenAPI document: complete, valid and equal to the published file."""

import json

import pytest
import requests
from flask import Flask
from jsonschema import Draft202012Validator, FormatChecker
from openapi_spec_validator import validate
from support import contract
from support.processes import ROOT, Gunicorn

from todo.api.openapi import EXAMPLES, describe_api


def test_the_published_file_equals_the_generated_document(app: Flask):
    """To update the file, run: flask --app wsgi openapi docs/openapi.json."""
    assert json.loads(json.dumps(describe_api(app))) == contract.DOCUMENT


def test_the_document_is_valid_openapi():
    validate(contract.DOCUMENT)


def test_the_document_is_served_without_a_token(service: Gunicorn):
    response = requests.get(f"{service.url}/api/openapi.json", timeout=60)
    assert response.json() == contract.DOCUMENT


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


def test_models_allow_no_additional_properties():
    schemas = contract.DOCUMENT["components"]["schemas"]
    for name in ("TaskFields", "TaskChanges", "TagFields", "BulkAction", "Problem"):
        assert schemas[name]["additionalProperties"] is False


def test_the_limits_of_fields_are_described():
    fields = contract.DOCUMENT["components"]["schemas"]["TaskFields"]["properties"]
    assert fields["title"].items() >= {"type": "string", "minLength": 1, "maxLength": 200}.items()
    assert fields["tag_ids"]["maxItems"] == 50
    changes = contract.DOCUMENT["components"]["schemas"]["TaskChanges"]
    assert "default" not in changes["properties"]["title"]
    assert "required" not in changes


def test_the_published_file_ends_with_a_line_break():
    assert (ROOT / "docs/openapi.json").read_text().endswith("}\n")


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_matches_its_schema(name: str):
    schema = {"$ref": f"#/components/schemas/{name}", "components": contract.DOCUMENT["components"]}
    Draft202012Validator(schema, format_checker=FormatChecker()).validate(EXAMPLES[name])


def test_every_body_has_an_example_and_every_parameter_a_description():
    for operations in contract.DOCUMENT["paths"].values():
        for operation in operations.values():
            body = operation.get("requestBody", {}).get("content", {}).get("application/json")
            if body is not None:
                schema = body["schema"].get("items", body["schema"])
                assert schema["$ref"].rpartition("/")[2] in EXAMPLES
            for parameter in operation["parameters"]:
                assert parameter["in"] == "path" or parameter["description"]
