"""The verified user: /api/v1/me."""

from flask import Blueprint, Response, g, jsonify

from bridge import require_user

from ..store.session import check_account
from .describe import Content, describe
from .responses import Me

bp = Blueprint("me", __name__, url_prefix="/api/v1/me")
bp.before_request(require_user())


@bp.get("")
@describe({200: Content("The user of the token.", Me)})
def show() -> Response:
    """Return the user whom the token identifies."""
    user = g.user
    check_account(user)
    return jsonify(Me(id=user.id, uuid=user.uuid, email=user.email, name=user.name))
