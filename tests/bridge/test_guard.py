import asyncio
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Blueprint, Flask, g, jsonify, session
from flask.views import MethodView
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from support.faulty_issuer import FaultyIssuer, SigningKey

from bridge import (
    BetterAuth,
    ConfigError,
    Refusal,
    User,
    current_user,
    optional_user,
    require_user,
)

ROOT = Path(__file__).parents[2]


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def get(app: Flask, path: str, token: str | None = None, method: str = "GET") -> Any:
    return app.test_client().open(path, method=method, headers=bearer(token) if token else {})


def test_a_view_sees_the_verified_user(app: Flask, issuer: FaultyIssuer):
    response = get(app, "/me", issuer.token())
    assert response.json == {
        "id": "w3kPzu0Yc7WbQn5o2HXhJdV9tRsLmA8E",
        "uuid": issuer.user_uuid,
        "name": "Ada",
    }


def test_the_challenge_without_a_credential_is_bearer_alone(app: Flask):
    response = get(app, "/me")
    assert (response.status_code, response.json["code"]) == (401, "token_missing")
    assert response.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", " Bearer ", "Bearer  "])
def test_the_scheme_is_case_insensitive(app: Flask, issuer: FaultyIssuer, scheme: str):
    header = {"Authorization": f"{scheme} {issuer.token()}"}
    assert app.test_client().get("/me", headers=header).status_code == 200


@pytest.mark.parametrize("kind", ["JWT", "jwt"])
def test_the_typ_jwt_is_accepted(app: Flask, issuer: FaultyIssuer, kind: str):
    header = {"alg": "EdDSA", "kid": "key-1", "typ": kind}
    assert get(app, "/me", issuer.token(header=header)).status_code == 200


def test_a_refusal_is_a_problem_that_is_not_cached(app: Flask, issuer: FaultyIssuer):
    response = get(app, "/me", issuer.token(exp=1))
    assert response.json == {
        "type": "about:blank",
        "title": "Unauthorized",
        "status": 401,
        "detail": "The token has expired. Get a fresh token.",
        "code": "token_expired",
    }
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("transform", [str, lambda user: user.upper()])
def test_a_uuid_in_the_path_is_case_insensitive(
    app: Flask, issuer: FaultyIssuer, transform: Callable[[str], str]
):
    assert get(app, f"/{transform(issuer.user_uuid)}/notes", issuer.token()).status_code == 200


def test_another_user_s_path_is_forbidden(
    app: Flask, issuer: FaultyIssuer, caplog: pytest.LogCaptureFixture
):
    caplog.set_level("INFO")
    other = str(uuid4())
    response = get(app, f"/{other}/notes", issuer.token())
    assert (response.status_code, response.json["code"]) == (403, "user_mismatch")
    assert "WWW-Authenticate" not in response.headers
    assert other in caplog.text
    assert issuer.user_uuid in caplog.text


LOGGING_SCRIPT = """
import logging, sys
from flask import Flask
from bridge import BetterAuth, require_user

app = Flask("newcomer")
app.config["BETTER_AUTH_URL"] = "http://127.0.0.1:9"
BetterAuth(app)
app.get("/me")(require_user(lambda: ""))
app.test_client().get("/me")
if level := sys.argv[1]:
    logging.basicConfig(level=level, force=True)
    app.test_client().get("/me", headers={"Authorization": "Basic eA=="})
"""


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        ("", [("refused GET", "token_missing")]),
        ("INFO", [("refused GET", "token_missing"), ("INFO:bridge.guard:", "token_malformed")]),
        ("WARNING", [("refused GET", "token_missing")]),
    ],
)
def test_refusals_are_on_stderr_until_the_application_configures_logging(
    level: str, expected: list[tuple[str, str]]
):
    command = [sys.executable, "-c", LOGGING_SCRIPT, level]
    output = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stderr
    lines = [line for line in output.splitlines() if "refused GET" in line]
    assert len(lines) == len(expected), output
    for line, (start, code) in zip(lines, expected, strict=True):
        assert line.startswith(start)
        assert code in line


def test_text_ids_are_compared_exactly(make_app: Callable[..., Flask], issuer: FaultyIssuer):
    app = make_app(BETTER_AUTH_USER_CLAIM="sub")

    @app.get("/by-id/<user_id>")
    @require_user(match_path="user_id")
    def by_id(user_id: str) -> str:
        return user_id

    token = issuer.token(uuid=None)
    user_id = issuer.claims()["sub"]
    assert get(app, f"/by-id/{user_id}", token).text == user_id
    assert get(app, f"/by-id/{user_id.lower()}", token).status_code == 403


def test_async_views_are_guarded(app: Flask, issuer: FaultyIssuer):
    @app.get("/later")
    @require_user
    async def later() -> str:
        await asyncio.sleep(0)
        return g.user.name

    assert get(app, "/later", issuer.token()).text == "Ada"
    assert get(app, "/later").status_code == 401


def test_method_views_are_guarded(app: Flask, issuer: FaultyIssuer):
    class Notes(MethodView):
        decorators = (require_user(match_path="user_id"),)

        def get(self, user_id: UUID) -> str:
            return str(user_id)

        def delete(self, user_id: UUID) -> tuple[str, int]:
            return "", 204

    app.add_url_rule("/method/<uuid:user_id>", view_func=Notes.as_view("method"))
    path = f"/method/{issuer.user_uuid}"
    assert get(app, path, issuer.token()).text == issuer.user_uuid
    assert get(app, path, issuer.token(), "DELETE").status_code == 204
    assert get(app, path, method="DELETE").status_code == 401
    assert get(app, f"/method/{uuid4()}", issuer.token()).status_code == 403


def test_a_whole_blueprint_is_guarded(app: Flask, issuer: FaultyIssuer):
    bp = Blueprint("private", __name__, url_prefix="/private")
    bp.before_request(require_user())
    bp.get("/")(lambda: current_user.name)
    app.register_blueprint(bp)
    assert get(app, "/private/", issuer.token()).text == "Ada"
    assert get(app, "/private/").status_code == 401
    assert get(app, "/private/", method="OPTIONS").status_code == 200


def test_a_blueprint_guard_matches_its_path(app: Flask, issuer: FaultyIssuer):
    bp = Blueprint("mine", __name__, url_prefix="/mine/<uuid:user_id>")
    bp.before_request(require_user(match_path="user_id"))
    bp.get("/")(lambda **_: current_user.name)
    app.register_blueprint(bp)
    assert get(app, f"/mine/{issuer.user_uuid}/", issuer.token()).text == "Ada"
    assert get(app, f"/mine/{uuid4()}/", issuer.token()).status_code == 403


def test_an_explicit_options_view_is_guarded(app: Flask):
    bp = Blueprint("own", __name__)
    bp.before_request(require_user())
    bp.route("/own", methods=["OPTIONS"])(lambda: "secret")
    app.register_blueprint(bp)
    assert get(app, "/own", method="OPTIONS").status_code == 401


def test_a_route_without_the_argument_fails_when_it_is_added(app: Flask):
    with pytest.raises(ConfigError, match=r"'/typo/<uuid:users_id>', which has no"):

        @app.get("/typo/<uuid:users_id>")
        @require_user(match_path="user_id")
        def typo(users_id: UUID) -> None: ...


def test_a_blueprint_with_a_route_without_the_argument_fails_when_registered(app: Flask):
    outer = Blueprint("outer", __name__, url_prefix="/<uuid:user_id>")
    inner = Blueprint("inner", __name__)
    inner.before_request(require_user(match_path="owner_id"))
    inner.get("/")(lambda **_: "")
    outer.register_blueprint(inner)
    with pytest.raises(ConfigError, match="owner_id"):
        app.register_blueprint(outer)


def test_a_route_added_before_the_extension_is_checked(issuer: FaultyIssuer):
    app = Flask("late")
    app.config["BETTER_AUTH_URL"] = issuer.url
    app.get("/typo")(require_user(match_path="user_id")(lambda: ""))
    with pytest.raises(ConfigError, match="user_id"):
        BetterAuth(app)


def test_a_path_check_that_cannot_run_does_not_grant_access(app: Flask, issuer: FaultyIssuer):
    guarded = require_user(match_path="user_id")(lambda **_: "secret")

    @app.get("/hidden")
    def hidden() -> str:
        return guarded()  # the start-up check cannot see this guard

    assert get(app, "/hidden", issuer.token()).status_code == 500


def test_an_app_without_the_extension_grants_no_access():
    app = Flask("bare")
    app.get("/me")(require_user(lambda: "secret"))
    assert get(app, "/me", "a.b.c").status_code == 500


def test_a_refused_request_has_no_user_of_an_earlier_request(app: Flask, issuer: FaultyIssuer):
    app.get("/open")(lambda: {"user": "user" in g})
    with app.app_context():  # requests share g, as in a test that pushes a context
        assert get(app, "/me", issuer.token()).status_code == 200
        assert get(app, "/me", issuer.token(exp=1)).status_code == 401
        assert get(app, "/open").json == {"user": False}


def test_current_user_raises_without_a_verified_user(app: Flask):
    with app.test_request_context(), pytest.raises(RuntimeError, match="no verified user"):
        str(current_user.id)


def test_an_application_can_replace_the_response(app: Flask):
    @app.errorhandler(Refusal)
    def refuse(refusal: Refusal) -> tuple[str, int, dict[str, str]]:
        return f"no: {refusal.code}", refusal.status, refusal.headers

    response = get(app, "/me")
    assert (response.text, response.status_code) == ("no: token_missing", 401)
    assert response.headers["WWW-Authenticate"] == "Bearer"


def test_guards_keep_name_and_doc_of_a_view():
    @require_user(match_path="user_id")
    def view(user_id: UUID) -> None:
        """Show it."""

    assert (view.__name__, view.__doc__) == ("view", "Show it.")


def test_a_key_that_was_replaced_under_its_kid_is_accepted_immediately(
    app: Flask, issuer: FaultyIssuer
):
    """An issuer with a new database and serial ids gives the kid 1 to another key."""
    old = issuer.token()
    assert get(app, "/me", old).status_code == 200
    issuer.keys = [SigningKey("key-1")]
    assert get(app, "/me", issuer.token()).status_code == 200
    assert get(app, "/me", old).json["code"] == "signature_invalid"


def test_a_view_can_return_and_store_the_claims(app: Flask, issuer: FaultyIssuer):
    app.secret_key = "for the session"

    @app.get("/claims")
    @require_user
    def claims() -> Any:
        session["claims"] = g.user.claims
        return jsonify(user=g.user, claims=g.user.claims, roles=g.user.claims["roles"])

    response = get(app, "/claims", issuer.token(roles=["admin"], plan={"limits": {"tasks": 1}}))
    assert response.json["roles"] == ["admin"]
    assert response.json["claims"] == response.json["user"]["claims"]
    assert response.json["claims"]["plan"] == {"limits": {"tasks": 1}}


def test_a_token_is_verified_outside_of_views(app: Flask, issuer: FaultyIssuer):
    auth = BetterAuth()
    with app.app_context():
        user = auth.verify(issuer.token())
        assert isinstance(user, User)
        with pytest.raises(Refusal):
            auth.verify("nonsense")


@pytest.mark.parametrize("role", ["admin", "user", None])
def test_a_check_must_return_true(app: Flask, issuer: FaultyIssuer, role: str | None):
    app.get("/admin")(require_user(check=lambda user: user.claims.get("role") == "admin")(view))
    response = get(app, "/admin", issuer.token(role=role))
    if role == "admin":
        assert response.status_code == 200
    else:
        assert (response.status_code, response.json["code"]) == (403, "check_failed")


@pytest.mark.parametrize("result", [1, "yes", object(), [True], None, False])
def test_other_truthy_values_do_not_grant_access(app: Flask, issuer: FaultyIssuer, result: object):
    app.get("/odd")(require_user(check=lambda _: result)(view))
    assert get(app, "/odd", issuer.token()).status_code == 403


def test_a_check_that_raises_does_not_grant_access(app: Flask, issuer: FaultyIssuer):
    def check(user: User) -> bool:
        raise LookupError("no such role")

    app.get("/odd")(require_user(check=check)(view))
    app.config["PROPAGATE_EXCEPTIONS"] = False
    assert get(app, "/odd", issuer.token()).status_code == 500


def test_an_async_check_is_a_config_error():
    async def check(user: User) -> bool:
        return True

    with pytest.raises(ConfigError, match="plain function"):
        require_user(check=check)


def view() -> str:
    return "granted"


@pytest.mark.parametrize("how", ["bare", "called", "blueprint"])
def test_an_optional_user_is_none_without_a_credential(app: Flask, issuer: FaultyIssuer, how: str):
    def who() -> dict[str, object]:
        return {"name": g.user.name if g.user else None}

    bp = Blueprint("optional", __name__)
    if how == "blueprint":
        bp.before_request(optional_user())
        bp.get("/who")(who)
    else:
        bp.get("/who")(optional_user(who) if how == "bare" else optional_user()(who))
    app.register_blueprint(bp)
    assert get(app, "/who").json == {"name": None}
    assert get(app, "/who", issuer.token()).json == {"name": "Ada"}
    refused = get(app, "/who", issuer.token(exp=1))
    assert (refused.status_code, refused.json["code"]) == (401, "token_expired")


@pytest.mark.parametrize("header", ["Basic YTpi", "Bearer", "nonsense"])
def test_an_optional_user_with_a_wrong_credential_is_refused(
    app: Flask, issuer: FaultyIssuer, header: str
):
    app.get("/who")(optional_user(view))
    response = app.test_client().get("/who", headers={"Authorization": header})
    assert response.status_code == 401


def test_a_rate_limit_counts_verified_users(app: Flask, issuer: FaultyIssuer):
    """Flask-Limiter's decorator is below the guard, so its key function has a verified user."""
    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")
    limit = limiter.limit("2/minute", key_func=lambda: current_user.id)
    app.get("/limited")(require_user(limit(view)))
    ada, eve = issuer.token(sub="ada"), issuer.token(sub="eve")
    assert [get(app, "/limited", ada).status_code for _ in range(3)] == [200, 200, 429]
    assert get(app, "/limited", eve).status_code == 200
    assert get(app, "/limited").status_code == 401


BARE = [require_user, optional_user]


def blueprint_with_a_route() -> Blueprint:
    bp = Blueprint("notes", __name__, url_prefix="/notes")
    bp.get("/")(view)
    return bp


def add_to_app(app: Flask, guard: Any) -> None:
    app.before_request(guard)


def add_to_blueprint(app: Flask, guard: Any) -> None:
    bp = blueprint_with_a_route()
    bp.before_request(guard)
    app.register_blueprint(bp)


def add_to_blueprint_without_routes(app: Flask, guard: Any) -> None:
    bp = Blueprint("empty", __name__)
    bp.before_request(guard)
    app.register_blueprint(bp)


def add_to_nested_blueprint(app: Flask, guard: Any) -> None:
    outer, bp = Blueprint("outer", __name__), blueprint_with_a_route()
    bp.before_request(guard)
    outer.register_blueprint(bp)
    app.register_blueprint(outer)


def add_to_outer_blueprint(app: Flask, guard: Any) -> None:
    outer = Blueprint("outer", __name__)
    outer.before_request(guard)
    outer.register_blueprint(blueprint_with_a_route())
    app.register_blueprint(outer)


def add_by_before_app_request(app: Flask, guard: Any) -> None:
    bp = Blueprint("hooks", __name__)
    bp.before_app_request(guard)
    app.register_blueprint(bp)


ADD_BARE = [
    add_to_app,
    add_to_blueprint,
    add_to_blueprint_without_routes,
    add_to_nested_blueprint,
    add_to_outer_blueprint,
    add_by_before_app_request,
]


@pytest.mark.parametrize("add", ADD_BARE)
@pytest.mark.parametrize("guard", BARE)
def test_a_guard_that_is_not_called_fails_when_registered(
    app: Flask, guard: Any, add: Callable[[Flask, Any], None]
):
    with pytest.raises(ConfigError, match=rf"write before_request\({guard.__name__}\(\)\)"):
        add(app, guard)


@pytest.mark.parametrize("add", ADD_BARE)
@pytest.mark.parametrize("guard", BARE)
def test_a_guard_that_is_not_called_fails_in_init_app(
    issuer: FaultyIssuer, guard: Any, add: Callable[[Flask, Any], None]
):
    app = Flask("early")
    app.config["BETTER_AUTH_URL"] = issuer.url
    add(app, guard)
    with pytest.raises(ConfigError, match=rf"write before_request\({guard.__name__}\(\)\)"):
        BetterAuth(app)


def never_called(app: Flask) -> None:
    app.before_request_funcs[None].append(require_user)


def never_called_and_optional(app: Flask) -> None:
    app.before_request_funcs[None].append(optional_user)


def guard_as_response(app: Flask) -> None:
    @app.before_request
    def protect() -> Any:
        return require_user(match_path="user_id")


def guard_dropped(app: Flask) -> None:
    @app.before_request
    def protect() -> None:
        require_user(check=lambda _: False)


def guard_dropped_by_an_async_function(app: Flask) -> None:
    @app.before_request
    async def protect() -> None:
        require_user()


@pytest.mark.parametrize(
    "misuse",
    [
        never_called,
        never_called_and_optional,
        guard_as_response,
        guard_dropped,
        guard_dropped_by_an_async_function,
    ],
)
@pytest.mark.parametrize("path", ["/open", "/me", "/missing"])
def test_a_guard_that_is_misused_in_a_request_grants_no_access(
    app: Flask,
    issuer: FaultyIssuer,
    caplog: pytest.LogCaptureFixture,
    misuse: Callable[[Flask], None],
    path: str,
):
    app.get("/open")(view)
    misuse(app)
    # A valid token makes no difference: this is an error of the application, not of the client.
    response = get(app, path, issuer.token())
    assert response.status_code == 500
    assert "granted" not in response.text
    assert "write before_request(" in caplog.text


def test_a_module_imported_during_a_request_can_use_guards(app: Flask, issuer: FaultyIssuer):
    """As with lazily loaded views, which Flask documents."""
    loaded = []

    @app.get("/lazy/<uuid:user_id>")
    def lazy(user_id: UUID) -> str:
        if not loaded:
            loaded.append(require_user(match_path="user_id")(lambda **_: current_user.name))
            bp = Blueprint("other", __name__)
            bp.before_request(require_user())
            loaded.append(bp)
        return loaded[0](user_id=user_id)

    path = f"/lazy/{issuer.user_uuid}"
    assert [get(app, path, issuer.token()).text for _ in range(2)] == ["Ada", "Ada"]
    assert get(app, path).status_code == 401
    assert get(app, f"/lazy/{uuid4()}", issuer.token()).status_code == 403


def test_a_guard_can_be_created_and_used_in_a_view(app: Flask, issuer: FaultyIssuer):
    @app.get("/inline")
    def inline() -> str:
        name = "Ada"
        return require_user(check=lambda user: user.name == name)(view)()

    assert get(app, "/inline", issuer.token()).text == "granted"
    assert get(app, "/inline", issuer.token(name="Eve")).status_code == 403


def test_guards_can_be_created_in_a_request_context(make_app: Callable[..., Flask]):
    with make_app().test_request_context():
        other = make_app()
        bp = blueprint_with_a_route()
        bp.before_request(require_user())
        other.register_blueprint(bp)
    assert get(other, "/notes/").status_code == 401


def test_a_guarded_before_request_function_guards(app: Flask, issuer: FaultyIssuer):
    bp = blueprint_with_a_route()

    @bp.before_request
    @require_user
    def protect() -> None: ...

    app.register_blueprint(bp)
    assert get(app, "/notes/").status_code == 401
    assert get(app, "/notes/", issuer.token()).text == "granted"


def test_a_path_guard_of_the_application_is_checked_on_earlier_routes(app: Flask):
    with pytest.raises(ConfigError, match="which has no argument"):
        app.before_request(require_user(match_path="user_id"))
