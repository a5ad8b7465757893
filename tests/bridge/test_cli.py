import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Blueprint, Flask
from flask.views import MethodView
from support.faulty_issuer import BROKEN, FaultyIssuer, Reply, SigningKey, hs256_token

from bridge import BetterAuth, User, optional_user, require_user

SESSION_TOKEN = "kY3vQ8sD1mZ0pXc7LbNf4gHt6JwRaUeI"


def flask(app: Flask, *words: str, stdin: str | None = None) -> Result:
    return app.test_cli_runner().invoke(args=list(words), input=stdin)


def test_jwks_check_shows_each_key(app: Flask, issuer: FaultyIssuer):
    issuer.rotate("rsa-key", "RS256")
    result = flask(app, "jwks-check")
    assert result.exit_code == 0
    assert issuer.jwks_url in result.output
    assert "key-1    OKP  Ed25519  EdDSA  verifies EdDSA, Ed25519" in result.output
    assert "rsa-key  RSA  -        RS256  verifies RS256" in result.output


def test_jwks_check_finds_a_skipped_key(app: Flask, issuer: FaultyIssuer):
    leaked = SigningKey("leaked").jwk(d="c2VjcmV0")
    issuer.reply = Reply(json.dumps({"keys": [issuer.keys[0].jwk(), leaked]}).encode())
    result = flask(app, "jwks-check")
    assert result.exit_code == 1
    assert "private part is published" in result.output
    assert "c2VjcmV0" not in result.output


def test_jwks_check_accepts_an_encryption_key_beside_a_good_key(app: Flask, issuer: FaultyIssuer):
    encryption = SigningKey("encryption", "RS256").jwk(alg="RSA-OAEP-256", use="enc")
    issuer.reply = Reply(json.dumps({"keys": [issuer.keys[0].jwk(), encryption]}).encode())
    result = flask(app, "jwks-check")
    assert result.exit_code == 0
    assert "OK: 1 key(s) can verify tokens; the others have another purpose." in result.output
    assert "skipped: its use is not sig" in result.output


@pytest.mark.parametrize(("keys", "noted"), [(99, False), (100, True)])
def test_jwks_check_names_better_auth_s_limit_of_keys(
    app: Flask, issuer: FaultyIssuer, keys: int, *, noted: bool
):
    members = [issuer.keys[0].jwk(kid=f"k{number}") for number in range(keys)]
    issuer.reply = Reply(json.dumps({"keys": members}).encode())
    assert ("defaultFindManyLimit" in flask(app, "jwks-check").output) is noted


@pytest.mark.parametrize(
    ("reply", "error", "fix"),
    [
        (Reply(b"", 404), "status", "BETTER_AUTH_JWKS_URL"),
        (Reply(b"", 429), "status", "rate limiter"),
        (Reply(b"", 500), "status", "migration"),
        (Reply(b"<html>", headers={"Content-Type": "text/html"}), "json", "HTML"),
        (Reply(b"{}"), "shape", "/api/auth/jwks"),
        (Reply(b'{"keys":[]}'), "empty", "defaultFindManyLimit"),
        (Reply(b"", 301, {"Location": "https://www.example.com/"}), "redirect", "final URL"),
    ],
)
def test_jwks_check_names_the_error_and_the_fix(
    app: Flask, issuer: FaultyIssuer, reply: Reply, error: str, fix: str
):
    issuer.reply = reply
    result = flask(app, "jwks-check")
    assert result.exit_code == 1
    assert f"Error ({error})" in result.output
    assert fix in result.output.split("Fix:")[1]


@pytest.mark.parametrize("reply", BROKEN)
def test_jwks_check_finds_an_error_in_every_broken_response(
    app: Flask, issuer: FaultyIssuer, reply: Reply
):
    issuer.reply = reply
    result = flask(app, "jwks-check")
    assert result.exit_code == 1
    assert re.search(r"^Error \(\w+\): \w", result.output, re.MULTILINE)
    (report,) = json.loads(flask(app, "jwks-check", "--json").output)["key_sets"]
    assert report["ok"] is False
    assert report["reason"]


def test_jwks_check_accepts_a_url(app: Flask, issuer: FaultyIssuer):
    with FaultyIssuer(SigningKey("elsewhere")) as other:
        assert "elsewhere" in flask(app, "jwks-check", other.jwks_url).output


def test_jwks_check_notes_a_cached_response(app: Flask, issuer: FaultyIssuer):
    headers = {"Content-Type": "application/json", "Age": "120"}
    issuer.reply = Reply(issuer.key_set(), headers=headers)
    assert "The response is from a cache and 120 s old" in flask(app, "jwks-check").output


def test_jwks_check_checks_every_issuer(app: Flask, issuer: FaultyIssuer):
    with FaultyIssuer(SigningKey("partner")) as partner:
        app.config["PARTNER_AUTH_URL"] = partner.url
        BetterAuth(app, prefix="PARTNER_AUTH")
        output = flask(app, "jwks-check").output
        assert output.index("key-1") < output.index("partner")
        assert flask(app, "token-check", stdin=partner.token()).exit_code == 0


def test_jwks_check_notes_clock_skew(app: Flask, issuer: FaultyIssuer):
    headers = {"Content-Type": "application/json", "Date": "Mon, 01 Jan 2024 00:00:00 GMT"}
    issuer.reply = Reply(issuer.key_set(), headers=headers)
    assert "behind the clock of this machine" in flask(app, "jwks-check").output


def test_jwks_check_prints_json(app: Flask, issuer: FaultyIssuer):
    report = json.loads(flask(app, "jwks-check", "--json").output)
    assert report["ok"] is True
    (key_set,) = report["key_sets"]
    assert key_set["response"]["status"] == 200
    assert key_set["keys"][0]["kid"] == "key-1"


@pytest.mark.parametrize("words", [["jwks-check", "not-an-address"], ["jwks-check", "a", "b"]])
def test_wrong_usage_exits_with_2(app: Flask, words: list[str]):
    assert flask(app, *words).exit_code == 2


def test_token_check_explains_a_valid_token(app: Flask, issuer: FaultyIssuer):
    result = flask(app, "token-check", stdin=f"Bearer {issuer.token()}\n")
    assert result.exit_code == 0
    assert f"identifies the user {issuer.user_uuid}" in result.output
    assert "in 15 min" in result.output
    assert "accepted" in result.output


def test_token_check_reads_a_file(app: Flask, issuer: FaultyIssuer, tmp_path: Path):
    file = tmp_path / "token"
    file.write_text(issuer.token())
    assert flask(app, "token-check", "--token-file", str(file)).exit_code == 0


def make_hs256(issuer: FaultyIssuer) -> str:
    return hs256_token(**issuer.claims())


@pytest.mark.parametrize(
    ("make", "code", "fix"),
    [
        (make_hs256, "token_kind", "authClient.token()"),
        (lambda _: SESSION_TOKEN, "token_kind", "authClient.token()"),
        (lambda i: i.token(exp=900), "token_expired", "15m"),
        (lambda i: i.token(uuid=None), "user_claim_missing", "additionalFields"),
        (lambda i: i.token(iss="http://web:3000"), "claims_invalid", "BETTER_AUTH_ISSUER"),
        (lambda i: i.token(aud="other"), "claims_invalid", "BETTER_AUTH_AUDIENCE"),
        (lambda i: i.token(header={"alg": "EdDSA", "kid": "x"}), "key_unknown", "environment"),
        (lambda i: i.token(iat=9_999_999_999, exp=99_999_999_999), "token_not_yet_valid", "clocks"),
        (lambda i: i.token(exp=1_900_000_000_000), "time_in_milliseconds", "Date.now() / 1000"),
        (lambda i: i.token(iat=1_700_000_000_000), "time_in_milliseconds", "Date.now() / 1000"),
        (lambda i: i.token(nbf=1_700_000_000_000), "time_in_milliseconds", "Date.now() / 1000"),
        (lambda i: i.token(iat=None), "claims_invalid", "auth.api.signJWT()"),
        (lambda i: i.token(exp=None), "claims_invalid", "jwt.sign"),
        (lambda i: i.token(header={"alg": "EdDSA"}), "token_kind", "jwt.sign"),
    ],
)
def test_token_check_names_the_error_and_the_fix(
    app: Flask, issuer: FaultyIssuer, make: Callable[[FaultyIssuer], str], code: str, fix: str
):
    result = flask(app, "token-check", stdin=make(issuer))
    assert result.exit_code == 1
    assert f"Error ({code})" in result.output
    assert fix in result.output.split("Fix:")[1]


def test_token_check_shows_expected_and_found_values(app: Flask, issuer: FaultyIssuer):
    output = flask(app, "token-check", stdin=issuer.token(iss="http://web:3000")).output
    assert re.search(rf"iss +http://web:3000 +expected {issuer.url}\n", output)


def test_token_check_prints_json_without_the_token(app: Flask, issuer: FaultyIssuer):
    token = issuer.token(roles=["admin"], exp=900)
    output = flask(app, "token-check", "--json", stdin=token).output
    report: dict[str, Any] = json.loads(output)
    assert (report["ok"], report["code"], report["status"]) == (False, "token_expired", 401)
    assert report["claims"]["roles"] == ["admin"]
    assert token not in output


def test_token_check_escapes_control_characters(app: Flask, issuer: FaultyIssuer):
    token = issuer.token(name="\x1b[2J\x1b]0;owned\x07")
    assert "\x1b" not in flask(app, "token-check", stdin=token).output


def test_token_check_requires_a_token(app: Flask):
    assert flask(app, "token-check", stdin="  \n").exit_code == 2


@pytest.fixture
def mixed(app: Flask) -> Flask:
    """An application with every kind of guard, and with unguarded routes."""
    bp = Blueprint("notes", __name__, url_prefix="/notes")
    bp.before_request(require_user(match_path="user_id"))
    bp.get("/<user_id>", endpoint="of_user")(lambda user_id: user_id)
    app.register_blueprint(bp)
    app.get("/open", endpoint="open")(lambda: "open")
    app.get("/perhaps", endpoint="perhaps")(optional_user(lambda: "perhaps"))
    app.post("/admin", endpoint="admin")(require_user(check=is_admin)(lambda: "admin"))
    app.add_url_rule("/half", view_func=Half.as_view("half"))
    return app


def is_admin(user: User) -> bool:
    return user.claims.get("role") == "admin"


class Half(MethodView):
    def get(self) -> str:
        return "unguarded"

    @require_user
    def post(self) -> str:
        return "users"


def test_guard_check_shows_every_route_with_its_guards(mixed: Flask):
    result = flask(mixed, "guard-check")
    assert result.exit_code == 0
    shown = [line.split(None, 2) for line in result.output.splitlines() if line.startswith("/")]
    assert shown == [
        ["/<uuid:user_id>/notes", "GET", "require_user(match_path='user_id')"],
        ["/admin", "POST", "require_user(check=is_admin)"],
        ["/half", "GET", "-"],
        ["/half", "POST", "require_user"],
        ["/me", "GET", "require_user"],
        ["/notes/<user_id>", "GET", "require_user(match_path='user_id')"],
        ["/open", "GET", "-"],
        ["/perhaps", "GET", "optional_user"],
        ["/static/<path:filename>", "GET", "-"],
    ]


@pytest.mark.parametrize(
    ("prefix", "unguarded"),
    [("/notes", []), ("/half", ["/half"]), ("/perhaps", ["/perhaps"]), ("/open", ["/open"])],
)
def test_guard_check_fails_for_an_unguarded_route(mixed: Flask, prefix: str, unguarded: list[str]):
    result = flask(mixed, "guard-check", "--json", "--fail-unguarded", prefix)
    assert json.loads(result.output)["unguarded"] == unguarded
    assert result.exit_code == bool(unguarded)


def test_guard_check_finds_a_guard_that_is_not_called(mixed: Flask):
    mixed.before_request_funcs[None].append(require_user)
    result = flask(mixed, "guard-check")
    assert result.exit_code == 1
    assert "Error (guard_not_called): before_request(require_user) of the app" in result.output
    report = json.loads(flask(mixed, "guard-check", "--json").output)
    assert report["ok"] is False
    assert report["error"] == "guard_not_called"


def test_guard_check_shows_a_guarded_before_request_function(app: Flask):
    app.before_request(require_user(lambda: None))
    routes = json.loads(flask(app, "guard-check", "--json").output)["routes"]
    assert all(route["guards"][0] == "require_user" for route in routes)
