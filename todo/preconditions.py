"""Entity tags and If-Match: two open tabs lose nothing (RFC 9110, sections 8.8.3 and 13.1.1)."""

import hashlib

from flask import Response, jsonify, request

from .answers import Answer, encode
from .errors import PreconditionFailed


def tagged(answer: Answer, status: int = 200) -> Response:
    """Return ``answer`` with its entity tag; 304 to a caller who has it already."""
    response = jsonify(answer)
    response.status_code = status
    response.set_etag(_entity_tag(response.data))
    if status == 200:
        response.make_conditional(request)
    return response


def require_match(answer: Answer) -> None:
    """Raise ``PreconditionFailed`` if the If-Match of the request does not name ``answer``."""
    if not request.if_match.contains(_entity_tag(encode(answer))):
        raise PreconditionFailed


def _entity_tag(shown: bytes) -> str:
    # Of all that is shown: a tag that was renamed changes its tasks too.
    return hashlib.sha256(shown).hexdigest()[:32]
