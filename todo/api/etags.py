"""Entity tags and If-Match, so that two open tabs lose nothing (RFC 9110, 8.8.3 and 13.1.1)."""

import hashlib

from flask import Response, jsonify, request

from ..store.records import Task
from .problems import PreconditionFailed
from .responses import encode


def with_etag(task: Task, status: int = 200) -> Response:
    """Return a task with its entity tag, or 304 if the client has this version already."""
    response = jsonify(task)
    response.status_code = status
    tag = _entity_tag(response.data)
    response.set_etag(tag)
    # Not make_conditional, which also reads If-Match and does not know "If-Match: *".
    if request.method in ("GET", "HEAD") and request.if_none_match.contains_weak(tag):
        response.status_code = 304
        response.set_data(b"")
    return response


def check_if_match(task: Task) -> None:
    """Raise ``PreconditionFailed`` if the request has an If-Match that does not name ``task``."""
    if "If-Match" in request.headers and not request.if_match.contains(_entity_tag(encode(task))):
        raise PreconditionFailed(
            "The task was changed since you read it. Read it again and repeat your change."
        )


def _entity_tag(content: bytes) -> str:
    # A hash of the whole response, because renaming a tag changes its tasks too.
    return hashlib.sha256(content).hexdigest()[:32]
