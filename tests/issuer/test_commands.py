"""The commands of the bridge against the real Better Auth server."""

import json
import subprocess
import sys
from typing import Any

import pytest
from support.processes import ROOT, Issuer, NewDatabase, clean_environment


def flask(url: str, *arguments: str, stdin: str = "", **settings: str) -> Any:
    return subprocess.run(
        [sys.executable, "-m", "flask", "--app", "tests/support/guarded.py", *arguments],
        cwd=ROOT,
        env=clean_environment() | {"BETTER_AUTH_URL": url} | settings,
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("algorithm", ["EdDSA", "ES256", "ES512", "PS256", "RS256"])
def test_keys_and_tokens_of_every_algorithm_are_accepted(new_database: NewDatabase, algorithm: str):
    with Issuer(new_database("sqlite"), algorithm=algorithm) as issuer:
        ada = issuer.sign_up("Ada")
        keys = flask(issuer.url, "jwks-check")
        assert keys.returncode == 0, keys.stdout
        assert f"verifies {algorithm}" in keys.stdout
        token = flask(issuer.url, "token-check", "--json", stdin=ada.token)
        assert token.returncode == 0, token.stdout
        assert json.loads(token.stdout)["user"]["identity"] == ada.uuid


def test_a_key_set_requested_before_the_first_sign_in_is_accepted(new_database: NewDatabase):
    """Better Auth creates its first key when the key set is requested."""
    with Issuer(new_database("sqlite")) as issuer:
        assert flask(issuer.url, "jwks-check").returncode == 0


@pytest.mark.parametrize(
    ("settings", "fault", "remedy"),
    [
        ({"BETTER_AUTH_JWKS_URL": "{url}/jwks"}, "status", "jwksPath or another basePath"),
        ({"BETTER_AUTH_JWKS_URL": "{url}/api/auth/token"}, "status", "without a login"),
        ({"BETTER_AUTH_JWKS_URL": "{url}/api/auth/ok"}, "shape", "/api/auth/jwks"),
        ({"BETTER_AUTH_JWKS_URL": "http://127.0.0.1:9/jwks"}, "refused", "is the port right"),
        ({"BETTER_AUTH_JWKS_URL": "https://no.such.host.invalid/jwks"}, "dns", "container"),
    ],
)
def test_a_wrong_url_is_explained(
    better_auth: Issuer, settings: dict[str, str], fault: str, remedy: str
):
    settings = {name: value.format(url=better_auth.url) for name, value in settings.items()}
    result = flask(better_auth.url, "jwks-check", **settings)
    assert result.returncode == 1
    assert f"Error ({fault})" in result.stdout
    assert remedy in result.stdout.split("Fix:")[1]


def test_a_session_token_is_explained(better_auth: Issuer):
    cookie = better_auth.sign_up("Ada").session.cookies["better-auth.session_token"]
    result = flask(better_auth.url, "token-check", stdin=cookie.split(".")[0])
    assert result.returncode == 1
    assert "Error (token_kind): an opaque session token" in result.stdout


def test_a_token_of_another_environment_is_explained(
    better_auth: Issuer, new_database: NewDatabase
):
    with Issuer(new_database("sqlite")) as other:
        token = other.sign_up("Ada").token
        result = flask(better_auth.url, "token-check", stdin=token)
    assert result.returncode == 1
    assert "Error (key_unknown)" in result.stdout
    assert f"the token says it is from '{other.url}'" in result.stdout


def test_an_issuer_with_another_host_name_is_explained(better_auth: Issuer):
    """As without a baseURL, or with a host name that differs from the setting."""
    token = better_auth.sign_up("Ada").token
    elsewhere = better_auth.url.replace("127.0.0.1", "localhost")
    result = flask(elsewhere, "token-check", stdin=token)
    assert result.returncode == 1
    assert "Error (claims_invalid)" in result.stdout
    assert "without a baseURL, Better Auth uses the host name of each request" in result.stdout
    assert f"expected {elsewhere}" in result.stdout


def test_tokens_can_be_verified_in_the_shell(better_auth: Issuer):
    ada = better_auth.sign_up("Ada")
    script = f"""
from bridge import BetterAuth
print(BetterAuth().verify({ada.token!r}).name)
"""
    assert "Ada" in flask(better_auth.url, "shell", stdin=script).stdout
