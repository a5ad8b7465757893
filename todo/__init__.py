"""Tasks and tags of users whom Better Auth signs in."""

from collections.abc import Mapping

from flask import Blueprint, Flask

from bridge import require_user

from . import (
    answers,
    bulk,
    database,
    docs_page,
    errors,
    headers,
    health,
    logs,
    metrics,
    openapi,
    stats,
    tags,
    tasks,
    transfer,
    users,
)


def create_app(settings: Mapping[str, object]) -> Flask:
    """Return the service; raises ``bridge.ConfigError`` for a wrong setting of Better Auth."""
    app = Flask(__name__, static_folder=None)
    app.config.from_mapping(settings)
    answers.init_app(app)
    logs.init_app(app)
    headers.init_app(app)
    if app.config.get("METRICS"):
        metrics.init_app(app)
    errors.init_app(app)
    database.init_app(app)
    users.auth.init_app(app)
    for bp in (health.bp, openapi.bp, docs_page.bp, users.bp, _of_one_user()):
        app.register_blueprint(bp)
    app.cli.add_command(openapi.write)
    return app


def _of_one_user() -> Blueprint:
    """Return everything below a user, behind one guard that no resource can forget."""
    bp = Blueprint("api", __name__, url_prefix="/api/v1/<uuid:user_id>")
    bp.before_request(require_user(match_path="user_id"))
    bp.before_request(users.admit)
    for resource in (tasks, bulk, stats, transfer, tags):
        bp.register_blueprint(resource.bp)
    return bp
