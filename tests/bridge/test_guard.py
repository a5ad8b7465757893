import asyncio
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Blueprint, Flask, g
from flask.views import MethodView
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from support.faulty_issuer import FaultyIssuer

from bridge import (
    BetterAuth,
    ConfigError,
    Refusal,
    User,
    current_user,
    optional_user,
    require_user,
)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def get(app: Flask, path: str, token: str | None = None, method: str = "GET") -> Any:
    return app.test_client().open(path, method=method, headers=bearer(token) if token else {})


def test_a_view_sees_the_verified_user(app: Flask, issuer: FaultyIssuer):
    answer = get(app, "/me", issuer.token())
    assert answer.json == {
        "id": "w3kPzu0Yc7WbQn5o2HXhJdV9tRsLmA8E",
        "uuid": issuer.user_uuid,
        "name": "Ada",
    }


def test_a_request_without_a_credential_is_challenged_with_bearer_alone(app: Flask):
    answer = get(app, "/me")
    assert (answer.status_code, answer.json["code"]) == (401, "token_missing")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", " Bearer ", "Bearer  "])
def test_the_scheme_is_read_in_any_case(app: Flask, issuer: FaultyIssuer, scheme: str):
    header = {"Authorization": f"{scheme} {issuer.token()}"}
    assert app.test_client().get("/me", headers=header).status_code == 200


@pytest.mark.parametrize("kind", ["JWT", "jwt"])
def test_a_token_may_say_that_it_is_a_jwt(app: Flask, issuer: FaultyIssuer, kind: str):
    header = {"alg": "EdDSA", "kid": "key-1", "typ": kind}
    assert get(app, "/me", issuer.token(header=header)).status_code == 200


def test_a_refusal_is_a_problem_that_caches_keep_away_from(app: Flask, issuer: FaultyIssuer):
    answer = get(app, "/me", issuer.token(exp=1))
    assert answer.json == {
        "type": "about:blank",
        "title": "Unauthorized",
        "status": 401,
        "detail": "The token has expired. Get a fresh token.",
        "code": "token_expired",
    }
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("spell", [str, lambda user: user.upper()])
def test_the_path_may_name_the_user_in_any_case(
    app: Flask, issuer: FaultyIssuer, spell: Callable[[str], str]
):
    assert get(app, f"/{spell(issuer.user_uuid)}/notes", issuer.token()).status_code == 200


def test_another_user_s_path_is_forbidden(
    app: Flask, issuer: FaultyIssuer, caplog: pytest.LogCaptureFixture
):
    caplog.set_level("INFO")
    other = str(uuid4())
    answer = get(app, f"/{other}/notes", issuer.token())
    assert (answer.status_code, answer.json["code"]) == (403, "user_mismatch")
    assert "WWW-Authenticate" not in answer.headers
    assert other in caplog.text
    assert issuer.user_uuid in caplog.text


def test_ids_that_are_text_are_compared_exactly(
    make_app: Callable[..., Flask], issuer: FaultyIssuer
):
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


@pytest.mark.parametrize("guard", [require_user, require_user()], ids=["bare", "called"])
def test_a_whole_blueprint_is_guarded(app: Flask, issuer: FaultyIssuer, guard: Any):
    bp = Blueprint("private", __name__, url_prefix="/private")
    bp.before_request(guard)
    bp.get("/")(lambda: current_user.name)
    app.register_blueprint(bp)
    assert get(app, "/private/", issuer.token()).text == "Ada"
    assert get(app, "/private/").status_code == 401
    assert get(app, "/private/", method="OPTIONS").status_code == 200


def test_a_blueprint_is_guarded_by_its_path(app: Flask, issuer: FaultyIssuer):
    bp = Blueprint("mine", __name__, url_prefix="/mine/<uuid:user_id>")
    bp.before_request(require_user(match_path="user_id"))
    bp.get("/")(lambda **_: current_user.name)
    app.register_blueprint(bp)
    assert get(app, f"/mine/{issuer.user_uuid}/", issuer.token()).text == "Ada"
    assert get(app, f"/mine/{uuid4()}/", issuer.token()).status_code == 403


def test_an_options_view_of_one_s_own_is_guarded(app: Flask):
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


def test_a_route_that_was_there_before_the_extension_is_checked_too(issuer: FaultyIssuer):
    app = Flask("late")
    app.config["BETTER_AUTH_URL"] = issuer.url
    app.get("/typo")(require_user(match_path="user_id")(lambda: ""))
    with pytest.raises(ConfigError, match="user_id"):
        BetterAuth(app)


def test_a_check_that_cannot_run_does_not_pass(app: Flask, issuer: FaultyIssuer):
    guarded = require_user(match_path="user_id")(lambda **_: "secret")

    @app.get("/hidden")
    def hidden() -> str:
        return guarded()  # the guard can't be seen from the route

    assert get(app, "/hidden", issuer.token()).status_code == 500


def test_an_app_without_the_extension_lets_nobody_in():
    app = Flask("bare")
    app.get("/me")(require_user(lambda: "secret"))
    assert get(app, "/me", "a.b.c").status_code == 500


def test_a_user_of_an_earlier_request_is_not_left_behind(app: Flask, issuer: FaultyIssuer):
    app.get("/open")(lambda: {"user": "user" in g})
    with app.app_context():  # shares g between requests, as a test that pushes a context does
        assert get(app, "/me", issuer.token()).status_code == 200
        assert get(app, "/me", issuer.token(exp=1)).status_code == 401
        assert get(app, "/open").json == {"user": False}


def test_current_user_says_when_nobody_is_verified(app: Flask):
    with app.test_request_context(), pytest.raises(RuntimeError, match="no verified user"):
        str(current_user.id)


def test_an_application_may_answer_refusals_its_own_way(app: Flask):
    @app.errorhandler(Refusal)
    def refuse(refusal: Refusal) -> tuple[str, int, dict[str, str]]:
        return f"no: {refusal.code}", refusal.status, refusal.headers

    answer = get(app, "/me")
    assert (answer.text, answer.status_code) == ("no: token_missing", 401)
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_guards_keep_name_and_doc_of_a_view():
    @require_user(match_path="user_id")
    def view(user_id: UUID) -> None:
        """Show it."""

    assert (view.__name__, view.__doc__) == ("view", "Show it.")


def test_a_token_is_verified_outside_of_views(app: Flask, issuer: FaultyIssuer):
    auth = BetterAuth()
    with app.app_context():
        user = auth.verify(issuer.token())
        assert isinstance(user, User)
        with pytest.raises(Refusal):
            auth.verify("nonsense")


@pytest.mark.parametrize("role", ["admin", "user", None])
def test_a_check_lets_pass_only_with_true(app: Flask, issuer: FaultyIssuer, role: str | None):
    app.get("/admin")(require_user(check=lambda user: user.claims.get("role") == "admin")(view))
    answer = get(app, "/admin", issuer.token(role=role))
    if role == "admin":
        assert answer.status_code == 200
    else:
        assert (answer.status_code, answer.json["code"]) == (403, "check_failed")


@pytest.mark.parametrize("consent", [1, "yes", object(), [True], None, False])
def test_what_is_not_true_is_no_consent(app: Flask, issuer: FaultyIssuer, consent: object):
    app.get("/odd")(require_user(check=lambda _: consent)(view))
    assert get(app, "/odd", issuer.token()).status_code == 403


def test_a_check_that_fails_does_not_let_pass(app: Flask, issuer: FaultyIssuer):
    def check(user: User) -> bool:
        raise LookupError("no such role")

    app.get("/odd")(require_user(check=check)(view))
    app.config["PROPAGATE_EXCEPTIONS"] = False
    assert get(app, "/odd", issuer.token()).status_code == 500


def test_an_async_check_is_refused_at_once():
    async def check(user: User) -> bool:
        return True

    with pytest.raises(ConfigError, match="plain function"):
        require_user(check=check)


def view() -> str:
    return "let in"


@pytest.mark.parametrize("how", ["bare", "called", "blueprint", "bare blueprint"])
def test_an_optional_user_is_none_without_a_credential(app: Flask, issuer: FaultyIssuer, how: str):
    def who() -> dict[str, object]:
        return {"name": g.user.name if g.user else None}

    bp = Blueprint("optional", __name__)
    if how.endswith("blueprint"):
        bp.before_request(optional_user if how == "bare blueprint" else optional_user())
        bp.get("/who")(who)
    else:
        bp.get("/who")(optional_user(who) if how == "bare" else optional_user()(who))
    app.register_blueprint(bp)
    assert get(app, "/who").json == {"name": None}
    assert get(app, "/who", issuer.token()).json == {"name": "Ada"}
    refused = get(app, "/who", issuer.token(exp=1))
    assert (refused.status_code, refused.json["code"]) == (401, "token_expired")


@pytest.mark.parametrize("header", ["Basic YTpi", "Bearer", "nonsense"])
def test_an_optional_users_other_credential_is_refused(
    app: Flask, issuer: FaultyIssuer, header: str
):
    app.get("/who")(optional_user(view))
    answer = app.test_client().get("/who", headers={"Authorization": header})
    assert answer.status_code == 401


def test_a_rate_limit_counts_verified_users(app: Flask, issuer: FaultyIssuer):
    """Flask-Limiter's limit stands below the guard, so that its key is a verified user."""
    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")
    limit = limiter.limit("2/minute", key_func=lambda: current_user.id)
    app.get("/limited")(require_user(limit(view)))
    ada, eve = issuer.token(sub="ada"), issuer.token(sub="eve")
    assert [get(app, "/limited", ada).status_code for _ in range(3)] == [200, 200, 429]
    assert get(app, "/limited", eve).status_code == 200
    assert get(app, "/limited").status_code == 401
