"""A user's tags."""

from uuid import UUID

from flask import Blueprint, url_for
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from werkzeug.exceptions import Conflict

from bridge import require_user

from .models import Tag, TaskTag, db
from .schemas import Page, TagBody, TagChanges
from .users import ensure_user

bp = Blueprint("tags", __name__, url_prefix="/api/v1/<uuid:user_id>/tags")
bp.before_request(require_user(match_path="user_id"))
bp.before_request(ensure_user)


def find(user_id: UUID, tag_id: UUID) -> Tag:
    """Return one tag, or end with 404."""
    tag: Tag = db.one_or_404(Tag.of(user_id).where(Tag.id == tag_id), description="No such tag.")
    return tag


@bp.get("")
def index(user_id: UUID) -> dict[str, object]:
    """List the tags by name."""
    query = Page.read()
    total = db.session.scalar(select(func.count()).where(Tag.user_id == user_id)) or 0
    rows = db.session.scalars(
        Tag.of(user_id)
        .order_by(Tag.name_key)
        .offset((query.page - 1) * query.limit)
        .limit(query.limit)
    )
    return envelope([shown(tag) for tag in rows], total, query)


@bp.post("")
def create(user_id: UUID) -> tuple[dict[str, object], int, dict[str, str]]:
    """Make a tag."""
    tag = Tag(user_id=user_id, **TagBody.read().model_dump())
    db.session.add(tag)
    _commit()
    return shown(tag), 201, {"Location": url_for(".read", user_id=user_id, tag_id=tag.id)}


@bp.get("/<uuid:tag_id>")
def read(user_id: UUID, tag_id: UUID) -> dict[str, object]:
    """Show a tag."""
    return shown(find(user_id, tag_id))


@bp.patch("/<uuid:tag_id>")
def change(user_id: UUID, tag_id: UUID) -> dict[str, object]:
    """Change what is given."""
    changes = TagChanges.read().model_dump(exclude_unset=True)
    tag = find(user_id, tag_id)
    for name, value in changes.items():
        setattr(tag, name, value)
    _commit()
    return shown(tag)


@bp.delete("/<uuid:tag_id>")
def delete(user_id: UUID, tag_id: UUID) -> tuple[str, int]:
    """Delete a tag, and take it off its tasks."""
    db.session.delete(find(user_id, tag_id))
    db.session.commit()
    return "", 204


def envelope(items: list[dict[str, object]], total: int, query: Page) -> dict[str, object]:
    """Return a page of a list."""
    return {
        "items": items,
        "total": total,
        "page": query.page,
        "limit": query.limit,
        "pages": -(-total // query.limit),
        "next_cursor": None,
    }


def shown(tag: Tag) -> dict[str, object]:
    """Return a tag as callers see it."""
    uses = select(func.count()).where(TaskTag.user_id == tag.user_id, TaskTag.tag_id == tag.id)
    return {
        "id": str(tag.id),
        "name": tag.name,
        "color": tag.color,
        "task_count": db.session.scalar(uses),
    }


def _commit() -> None:
    try:
        db.session.commit()
    except IntegrityError:
        db.session.rollback()
        raise Conflict("There is a tag of this name already.") from None
