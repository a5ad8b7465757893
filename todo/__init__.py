"""Tasks and tags of users who sign in with Better Auth."""

from collections.abc import Mapping

from flask import Flask

from . import api, commands
from .api import chat, docs_page, health, import_export, me, openapi, problems, responses, streams
from .auth import auth
from .plumbing import cors, metrics, request_id, security_headers
from .store import session


def create_app(settings: Mapping[str, object]) -> Flask:
    """Return the service; raises ``bridge.ConfigError`` for an invalid setting of Better Auth."""
    app = Flask(__name__, static_folder=None)
    app.config.from_mapping(settings)
    for part in (
        responses,
        request_id,
        security_headers,
        cors,
        metrics,
        problems,
        session,
        streams,
        chat,
        import_export,
    ):
        part.init_app(app)
    auth.init_app(app)
    for bp in (health.bp, openapi.bp, docs_page.bp, me.bp, api.blueprint()):
        app.register_blueprint(bp)
    for command in (openapi.write, commands.recount, commands.reindex, commands.empty_trash):
        app.cli.add_command(command)
    return app
