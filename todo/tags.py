"""The tags of a user: /api/v1/{user_id}/tags."""

from uuid import UUID

from flask import Blueprint, Response, jsonify, url_for
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import undefer

from .answers import TagAnswer
from .database import db, one
from .errors import TagNameTaken, is_unique_violation
from .models import Tag
from .openapi import gives
from .pages import numbered
from .schemas import PageQuery, TagChanges, TagFields, read_body, read_query

bp = Blueprint("tags", __name__, url_prefix="/tags")


@bp.get("")
@gives({200: [TagAnswer]}, query=PageQuery)
def index(user_id: UUID) -> Response:
    """Return a page of tags by name."""
    asked = read_query(PageQuery)
    tags = Tag.of(user_id).options(undefer(Tag.task_count)).order_by(Tag.key)
    return jsonify(numbered(TagAnswer, tags, asked))


@bp.post("")
@gives({201: TagAnswer}, body=TagFields, problems=(409,))
def create(user_id: UUID) -> tuple[Response, int, dict[str, str]]:
    """Make a tag."""
    fields = read_body(TagFields)
    tag = Tag(user_id=user_id, **fields.model_dump())
    db.session.add(tag)
    answer = _save(tag)
    location = url_for(".read", user_id=user_id, tag_id=tag.id)
    return jsonify(answer), 201, {"Location": location}


@bp.get("/<uuid:tag_id>")
@gives({200: TagAnswer})
def read(user_id: UUID, tag_id: UUID) -> Response:
    """Return a tag."""
    return jsonify(TagAnswer.of(_find(user_id, tag_id)))


@bp.patch("/<uuid:tag_id>")
@gives({200: TagAnswer}, body=TagChanges, problems=(409,))
def change(user_id: UUID, tag_id: UUID) -> Response:
    """Set the fields that are sent."""
    changes = read_body(TagChanges).model_dump(exclude_unset=True)
    tag = _find(user_id, tag_id)
    for name, value in changes.items():
        setattr(tag, name, value)
    return jsonify(_save(tag))


@bp.delete("/<uuid:tag_id>")
@gives({204: None})
def delete(user_id: UUID, tag_id: UUID) -> tuple[str, int]:
    """Delete a tag, and take it off its tasks."""
    db.session.delete(_find(user_id, tag_id))
    db.session.commit()
    return "", 204


def _find(user_id: UUID, tag_id: UUID) -> Tag:
    return one(Tag.of(user_id).where(Tag.id == tag_id))


def _save(tag: Tag) -> TagAnswer:
    """Write ``tag`` and return its answer, or raise ``TagNameTaken``."""
    try:
        db.session.flush()
    except IntegrityError as error:
        if is_unique_violation(error):
            raise TagNameTaken from None
        raise
    answer = TagAnswer.of(tag)  # counts its tasks, so within the transaction
    db.session.commit()
    return answer
