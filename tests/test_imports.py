"""Who may import whom: imports only point down."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OURS = {"bridge", "todo", "config", "wsgi"}
LAYERS = [
    "errors",
    "signals",
    "jwks",
    "settings",
    "fetch",
    "key_file",
    "keys",
    "tokens",
    "guard",
    "cli",
    "extension",
    "testing",
    "pytest_plugin",
]


def imported(file: Path) -> Iterator[str]:
    """Every module that ``file`` imports, relative ones spelled out."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield str(node.module)
        elif isinstance(node, ast.ImportFrom):
            package = file.parent.name
            names = [node.module] if node.module else [name.name for name in node.names]
            yield from (f"{package}.{name}" for name in names)


def sources(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


@pytest.mark.parametrize(
    ("files", "allowed"),
    [
        (sources("bridge"), {"bridge"}),
        (sources("todo"), {"bridge", "todo"}),
        ([ROOT / "config.py"], set()),
        ([ROOT / "wsgi.py"], {"bridge", "config", "todo"}),
    ],
    ids=["bridge", "todo", "config", "wsgi"],
)
def test_packages_import_only_what_they_may(files: list[Path], allowed: set[str]):
    assert files
    for file in files:
        found = {name.split(".")[0] for name in imported(file)} & OURS
        assert found <= allowed, file


def test_the_service_uses_only_public_names_of_the_bridge():
    for file in sources("todo"):
        assert not [name for name in imported(file) if name.startswith("bridge.")], file


@pytest.mark.parametrize("position", range(len(LAYERS)), ids=LAYERS)
def test_modules_of_the_bridge_import_only_what_lies_below(position: int):
    above = {f"bridge.{name}" for name in LAYERS[position:]}
    assert not set(imported(ROOT / "bridge" / f"{LAYERS[position]}.py")) & above


def test_flask_is_not_known_below_the_guard():
    for name in LAYERS[: LAYERS.index("guard")]:
        assert "flask" not in set(imported(ROOT / "bridge" / f"{name}.py")), name
