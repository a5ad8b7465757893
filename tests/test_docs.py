"""What users read is whole: every setting, code, route and command, and an example that runs."""

import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, g
from prometheus_client import REGISTRY

import bridge
from bridge import BetterAuth, Refusal, require_user
from bridge.testing import Issuer
from todo import create_app
from todo.errors import Failure

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


def test_every_setting_of_the_service_is_in_its_table():
    names = named_in("config.py", r'present(?:\.get\(|, )"([A-Z_]+)"')
    names |= named_in("gunicorn.conf.py", r'environ\.get\("([A-Z_]+)"\)')
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


def test_every_code_is_in_a_table():
    codes = {kind.code for kind in subclasses(Refusal) | subclasses(Failure)} - {"refused"}
    codes |= named_in("todo/errors.py", r'\("([a-z_]+)", "')
    assert len(codes) > 20
    assert [code for code in codes if f"`{code}`" not in README + API] == []


def subclasses(kind: type) -> set[type]:
    found = set(kind.__subclasses__())
    return found.union(*(subclasses(one) for one in found))


def test_every_code_of_a_field_is_in_the_list():
    codes = named_in("todo/schemas.py", r'(?:: \(|CustomError\()"([a-z_]+)"')
    assert len(codes) > 10
    assert [code for code in codes if f"`{code}`" not in API] == []


def test_every_route_is_in_the_table():
    app = create_app({"BETTER_AUTH_URL": "https://x.test", "SQLALCHEMY_DATABASE_URI": "sqlite://"})
    for rule in app.url_map.iter_rules():
        path = rule.rule.replace("<uuid:", "{").replace(">", "}")
        below = path.removeprefix("/api/v1/{user_id}")
        assert any(end in API for end in (f"{below}` ", f"{below}`,", f"{below}`)")), path


def test_every_public_name_is_in_the_readme():
    assert [name for name in bridge.__all__ if f"`{name}`" not in README] == []


def test_the_example_for_prometheus_counts():
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


def test_the_test_of_the_readme_is_that_of_the_docs():
    """And runs, as tests/bridge/test_testing.py does."""
    of_readme = re.findall(r"better_auth_issuer\.user.*?\n```", README, re.DOTALL)
    assert of_readme == re.findall(r"better_auth_issuer\.user.*?\n```", BRIDGE, re.DOTALL)


@pytest.mark.parametrize("command", ["jwks-check", "token-check", "guard-check"])
def test_every_command_is_in_the_readme(command: str):
    assert f"flask --app wsgi {command}" in README


def test_the_example_of_the_readme_guards_its_view():
    example, _ = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    app = Flask("example")
    app.config["BETTER_AUTH_URL"] = "https://app.example.com"
    exec(example, {"app": app, "g": g, "BetterAuth": BetterAuth, "require_user": require_user})  # noqa: S102
    path = "/api/v1/00000000-0000-4000-8000-000000000000/notes"
    assert app.test_client().get(path).status_code == 401
