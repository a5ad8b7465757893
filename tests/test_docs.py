"""The documentation covers all settings, codes, routes and commands, and its examples run."""

import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, g
from prometheus_client import REGISTRY

import bridge
from bridge import BetterAuth, Refusal, require_user
from bridge.testing import Issuer
from config import from_env
from todo import create_app
from todo.api.problems import Problem

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
API = (ROOT / "docs/api.md").read_text()
BRIDGE = (ROOT / "docs/bridge.md").read_text()
OPERATIONS = (ROOT / "docs/operations.md").read_text()


def named_in(file: str, pattern: str) -> set[str]:
    return set(re.findall(pattern, (ROOT / file).read_text()))


def test_every_setting_of_the_bridge_is_in_the_readme():
    names = named_in("bridge/settings.py", r'(?:read|self)\.[a-z]+\(\s*"([A-Z_]+)"')
    assert len(names) >= 13
    assert [name for name in names if f"| `BETTER_AUTH_{name}` |" not in README] == []


def test_messages_of_the_bridge_name_existing_settings():
    names = {
        name
        for file in (ROOT / "bridge").glob("*.py")
        for name in re.findall(r"name_of\(['\"]([A-Z_]+)['\"]\)", file.read_text())
    }
    assert len(names) >= 6
    assert [name for name in names if f"| `BETTER_AUTH_{name}` |" not in README] == []


def test_every_setting_of_the_service_is_in_the_operations_guide():
    names = named_in("config.py", r'present(?:\.get\(|, )"([A-Z_]+)"')
    names |= named_in("gunicorn.conf.py", r'(?:environ\.get|whole_number)\("([A-Z_]+)"')
    assert len(names) >= 6
    assert [name for name in names if f"| `{name}` |" not in OPERATIONS] == []


@pytest.mark.parametrize(
    ("settings", "readme"),
    [("issuer/settings.mjs", "issuer/README.md"), ("web/lib/env.ts", "web/README.md")],
    ids=["issuer", "web"],
)
def test_every_setting_of_a_better_auth_server_is_in_its_readme(settings: str, readme: str):
    text = (ROOT / readme).read_text()
    names = named_in("better-auth-setup/settings.mjs", r"(?m)^  ([A-Z][A-Z_]+):")
    assert len(names) == 7
    names |= named_in(settings, r"(?m)^  ([A-Z][A-Z_]+):")
    assert len(names) >= 9
    assert [name for name in names if f"`{name}`" not in text] == []


def test_every_error_code_is_documented():
    codes = {kind.code for kind in subclasses(Refusal) | subclasses(Problem)} - {"refused"}
    codes |= named_in("todo/api/problems.py", r'\("([a-z_]+)", "')
    assert len(codes) > 20
    assert [code for code in codes if f"`{code}`" not in README + API] == []


def subclasses(kind: type) -> set[type]:
    found = set(kind.__subclasses__())
    return found.union(*(subclasses(one) for one in found))


def test_every_validation_code_is_documented():
    codes = named_in("todo/api/requests.py", r'CustomError\("([a-z_]+)"')
    codes |= named_in("todo/api/bodies.py", r': \("([a-z_]+)", "')
    assert len(codes) > 10
    assert [code for code in codes if f"`{code}`" not in API] == []


def test_every_route_is_documented(tmp_path: Path):
    url = f"sqlite:///{tmp_path / 'app.db'}"
    app = create_app(from_env({"BETTER_AUTH_URL": "https://x.test", "DATABASE_URL": url}))
    for rule in app.url_map.iter_rules():
        path = rule.rule.replace("<uuid:", "{").replace(">", "}")
        below = path.removeprefix("/api/v1/{user_id}")
        assert any(end in API for end in (f"{below}` ", f"{below}`,", f"{below}`)")), path


def test_every_public_name_is_in_the_readme():
    assert [name for name in bridge.__all__ if f"`{name}`" not in README] == []


def test_the_prometheus_example_counts_refusals_and_key_age():
    (example,) = re.findall(r"```python\n(from prometheus.*?)```", BRIDGE, re.DOTALL)
    with Issuer() as issuer:
        app = Flask("example")
        app.config["BETTER_AUTH_URL"] = issuer.url
        auth = BetterAuth(app)
        app.get("/me")(require_user(lambda: "me"))
        names: dict[str, Any] = {"app": app, "auth": auth}
        exec(example, names)  # noqa: S102
        assert app.test_client().get("/me").status_code == 401
        assert issuer.user().client(app).get("/me").status_code == 200
    value = REGISTRY.get_sample_value
    assert value("better_auth_refused_total", {"code": "token_missing"}) == 1
    assert value("better_auth_stale_left_seconds") > 80_000


def test_the_readme_and_the_bridge_guide_show_the_same_test_example():
    """tests/bridge/test_testing.py runs the example."""
    of_readme = re.findall(r"better_auth_issuer\.user.*?\n```", README, re.DOTALL)
    assert of_readme == re.findall(r"better_auth_issuer\.user.*?\n```", BRIDGE, re.DOTALL)


@pytest.mark.parametrize("command", ["jwks-check", "token-check", "guard-check"])
def test_every_command_is_in_the_readme(command: str):
    assert f"flask --app wsgi {command}" in README


def test_the_view_in_the_readme_example_is_guarded():
    example, _ = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    app = Flask("example")
    app.config["BETTER_AUTH_URL"] = "https://app.example.com"
    exec(example, {"app": app, "g": g, "BetterAuth": BetterAuth, "require_user": require_user})  # noqa: S102
    path = "/api/v1/00000000-0000-4000-8000-000000000000/notes"
    assert app.test_client().get(path).status_code == 401


def test_every_file_that_the_architecture_names_exists():
    text = (ROOT / "docs/architecture.md").read_text()
    named = set(re.findall(r"`((?:bridge|todo|web|tests|docs|better-auth-setup)/[^`<]*)`", text))
    assert len(named) > 25
    assert [name for name in named if not (ROOT / name).exists()] == []
