"""With another prefix, every message names the settings of that prefix."""

import ast
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from support.faulty_issuer import FaultyIssuer, Reply

import bridge
from bridge import BetterAuth, ConfigError, Refusal, require_user
from bridge.errors import IssuerError
from bridge.fetch import fetch_key_set
from bridge.settings import Settings

PREFIX = "PARTNER_AUTH"
# An environment variable of Better Auth itself, which has no prefix.
BETTER_AUTHS_OWN = "BETTER_AUTH_SECRET"


def names_in(text: str) -> set[str]:
    """Return the names of settings in ``text``."""
    return set(re.findall(r"[A-Z]+_AUTH_[A-Z_]+", text)) - {BETTER_AUTHS_OWN}


@pytest.fixture
def app(issuer: FaultyIssuer) -> Flask:
    return partner_app(issuer)


def partner_app(issuer: FaultyIssuer, **settings: object) -> Flask:
    app = Flask("guarded")
    app.config |= {"PARTNER_AUTH_URL": issuer.url, **settings}
    BetterAuth(app, prefix=PREFIX)
    app.get("/<uuid:user_id>/notes")(require_user(match_path="user_id")(lambda **_: ""))
    return app


@pytest.mark.parametrize(
    ("settings", "names"),
    [
        ({}, {"PARTNER_AUTH_URL"}),
        ({"URL": 7}, {"PARTNER_AUTH_URL"}),
        ({"URL": "nowhere"}, {"PARTNER_AUTH_URL"}),
        (
            {"URL": "http://app.example.com"},
            {"PARTNER_AUTH_URL", "PARTNER_AUTH_ALLOW_HTTP"},
        ),
        ({"ISSUER": ","}, {"PARTNER_AUTH_ISSUER"}),
        ({"ALGORITHMS": "HS256"}, {"PARTNER_AUTH_ALGORITHMS"}),
        ({"LEEWAY": 99}, {"PARTNER_AUTH_LEEWAY"}),
        ({"TOKEN_CACHE_SIZE": -1}, {"PARTNER_AUTH_TOKEN_CACHE_SIZE"}),
        ({"JWKS_FILE": "/no/such/directory/keys"}, {"PARTNER_AUTH_JWKS_FILE"}),
        ({"ALLOW_HTTP": "perhaps"}, {"PARTNER_AUTH_ALLOW_HTTP"}),
    ],
)
def test_errors_of_settings(settings: dict[str, object], names: set[str]):
    url = {"PARTNER_AUTH_URL": "https://app.example.com"} if settings else {}
    config = url | {f"{PREFIX}_{name}": value for name, value in settings.items()}
    with pytest.raises(ConfigError) as caught:
        Settings.from_config(config, PREFIX)
    assert names_in(str(caught.value)) == names


@pytest.mark.parametrize(
    ("reply", "names"),
    [
        (Reply(b"", 404), {"PARTNER_AUTH_JWKS_URL"}),
        (Reply(b"", 301), {"PARTNER_AUTH_URL", "PARTNER_AUTH_JWKS_URL"}),
        (Reply(b"", 500), set()),
    ],
)
def test_hints_of_responses(issuer: FaultyIssuer, reply: Reply, names: set[str]):
    issuer.reply = reply
    assert names_in(fetch_error(PARTNER_AUTH_URL=issuer.url).hint) == names


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/jwks", "https://issuer.invalid/jwks"])
def test_hints_of_failed_connections(url: str):
    error = fetch_error(PARTNER_AUTH_URL="https://app.example.com", PARTNER_AUTH_JWKS_URL=url)
    assert names_in(error.hint) == {"PARTNER_AUTH_JWKS_URL"}


def fetch_error(**config: str) -> IssuerError:
    with pytest.raises(IssuerError) as caught:
        fetch_key_set(Settings.from_config(config, PREFIX))
    return caught.value


@pytest.mark.parametrize(
    ("settings", "claims", "name"),
    [
        ({}, {"iss": "https://other.example"}, "PARTNER_AUTH_ISSUER"),
        ({}, {"aud": "https://other.example"}, "PARTNER_AUTH_AUDIENCE"),
        ({}, {"uuid": "me"}, "PARTNER_AUTH_USER_CLAIM"),
        ({"PARTNER_AUTH_USER_CLAIM": "team"}, {}, "PARTNER_AUTH_USER_CLAIM"),
        ({"PARTNER_AUTH_ALGORITHMS": "ES256"}, {}, "PARTNER_AUTH_ALGORITHMS"),
    ],
)
def test_hints_of_refusals_and_token_check(
    issuer: FaultyIssuer, settings: dict[str, object], claims: dict[str, Any], name: str
):
    app, token = partner_app(issuer, **settings), issuer.token(**claims)
    with app.app_context(), pytest.raises(Refusal) as caught:
        BetterAuth(prefix=PREFIX).verify(token)
    assert names_in(caught.value.hint) == {name}
    result = app.test_cli_runner().invoke(args=["token-check"], input=token)
    assert names_in(result.output.split("Fix:")[1]) == {name}


def test_the_hint_of_a_user_mismatch(
    app: Flask, issuer: FaultyIssuer, caplog: pytest.LogCaptureFixture
):
    caplog.set_level("INFO")
    headers = {"Authorization": f"Bearer {issuer.token()}"}
    assert app.test_client().get(f"/{uuid4()}/notes", headers=headers).status_code == 403
    assert names_in(caplog.text) == {"PARTNER_AUTH_USER_CLAIM"}


def test_the_hint_of_a_user_mismatch_with_two_issuers(
    make_app: Callable[..., Flask], issuer: FaultyIssuer, caplog: pytest.LogCaptureFixture
):
    """The hint names the setting of the issuer of the refused token."""
    caplog.set_level("INFO")
    with FaultyIssuer() as partner:
        app = make_app(PARTNER_AUTH_URL=partner.url)
        BetterAuth(app, prefix=PREFIX)
        for one, name in ((partner, "PARTNER_AUTH_USER_CLAIM"), (issuer, "BETTER_AUTH_USER_CLAIM")):
            caplog.clear()
            headers = {"Authorization": f"Bearer {one.token()}"}
            assert app.test_client().get(f"/{uuid4()}/notes", headers=headers).status_code == 403
            assert names_in(caplog.text) == {name}


def test_two_settings_of_one_issuer(make_app: Callable[..., Flask], issuer: FaultyIssuer):
    with pytest.raises(ConfigError) as caught:
        BetterAuth(make_app(PARTNER_AUTH_URL=issuer.url), prefix=PREFIX)
    assert names_in(str(caught.value)) == {"BETTER_AUTH_ISSUER", "PARTNER_AUTH_ISSUER"}


def test_jwks_check(issuer: FaultyIssuer):
    app = partner_app(issuer, PARTNER_AUTH_ALGORITHMS="ES256")
    output = app.test_cli_runner().invoke(args=["jwks-check"]).output
    assert names_in(output) == {"PARTNER_AUTH_ALGORITHMS"}
    issuer.reply = Reply(b"", 404)
    output = app.test_cli_runner().invoke(args=["jwks-check", issuer.jwks_url]).output
    assert names_in(output) == {"PARTNER_AUTH_JWKS_URL"}


def test_guard_check(app: Flask):
    result = app.test_cli_runner().invoke(args=["guard-check", "--fail-unguarded", "/static"])
    assert result.exit_code == 1
    assert names_in(result.output) == set()


@pytest.mark.parametrize(
    "file", sorted(Path(bridge.__file__).parent.glob("*.py")), ids=lambda file: file.stem
)
def test_no_text_in_the_code_has_a_fixed_prefix(file: Path):
    assert {name for text in texts(file) for name in names_in(text)} == set()


def texts(file: Path) -> Iterator[str]:
    """Yield the strings of a module, without docstrings."""
    tree = ast.parse(file.read_text())
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and id(node) not in docstrings:
            yield json.dumps(node.value) if isinstance(node.value, str) else ""
