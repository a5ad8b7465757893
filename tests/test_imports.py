"""Who may import whom: imports only point down."""

import ast
import re
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


TASKS = ROOT / "web/features/tasks"
# The rooms of web/features/tasks that other rooms may import, with what they may import themselves.
SHARED_ROOMS = {"model": set[str](), "data": {"model"}, "parts": {"model"}}


def wrong_web_imports(feature: Path) -> list[str]:
    """List the imports in ``feature`` that break the rule page -> rooms -> data, parts -> model."""
    found = []
    for file in sorted(feature.glob("*/**/*.ts*")):
        room = file.relative_to(feature).parts[0]
        allowed = {room} | SHARED_ROOMS.get(room, set(SHARED_ROOMS))
        for path in re.findall(r'(?m)(?:from|import) \(?"(\.[^"]*)"', file.read_text()):
            target = (file.parent / path).resolve()
            if not any(target.is_relative_to(feature / name) for name in allowed):
                found.append(f"{file.relative_to(feature)} imports {path}")
    return found


def test_rooms_of_the_task_page_import_only_shared_rooms():
    assert {"model", "data", "parts"} < {folder.name for folder in TASKS.iterdir()}
    assert wrong_web_imports(TASKS) == []


@pytest.mark.parametrize(
    ("file", "imported"),
    [
        ("model/a.ts", "../data/b"),
        ("data/a.ts", "../parts/b"),
        ("parts/a.tsx", "../list/b"),
        ("list/a.tsx", "../editor/b"),
        ("list/a.tsx", "../page"),
        ("list/a.tsx", "../../tags/b"),
    ],
)
def test_an_upward_import_in_a_room_is_found(tmp_path: Path, file: str, imported: str):
    path = tmp_path / file
    path.parent.mkdir()
    path.write_text(f'import {{ b }} from "{imported}";\nimport {{ c }} from "./c";\n')
    assert wrong_web_imports(tmp_path) == [f"{file} imports {imported}"]


def test_every_module_with_a_hook_has_the_prefix_use():
    for file in (ROOT / "web/features").rglob("*.ts*"):
        if re.search(r"(?m)^export (async )?function use[A-Z]", file.read_text()):
            assert file.name.startswith("use-"), file
