import re
from pathlib import Path
from typing import Any

import pytest

from bridge import ConfigError
from bridge.settings import BETTER_AUTH_VARIABLES, SWITCH_WORDS, Settings

ROOT = Path(__file__).parents[2]


def settings(**changes: Any) -> Settings:
    return Settings.from_config({"BETTER_AUTH_URL": "https://app.example.com", **changes})


def test_only_the_url_is_required():
    found = settings()
    assert found.jwks_url == "https://app.example.com/api/auth/jwks"
    assert found.issuers == found.audiences == {"https://app.example.com"}
    assert found.user_claim == "uuid"
    assert found.algorithms == {"EdDSA", "Ed25519", "ES256", "ES512", "PS256", "RS256"}
    assert found.leeway_seconds == 10
    assert found.max_age_seconds == 300
    assert found.stale_limit_seconds == 86400
    assert found.timeout_seconds == 5


@pytest.mark.parametrize(
    ("url", "issuer", "jwks_url"),
    [
        ("HTTPS://App.Example.com/", "https://app.example.com", "/api/auth/jwks"),
        ("https://app.example.com:443", "https://app.example.com", "/api/auth/jwks"),
        ("http://localhost:3000/api/auth", "http://localhost:3000", "/api/auth/jwks"),
        ("https://app.example.com/login/", "https://app.example.com", "/login/jwks"),
        ("http://[::1]:3000", "http://[::1]:3000", "/api/auth/jwks"),
    ],
)
def test_the_issuer_is_the_origin_and_a_path_is_the_base_path(url: str, issuer: str, jwks_url: str):
    found = settings(BETTER_AUTH_URL=url)
    assert found.issuers == {issuer}
    assert found.jwks_url == issuer + jwks_url


@pytest.mark.parametrize("url", ["https://ID.example.com/", "https://id.example.com/api/auth/"])
def test_an_issuer_that_is_a_url_also_accepts_its_origin(url: str):
    assert settings(BETTER_AUTH_ISSUER=url).issuers == {url, "https://id.example.com"}


@pytest.mark.parametrize("name", ["https://id.example.com/tenant/7", "my-issuer", "urn:example:id"])
def test_a_custom_issuer_is_accepted_as_written(name: str):
    assert settings(BETTER_AUTH_ISSUER=name).issuers == {name}


def test_the_default_audience_is_the_issuer():
    assert settings(BETTER_AUTH_ISSUER="a,b").audiences == {"a", "b"}
    assert settings(BETTER_AUTH_ISSUER="a", BETTER_AUTH_AUDIENCE=["c", "d"]).audiences == {"c", "d"}


def test_keys_may_come_from_an_internal_url():
    found = settings(
        BETTER_AUTH_JWKS_URL="http://auth:3000/api/auth/jwks", BETTER_AUTH_ALLOW_HTTP="true"
    )
    assert found.jwks_url == "http://auth:3000/api/auth/jwks"
    assert found.issuers == {"https://app.example.com"}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        *((word, value) for word, value in SWITCH_WORDS.items()),
        *((word.upper(), value) for word, value in SWITCH_WORDS.items()),
        (" True ", True),
        (True, True),
        (False, False),
        (1, True),
        (0, False),
    ],
)
def test_a_switch_accepts_these_words(value: object, *, expected: bool):
    url = {"BETTER_AUTH_URL": "http://auth:3000", "BETTER_AUTH_ALLOW_HTTP": value}
    if expected:
        assert settings(**url).issuers == {"http://auth:3000"}
    else:
        with pytest.raises(ConfigError, match="set BETTER_AUTH_ALLOW_HTTP to true"):
            settings(**url)


def test_an_empty_text_counts_as_not_set():
    assert settings(BETTER_AUTH_LEEWAY="", BETTER_AUTH_AUDIENCE="") == settings()


@pytest.mark.parametrize(
    "host", ["localhost:3000", "127.0.0.1", "127.8.9.1:80", "[::1]", "a.localhost"]
)
def test_plain_http_is_accepted_on_loopback(host: str):
    assert settings(BETTER_AUTH_URL=f"http://{host}").jwks_url.startswith("http://")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BETTER_AUTH_URL", None),
        ("BETTER_AUTH_URL", ""),
        ("BETTER_AUTH_URL", 3000),
        ("BETTER_AUTH_URL", "app.example.com"),
        ("BETTER_AUTH_URL", "ftp://app.example.com"),
        ("BETTER_AUTH_URL", "https://"),
        ("BETTER_AUTH_URL", "https://app.example.com:port"),
        ("BETTER_AUTH_URL", "https://app.example.com:70000"),
        ("BETTER_AUTH_URL", "https://[::1"),
        ("BETTER_AUTH_URL", "https://bücher.example"),
        ("BETTER_AUTH_URL", "https://app.example.com?x=1"),
        ("BETTER_AUTH_URL", "http://app.example.com"),
        ("BETTER_AUTH_URL", "http://10.0.0.5:3000"),
        ("BETTER_AUTH_URL", "http://localhost.example.com"),
        ("BETTER_AUTH_JWKS_URL", "/api/auth/jwks"),
        ("BETTER_AUTH_JWKS_URL", "http://auth:3000/api/auth/jwks"),
        ("BETTER_AUTH_ISSUER", "a,,b"),
        ("BETTER_AUTH_ISSUER", []),
        ("BETTER_AUTH_AUDIENCE", 7),
        ("BETTER_AUTH_AUDIENCE", ["a", 7]),
        ("BETTER_AUTH_USER_CLAIM", 7),
        ("BETTER_AUTH_USER_CLAIM", " "),
        ("BETTER_AUTH_ALGORITHMS", "EdDSA,HS256"),
        ("BETTER_AUTH_ALGORITHMS", "none"),
        ("BETTER_AUTH_ALGORITHMS", "RS512"),
        ("BETTER_AUTH_LEEWAY", "ten"),
        ("BETTER_AUTH_LEEWAY", 61),
        ("BETTER_AUTH_LEEWAY", -1),
        ("BETTER_AUTH_LEEWAY", "nan"),
        ("BETTER_AUTH_LEEWAY", True),
        ("BETTER_AUTH_JWKS_MAX_AGE", 0),
        ("BETTER_AUTH_JWKS_STALE_LIMIT", 299),
        ("BETTER_AUTH_JWKS_STALE_LIMIT", "inf"),
        ("BETTER_AUTH_JWKS_TIMEOUT", 0),
        ("BETTER_AUTH_ALLOW_HTTP", "perhaps"),
    ],
)
def test_a_wrong_setting_is_named_with_the_expected_value(name: str, value: object):
    with pytest.raises(ConfigError, match=rf"^{name} (is|names) .+expected"):
        settings(**{name: value})


def test_a_password_in_a_url_is_refused_and_not_repeated():
    with pytest.raises(ConfigError) as caught:
        settings(BETTER_AUTH_URL="https://me:hunter2@app.example.com")
    assert "hunter2" not in str(caught.value)
    assert re.search(r"no user, password", str(caught.value))


def test_es384_must_be_configured():
    assert settings(BETTER_AUTH_ALGORITHMS="EdDSA, ES384").algorithms == {"EdDSA", "ES384"}


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("BETTER_AUTH_AUDIENCES", "BETTER_AUTH_AUDIENCE"),
        ("BETTER_AUTH_ISSUERS", "BETTER_AUTH_ISSUER"),
        ("BETTER_AUTH_JWKS_URI", "BETTER_AUTH_JWKS_URL"),
        ("BETTER_AUTH_JWK_URL", "BETTER_AUTH_JWKS_URL"),
        ("BETTER_AUTH_CLAIM", "BETTER_AUTH_USER_CLAIM"),
        ("BETTER_AUTH_ALGORITHM", "BETTER_AUTH_ALGORITHMS"),
        ("BETTER_AUTH_ALLOW_HTTPS", "BETTER_AUTH_ALLOW_HTTP"),
        ("BETTER_AUTH_JWKS_MAXAGE", "BETTER_AUTH_JWKS_MAX_AGE"),
        ("BETTER_AUTH_CACHE_SIZE", "BETTER_AUTH_TOKEN_CACHE_SIZE"),
        ("BETTER_AUTH_TIMEOUT", "BETTER_AUTH_JWKS_TIMEOUT"),
    ],
)
def test_a_misspelt_name_is_logged_with_the_nearest_setting(
    caplog: pytest.LogCaptureFixture, name: str, nearest: str
):
    settings(**{name: "x"})
    assert caplog.messages == [f"{name} is not a setting; did you mean {nearest}?"]
    assert caplog.records[0].levelname == "WARNING"


def test_names_of_better_auth_and_of_other_issuers_are_not_misspelt(
    caplog: pytest.LogCaptureFixture,
):
    settings(
        BETTER_AUTH_SECRET="x",
        BETTER_AUTH_SECRETS="x",
        BETTER_AUTH_TRUSTED_ORIGINS="x",
        BETTER_AUTH_TELEMETRY="1",
        BETTER_AUTH_TELEMETRY_ENDPOINT="x",
        BETTER_AUTH_TELEMETRY_ID="x",
        BETTER_AUTH_TELEMETRY_DEBUG="1",
        BETTER_AUTH_API_KEY="x",
        BETTER_AUTH_PARTNER_URL="https://partner.example.com",
        BETTER_AUTH_PARTNER_AUDIENCE="x",
        BETTER_AUTH_PARTNER_TOKEN_CACHE_SIZE=1,
        PARTNER_AUTH_AUDIENCES="x",
        AUDIENCES="x",
    )
    assert caplog.messages == []


def test_every_variable_of_the_installed_better_auth_is_known():
    folder = ROOT / "node_modules"
    files = [
        *folder.glob("better-auth/dist/**/*.mjs"),
        *folder.glob("@better-auth/*/dist/**/*.mjs"),
    ]
    assert len(files) > 100
    names = {
        name for file in files for name in re.findall(r"\bBETTER_AUTH_[A-Z_]+", file.read_text())
    }
    assert {"BETTER_AUTH_SECRET", "BETTER_AUTH_TELEMETRY"} <= names
    assert names <= BETTER_AUTH_VARIABLES


@pytest.mark.parametrize("other", ["BETTER_AUTH_BASE_URL", "BETTERAUTH_URL"])
def test_a_missing_url_names_a_similar_setting(other: str):
    with pytest.raises(ConfigError, match=rf"\({other} is not a setting\)"):
        Settings.from_config({other: "https://x.test", "BETTER_AUTH_JWKS_URL": "https://x.test"})


def test_a_missing_url_names_no_setting_that_exists():
    with pytest.raises(ConfigError) as caught:
        Settings.from_config({"BETTER_AUTH_JWKS_URL": "https://x.test", "BETTER_AUTH_SECRET": "x"})
    assert "is not a setting" not in str(caught.value)
