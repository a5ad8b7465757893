"""Settings of the service, read from the environment."""

import json
import re
import runpy
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from sqlalchemy import URL
from support.processes import clean_environment

from bridge import settings as bridge_settings
from config import SWITCH_WORDS, SettingError, from_env

ROOT = Path(__file__).parent.parent


def url(text: str) -> URL:
    found = from_env({"DATABASE_URL": text})["SQLALCHEMY_DATABASE_URI"]
    assert isinstance(found, URL)
    return found


def test_every_setting_of_the_service_has_a_default():
    settings = from_env({})
    assert str(settings["SQLALCHEMY_DATABASE_URI"]) == "sqlite:///app.db"
    assert settings["LOG_LEVEL"] == "INFO"
    assert settings["MAX_CONTENT_LENGTH"] == 1024 * 1024


def test_better_auth_settings_are_passed_on_without_its_secret():
    env = {
        "BETTER_AUTH_URL": "https://app.example.com",
        "BETTER_AUTH_LEEWAY": "",
        "BETTER_AUTH_SECRET": "not ours",
        "PATH": "/bin",
    }
    passed = {name for name in from_env(env) if name.startswith("BETTER_AUTH_") or name == "PATH"}
    assert passed == {"BETTER_AUTH_URL"}


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_postgresql_urls_of_hosting_platforms_are_accepted(scheme: str):
    found = url(f"{scheme}://ada:p%40ss@db.example:5433/todo?sslmode=require")
    assert found.drivername == "postgresql+psycopg"
    assert (found.username, found.password, found.host, found.port, found.database) == (
        "ada",
        "p@ss",
        "db.example",
        5433,
        "todo",
    )
    assert found.query == {
        "sslmode": "require",
        "connect_timeout": "5",
        "tcp_user_timeout": "10000",
    }


def test_the_database_url_overrides_timeouts():
    assert url("postgres://db/todo?connect_timeout=60").query["connect_timeout"] == "60"


@pytest.mark.parametrize(
    ("parameters", "query"),
    [
        ("uselibpqcompat=true&sslmode=require", {"sslmode": "require"}),
        ("sslmode=no-verify", {"sslmode": "require"}),
        ("ssl=true", {"sslmode": "require"}),
        ("ssl=false", {"sslmode": "disable"}),
        ("ssl=true&sslmode=verify-full", {"sslmode": "verify-full"}),
        ("schema=public", {}),
        ("options=-csearch_path%3Dapp", {"options": "-csearch_path=app"}),
        ("channel_binding=require", {"channel_binding": "require"}),
        ("pgbouncer=true", {}),
        ("connection_limit=1", {}),
    ],
)
def test_parameters_of_javascript_drivers_are_translated(parameters: str, query: dict[str, str]):
    found = url(f"postgres://db/todo?{parameters}")
    assert found.query == query | {"connect_timeout": "5", "tcp_user_timeout": "10000"}


@pytest.mark.parametrize(
    ("parameters", "options"),
    [
        ("", {}),
        ("?pgbouncer=true", {"connect_args": {"prepare_threshold": None}}),
        ("?pgbouncer=false", {}),
        ("?statement_cache_size=0", {"connect_args": {"prepare_threshold": None}}),
        ("?connection_limit=3", {"pool_size": 3}),
        ("?connection_limit=100", {"pool_size": 9}),
    ],
)
def test_parameters_of_javascript_drivers_set_the_connection_pool(
    parameters: str, options: dict[str, object]
):
    found = from_env({"DATABASE_URL": f"postgres://db/todo{parameters}"})
    usual = {"max_overflow": 0, "pool_timeout": 2, "pool_size": 9}
    assert found["SQLALCHEMY_ENGINE_OPTIONS"] == usual | options


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ("schema=app", "schema is unknown .*; write options=-csearch_path%3Dapp instead"),
        ("sslaccept=strict", "sslaccept is unknown .*; remove it"),
        ("pool_timeout=10", "pool_timeout is unknown .*; remove it"),
        ("sslmode=always", "sslmode is 'always'; expected disable, "),
        ("ssl=perhaps", "ssl is 'perhaps'; expected true, "),
        ("sslmode=require&sslmode=prefer", "sslmode is given more than once"),
    ],
)
def test_other_parameters_are_refused_by_name(parameters: str, words: str):
    with pytest.raises(SettingError, match=f"^DATABASE_URL: the parameter {words}"):
        url(f"postgres://u:p4ss@db/todo?{parameters}")


@pytest.mark.parametrize(
    "text",
    ["mysql://u:p4ss@h/x", "sqlite://", "sqlite:///:memory:", "postgres://u:p4ss@h:x/y", "app.db"],
)
def test_a_wrong_database_url_is_named_without_its_password(text: str):
    with pytest.raises(SettingError, match=r"^DATABASE_URL is ") as caught:
        url(text)
    assert "p4ss" not in str(caught.value)


def test_origins_are_a_list():
    found = from_env({"CORS_ORIGINS": "https://app.example.com, http://localhost:3000,"})
    assert found["CORS_ORIGINS"] == ["https://app.example.com", "http://localhost:3000"]


@pytest.mark.parametrize(
    "origin",
    [
        "*",
        "null",
        "app.example.com",
        "https://app.example.com/",
        "https://App.example.com",
        "https://*.x",
    ],
)
def test_a_wrong_origin_is_named(origin: str):
    with pytest.raises(SettingError, match=r"^CORS_ORIGINS names .*; expected origins"):
        from_env({"CORS_ORIGINS": f"https://good.example, {origin}"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LOG_LEVEL", "LOUD"),
        ("METRICS", "perhaps"),
        ("WEB_THREADS", "many"),
        ("WEB_THREADS", "0"),
        ("WEB_THREADS", "-1"),
        ("WEB_THREADS", "1.5"),
        ("CHAT_MODEL_IDLE_SECONDS", "0"),
        ("CHAT_MODEL_RETRIES", "-1"),
    ],
)
def test_a_wrong_setting_is_named(name: str, value: str):
    with pytest.raises(SettingError, match=f"^{name} is '{value}'; expected "):
        from_env({name: value})


def model(**env: str) -> dict[str, object]:
    """Return the settings of a language model."""
    found = from_env({"CHAT_MODEL_URL": "http://localhost:11434/v1/", "CHAT_MODEL": "x"} | env)
    return {name: value for name, value in found.items() if name.startswith("CHAT_MODEL")}


def test_the_settings_of_a_model_have_defaults():
    assert from_env({})["CHAT_MODEL_URL"] == ""
    assert model(CHAT_MODEL_RETRIES="0") == {
        "CHAT_MODEL_URL": "http://localhost:11434/v1",
        "CHAT_MODEL": "x",
        "CHAT_MODEL_KEY": "",
        "CHAT_MODEL_IDLE_SECONDS": 30,
        "CHAT_MODEL_RETRIES": 0,
    }


@pytest.mark.parametrize(
    "url",
    [
        "localhost:11434",
        "ftp://localhost/v1",
        "https://ada:password@llm.example/v1",
        "https://llm.example/v1?key=password",
        "https://llm.example/v1/chat/completions/",
        "https://llm.example/a b",
    ],
)
def test_a_wrong_address_of_a_model_is_named(url: str):
    with pytest.raises(SettingError, match=r"^CHAT_MODEL_URL is .*; expected ") as error:
        model(CHAT_MODEL_URL=url)
    assert "password" not in str(error.value)


def test_a_model_needs_an_address_and_a_name():
    with pytest.raises(SettingError, match=r"^CHAT_MODEL is missing; expected "):
        model(CHAT_MODEL="")
    with pytest.raises(SettingError, match=r"^CHAT_MODEL_URL is missing; expected "):
        model(CHAT_MODEL_URL="")
    with pytest.raises(SettingError, match=r"^CHAT_MODEL_KEY has .*; expected ") as error:
        model(CHAT_MODEL_KEY="sk-secret\n")
    assert "secret" not in str(error.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WEB_THREADS", "two"),
        ("WEB_THREADS", "0"),
        ("WEB_THREADS", "-1"),
        ("WEB_THREADS", "1.5"),
        ("WEB_THREADS", "1001"),
        # gunicorn reads this variable before its configuration file, and refuses other text itself.
        ("WEB_CONCURRENCY", "0"),
        ("WEB_CONCURRENCY", "1001"),
    ],
)
def test_gunicorn_stops_with_one_line_that_names_the_setting(name: str, value: str):
    result = subprocess.run(
        [sys.executable, "-m", "gunicorn", "--check-config", "wsgi:app"],
        env={**clean_environment(), "BETTER_AUTH_URL": "https://app.example.com", name: value},
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert result.returncode == 1
    expected = f"Invalid setting: {name} is {value!r}; expected a whole number from 1 to 1000"
    assert result.stderr.strip() == expected


def in_any_case(words: dict[str, bool]) -> list[tuple[str, bool]]:
    return [(form(word), value) for word, value in words.items() for form in (str, str.upper)]


@pytest.mark.parametrize(("text", "value"), [*in_any_case(SWITCH_WORDS), ("", False)])
def test_metrics_is_read_in_the_same_way_by_the_service_and_gunicorn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, *, value: bool
):
    assert from_env({"METRICS": text})["METRICS"] is value
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("METRICS", text)
    # Set first, so that monkeypatch removes the value that gunicorn.conf.py sets.
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", "")
    monkeypatch.delenv("PROMETHEUS_MULTIPROC_DIR")
    created = runpy.run_path(str(ROOT / "gunicorn.conf.py"))["created"]
    assert [str(path) for path in tmp_path.iterdir()] == [created] * value


def test_all_settings_accept_the_same_words():
    assert SWITCH_WORDS == bridge_settings.SWITCH_WORDS
    of_javascript = (ROOT / "better-auth-setup/settings.mjs").read_text()
    for name, value in (("truthy", True), ("falsy", False)):
        ((words),) = re.findall(rf"{name}: (\[[^]]*\])", of_javascript)
        assert json.loads(words) == [word for word in SWITCH_WORDS if SWITCH_WORDS[word] is value]
