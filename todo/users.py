"""The one user table: Better Auth's own where the database is shared, else our copy."""

from flask import Blueprint, current_app, g
from sqlalchemy import inspect, select
from sqlalchemy.dialects import postgresql, sqlite

from bridge import require_user

from .errors import UserUnknown
from .models import User, db, now

bp = Blueprint("users", __name__, url_prefix="/api/v1")


@bp.get("/me")
@require_user
def me() -> dict[str, object]:
    """Show the verified user."""
    user = g.user
    return {"id": user.id, "uuid": str(user.uuid), "email": user.email, "name": user.name}


def ensure_user() -> None:
    """Refuse a deleted account; in a database of our own, make the row at first sight."""
    if g.user.uuid is None:
        raise UserUnknown("the user has no UUID; rows are scoped by it")
    # A connection of its own: no lock is held while the body of the request comes in.
    with db.engine.begin() as connection:
        if connection.scalar(select(User.uuid).where(User.uuid == g.user.uuid)):
            return
        if inspect(connection).has_table("account"):
            raise UserUnknown(f"no row in Better Auth's user table has the uuid {g.user.uuid}")
    with db.engine.begin() as connection:
        dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
        row = {
            "id": g.user.id,
            "uuid": g.user.uuid,
            "name": g.user.name,
            "email": g.user.email,
            "createdAt": now(),
        }
        connection.execute(dialect.insert(User.__table__).values(row).on_conflict_do_nothing())
        if not connection.scalar(select(User.uuid).where(User.uuid == g.user.uuid)):
            current_app.logger.error("user %r is stored with another uuid", g.user.id)
            raise UserUnknown(f"sub {g.user.id!r} is stored with another uuid")
