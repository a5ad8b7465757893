"""Valid and invalid requests, generated from the OpenAPI document.

No response may be a 5xx, or have a status, media type or body that the document does not describe.
"""

from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, assume, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from support import contract
from support.client import Client

CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
)
# The server refuses a longer request line with a 414 problem, before the application sees it.
MAX_REQUEST_LINE = 8190
api = schemathesis.openapi.from_dict(contract.DOCUMENT)


@pytest.fixture(scope="module")
def known(module_alice: Client) -> dict[str, str]:
    """Values for path parameters: the IDs of a user, a task and the tag of the task."""
    tag = module_alice.make("/tags", name="Home")
    task = module_alice.make("/tasks", title="x", tag_ids=[tag["id"]])
    return {"user_id": module_alice.person.uuid, "task_id": task["id"], "tag_id": tag["id"]}


@api.parametrize()
@settings(
    max_examples=20,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
    derandomize=True,
)
def test_every_response_matches_the_openapi_document(
    case: Any, known: dict[str, str], module_alice: Client
):
    for name, value in known.items():
        if name in case.path_parameters:
            case.path_parameters[name] = value
    sent = case.as_transport_kwargs(base_url=module_alice.url)
    path = requests.Request("GET", sent["url"], params=sent["params"]).prepare().path_url
    assume(len(f"{case.method} {path} HTTP/1.1") <= MAX_REQUEST_LINE)
    headers = {"Authorization": f"Bearer {module_alice.token}"}
    case.call_and_validate(base_url=module_alice.url, headers=headers, checks=CHECKS, timeout=60)
