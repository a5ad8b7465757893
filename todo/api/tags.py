"""Tags of a user: /api/v1/{user_id}/tags."""

from uuid import UUID

from flask import Blueprint, Response, g, jsonify

from ..store import tags
from ..store.records import Tag
from ..store.session import read
from .bodies import read_body, read_query
from .describe import Content, describe
from .idempotency import idempotent, write
from .pagination import envelope
from .requests import PageQuery, TagChanges, TagFields

bp = Blueprint("tags", __name__, url_prefix="/tags")

THE_TAG = Content("The tag.", Tag)
NO_TAG = "You have no such tag."
NAME_TAKEN = "Another tag of yours has this name."


@bp.get("")
@describe({200: Content("A page of tags.", [Tag])}, query=PageQuery)
def index(user_id: UUID) -> Response:
    """List tags by name."""
    query = read_query(PageQuery)
    with read(g.user) as reader:
        found, total = tags.page(reader, limit=query.limit, offset=(query.page - 1) * query.limit)
    return jsonify(envelope(found, total, query, page=query.page))


@bp.post("")
@describe(
    {201: Content("The new tag.", Tag, headers=("Location",))},
    body=TagFields,
    problems={409: NAME_TAKEN},
)
@idempotent
def create(user_id: UUID) -> tuple[Response, int, dict[str, str]]:
    """Create a tag."""
    sent = read_body(TagFields)
    with write(g.user) as transaction:
        tag = tags.create(transaction, sent.name, sent.color)
    return jsonify(tag), 201, {"Location": f"tags/{tag.id}"}


@bp.get("/<uuid:tag_id>")
@describe({200: THE_TAG}, problems={404: NO_TAG})
def show(user_id: UUID, tag_id: UUID) -> Response:
    """Return a tag."""
    with read(g.user) as reader:
        return jsonify(tags.find(reader, tag_id))


@bp.patch("/<uuid:tag_id>")
@describe({200: THE_TAG}, body=TagChanges, problems={404: NO_TAG, 409: NAME_TAKEN})
def update(user_id: UUID, tag_id: UUID) -> Response:
    """Update a tag: absent fields keep their values."""
    changes = read_body(TagChanges).model_dump(exclude_unset=True)
    with write(g.user) as transaction:
        tag = tags.update(transaction, tags.find(transaction, tag_id), changes)
    return jsonify(tag)


@bp.delete("/<uuid:tag_id>")
@describe({204: Content("The tag was deleted.")}, problems={404: NO_TAG})
def delete(user_id: UUID, tag_id: UUID) -> tuple[str, int]:
    """Delete a tag, and remove it from its tasks."""
    with write(g.user) as transaction:
        tags.delete(transaction, tags.find(transaction, tag_id))
    return "", 204
