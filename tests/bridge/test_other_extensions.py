"""Guards under extensions for APIs: refusals keep their response, and start-up checks see guards.

Flask-RESTX and Flask-RESTful handle errors before Flask does.
"""

import logging
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import flask_openapi3
import flask_restful
import flask_restx
import flask_smorest
import pytest
from flask import Blueprint, Flask
from flask.views import MethodView
from support.faulty_issuer import FaultyIssuer

from bridge import BetterAuth, ConfigError, Refusal, require_user

PATH = "/api/<uuid:user_id>/notes"
Add = Callable[[Flask, Any], None]


def view(user_id: object = None) -> dict[str, bool]:
    return {"granted": True}


def resource_class(base: type, **members: object) -> Any:
    return type("Notes", (base,), {"get": get, **members})


def restx(app: Flask, guard: Any) -> None:
    flask_restx.Api(app).add_resource(resource_class(flask_restx.Resource, get=guard(get)), PATH)


def restx_method_decorators(app: Flask, guard: Any) -> None:
    resource = resource_class(flask_restx.Resource, method_decorators=[guard])
    flask_restx.Api(app).add_resource(resource, PATH)


def restx_api_decorators(app: Flask, guard: Any) -> None:
    api = flask_restx.Api(decorators=[guard])
    api.init_app(app, add_specs=False)  # the guard's argument is not in the route of the specs
    api.add_resource(resource_class(flask_restx.Resource), PATH)


def restx_namespace_decorators(app: Flask, guard: Any) -> None:
    namespace = flask_restx.Namespace("notes", path="/", decorators=[guard])
    namespace.add_resource(resource_class(flask_restx.Resource), PATH)
    flask_restx.Api(app).add_namespace(namespace)


def restx_blueprint(app: Flask, guard: Any) -> None:
    bp = Blueprint("api", __name__, url_prefix="/api/<uuid:user_id>")
    bp.before_request(guard)
    flask_restx.Api(bp).add_resource(resource_class(flask_restx.Resource), "/notes")
    app.register_blueprint(bp)


def restful(app: Flask, guard: Any) -> None:
    flask_restful.Api(app).add_resource(
        resource_class(flask_restful.Resource, get=guard(get)), PATH
    )


def restful_method_decorators(app: Flask, guard: Any) -> None:
    resource = resource_class(flask_restful.Resource, method_decorators=[guard])
    flask_restful.Api(app).add_resource(resource, PATH)


def restful_decorators_of_a_method(app: Flask, guard: Any) -> None:
    resource = resource_class(flask_restful.Resource, method_decorators={"get": [guard]})
    flask_restful.Api(app).add_resource(resource, PATH)


def restful_api_decorators(app: Flask, guard: Any) -> None:
    api = flask_restful.Api(app, decorators=[guard])
    api.add_resource(resource_class(flask_restful.Resource), PATH)


def restful_blueprint(app: Flask, guard: Any) -> None:
    bp = Blueprint("api", __name__)
    bp.before_request(guard)
    flask_restful.Api(bp).add_resource(resource_class(flask_restful.Resource), PATH)
    app.register_blueprint(bp)


def smorest(app: Flask, guard: Any) -> None:
    app.config |= {"API_TITLE": "t", "API_VERSION": "1", "OPENAPI_VERSION": "3.0.2"}
    bp = flask_smorest.Blueprint("api", __name__)
    notes = type("Notes", (MethodView,), {"get": guard(bp.response(200)(get))})
    bp.route(PATH)(notes)
    flask_smorest.Api(app).register_blueprint(bp)


def smorest_blueprint(app: Flask, guard: Any) -> None:
    app.config |= {"API_TITLE": "t", "API_VERSION": "1", "OPENAPI_VERSION": "3.0.2"}
    bp = flask_smorest.Blueprint("api", __name__)
    bp.before_request(guard)
    bp.route(PATH)(bp.response(200)(view))
    flask_smorest.Api(app).register_blueprint(bp)


def openapi3_blueprint(app: Flask, guard: Any) -> None:
    bp = flask_openapi3.APIBlueprint("api", __name__)
    bp.before_request(guard)
    bp.get(PATH)(new_view())
    app.register_api(bp)  # type: ignore[attr-defined]


def openapi3(app: Flask, guard: Any) -> None:
    app.get(PATH)(guard(new_view()))


def new_view() -> Callable[[], dict[str, bool]]:
    """Return a new view: Flask-OpenAPI3 stores its wrapper as an attribute of a view."""

    def openapi3_view() -> dict[str, bool]:
        return view()

    return openapi3_view


def get(self: object, user_id: object) -> dict[str, bool]:
    return view()


CLASSES: dict[Add, Callable[..., Flask]] = {
    openapi3: flask_openapi3.OpenAPI,
    openapi3_blueprint: flask_openapi3.OpenAPI,
}
EXTENSIONS = [
    restx,
    restx_method_decorators,
    restx_api_decorators,
    restx_namespace_decorators,
    restx_blueprint,
    restful,
    restful_method_decorators,
    restful_decorators_of_a_method,
    restful_api_decorators,
    restful_blueprint,
    smorest,
    smorest_blueprint,
    *CLASSES,
]


def make_app(issuer: FaultyIssuer, add: Add, guard: Any, *, bridge_first: bool = True) -> Flask:
    app = CLASSES.get(add, Flask)("api")
    app.config["BETTER_AUTH_URL"] = issuer.url
    if bridge_first:
        BetterAuth(app)
    add(app, guard)
    if not bridge_first:
        BetterAuth(app)
    return app


@pytest.mark.parametrize("bridge_first", [True, False])
@pytest.mark.parametrize("add", EXTENSIONS)
def test_a_refusal_keeps_its_response(
    issuer: FaultyIssuer, caplog: pytest.LogCaptureFixture, add: Add, *, bridge_first: bool
):
    app = make_app(issuer, add, require_user(match_path="user_id"), bridge_first=bridge_first)
    client = app.test_client()
    token = {"Authorization": f"Bearer {issuer.token()}"}
    granted = client.get(f"/api/{issuer.user_uuid}/notes", headers=token)
    assert (granted.status_code, granted.json) == (200, {"granted": True})
    missing = client.get(f"/api/{issuer.user_uuid}/notes")
    assert (missing.status_code, missing.json["code"]) == (401, "token_missing")
    assert missing.content_type == "application/problem+json"
    assert missing.headers["WWW-Authenticate"] == "Bearer"
    other = client.get(f"/api/{uuid4()}/notes", headers=token)
    assert (other.status_code, other.json["code"]) == (403, "user_mismatch")
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


@pytest.mark.parametrize("add", EXTENSIONS)
def test_the_application_can_replace_the_response(issuer: FaultyIssuer, add: Add):
    app = make_app(issuer, add, require_user())

    @app.errorhandler(Refusal)
    def refuse(refusal: Refusal) -> tuple[str, int]:
        return f"no: {refusal.code}", refusal.status

    response = app.test_client().get(f"/api/{issuer.user_uuid}/notes")
    assert (response.status_code, response.text) == (401, "no: token_missing")


@pytest.mark.parametrize("bridge_first", [True, False])
@pytest.mark.parametrize("add", EXTENSIONS)
def test_a_missing_argument_fails_at_start(issuer: FaultyIssuer, add: Add, *, bridge_first: bool):
    with pytest.raises(ConfigError, match="owner_id"):
        make_app(issuer, add, require_user(match_path="owner_id"), bridge_first=bridge_first)


@pytest.mark.parametrize("add", EXTENSIONS)
def test_guard_check_shows_the_guard(issuer: FaultyIssuer, add: Add):
    app = make_app(issuer, add, require_user(match_path="user_id"))
    result = app.test_cli_runner().invoke(args=["guard-check", "--fail-unguarded", "/api/<"])
    assert result.exit_code == 0, result.output
    assert "require_user(match_path='user_id')" in result.output


@pytest.mark.parametrize("add", [restx_method_decorators, restful_method_decorators])
def test_guard_check_shows_require_user_without_a_call(issuer: FaultyIssuer, add: Add):
    app = make_app(issuer, add, require_user)
    result = app.test_cli_runner().invoke(args=["guard-check", "--fail-unguarded", "/api/<"])
    assert result.exit_code == 0, result.output
    assert app.test_client().get(f"/api/{uuid4()}/notes").status_code == 401


def test_every_one_of_several_guards_is_checked_at_start(issuer: FaultyIssuer):
    app = Flask("api")
    app.config["BETTER_AUTH_URL"] = issuer.url
    BetterAuth(app)
    guarded = require_user(check=lambda _: True)(require_user(match_path="owner_id")(view))
    with pytest.raises(ConfigError, match="owner_id"):
        app.get(PATH)(guarded)
