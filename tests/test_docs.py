"""What users read is whole: every setting, code, route and command, and an example that runs."""

import re
from pathlib import Path

import pytest
from flask import Flask, g

import bridge
from bridge import BetterAuth, Refusal, require_user
from todo import create_app
from todo.errors import Failure

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
API = (ROOT / "docs/api.md").read_text()
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
    assert names == {"DATABASE_URL", "LOG_LEVEL", "PORT", "WEB_CONCURRENCY", "WEB_THREADS"}
    assert [name for name in names if f"| `{name}` |" not in OPERATIONS] == []


def test_every_setting_of_the_issuer_is_in_its_readme():
    text = (ROOT / "issuer/README.md").read_text()
    names = named_in("issuer/settings.mjs", r'(?:env\.|read\("|seconds\(")([A-Z][A-Z_]+)')
    assert len(names) >= 10
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


@pytest.mark.parametrize("command", ["jwks-check", "token-check", "guard-check"])
def test_every_command_is_in_the_readme(command: str):
    assert f"flask --app wsgi {command}" in README


def test_the_example_of_the_readme_guards_its_view():
    (example,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    app = Flask("example")
    app.config["BETTER_AUTH_URL"] = "https://app.example.com"
    exec(example, {"app": app, "g": g, "BetterAuth": BetterAuth, "require_user": require_user})  # noqa: S102
    path = "/api/v1/00000000-0000-4000-8000-000000000000/notes"
    assert app.test_client().get(path).status_code == 401
