"""Entity tags and If-Match: two open tabs lose nothing (RFC 9110, sections 8.8.3 and 13.1.1)."""

import hashlib
import json
from typing import Any

from flask import Response, jsonify, request

from .errors import PreconditionFailed


def tagged(answer: dict[str, Any], status: int = 200) -> Response:
    """Return ``answer`` with its entity tag; 304 to a caller who has it already."""
    response = jsonify(answer)
    response.status_code = status
    response.set_etag(_entity_tag(answer))
    if status == 200:
        response.make_conditional(request)
    return response


def require_match(answer: dict[str, Any]) -> None:
    """Raise ``PreconditionFailed`` if the If-Match of the request does not name ``answer``."""
    if not request.if_match.contains(_entity_tag(answer)):
        raise PreconditionFailed


def _entity_tag(answer: dict[str, Any]) -> str:
    # Of all that is shown: a tag that was renamed changes its tasks too.
    return hashlib.sha256(json.dumps(answer).encode()).hexdigest()[:32]
