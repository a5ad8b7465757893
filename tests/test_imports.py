"""Rules for imports: between packages, and within the bridge, the service and the task page."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OURS = {"bridge", "todo", "config", "wsgi"}
LAYERS = [
    "errors",
    "signals",
    "jwks",
    "settings",
    "issuer_response",
    "connection_errors",
    "fetch",
    "key_file",
    "forks",
    "keys",
    "user",
    "jws",
    "result_cache",
    "tokens",
    "guard",
    "cli",
    "extension",
    "testing",
    "pytest_plugin",
]
SESSION = "todo/store/session.py"


def imported(file: Path) -> set[str]:
    """Return the absolute name of everything that ``file`` imports."""
    package = file.relative_to(ROOT).parts[:-1]
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join([*above, *([node.module] if node.module else [])])
            found |= {module, *(f"{module}.{name.name}" for name in node.names)}
    return found


def sources(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def name_of(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


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
def test_packages_import_only_allowed_packages(files: list[Path], allowed: set[str]):
    assert files
    for file in files:
        found = {name.split(".")[0] for name in imported(file)} & OURS
        assert found <= allowed, file


def test_the_service_uses_only_public_names_of_the_bridge():
    import bridge  # noqa: PLC0415 (what this test is about)

    public = {"bridge", *(f"bridge.{name}" for name in bridge.__all__)}
    for file in sources("todo"):
        assert {name for name in imported(file) if name.startswith("bridge")} <= public, file


@pytest.mark.parametrize("position", range(len(LAYERS)), ids=LAYERS)
def test_bridge_modules_import_only_lower_layers(position: int):
    above = {f"bridge.{name}" for name in LAYERS[position:]}
    assert not imported(ROOT / "bridge" / f"{LAYERS[position]}.py") & above


def test_every_module_of_the_bridge_is_in_a_layer():
    assert {file.stem for file in sources("bridge")} == {*LAYERS, "__init__"}


def test_bridge_modules_below_the_guard_do_not_import_flask():
    for name in LAYERS[: LAYERS.index("guard")]:
        assert "flask" not in imported(ROOT / "bridge" / f"{name}.py"), name


def test_the_store_knows_neither_flask_nor_the_api():
    files = sources("todo/store")
    assert len(files) > 8
    for file in files:
        found = {name.split(".")[0] for name in imported(file)}
        assert "flask" not in found, file
        assert not {name for name in imported(file) if name.startswith(("todo.api", "todo.plumb"))}
        assert {name for name in imported(file) if name.startswith("bridge")} <= {
            "bridge",
            "bridge.User",
        }, file


def test_the_assistant_knows_neither_flask_nor_the_api_nor_sql():
    files = sources("todo/assistant")
    assert len(files) > 1
    for file in files:
        found = imported(file)
        assert not {name.split(".")[0] for name in found} & {"flask", "sqlalchemy", "psycopg"}, file
        assert not {name for name in found if name.startswith(("todo.api", "todo.plumb"))}, file
        assert {name for name in found if name.startswith("bridge")} <= {"bridge", "bridge.User"}


def test_the_grammar_of_a_task_knows_nothing_of_the_service():
    found = imported(ROOT / "todo/assistant/words.py")
    assert not {name for name in found if name.split(".")[0] in OURS}


def test_the_api_contains_no_sql():
    for file in [*sources("todo/api"), *sources("todo/plumbing"), ROOT / "todo/__init__.py"]:
        found = {name.split(".")[0] for name in imported(file)}
        assert not found & {"sqlalchemy", "psycopg", "sqlite3"}, file


@pytest.mark.parametrize("name", ["engine", "raw_connection", "driver_connection"])
def test_only_the_session_touches_the_engine(name: str):
    using = {
        name_of(file)
        for file in sources("todo")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Attribute) and node.attr == name
    }
    assert using == {SESSION}


def test_only_the_session_creates_connections():
    using = {
        name_of(file)
        for file in sources("todo")
        if {"todo.store.connection.Connection"} & imported(file)
    }
    assert using == {SESSION, "todo/store/users.py"}
    calls = {
        name_of(file)
        for file in sources("todo")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "Connection"
    }
    assert calls == {SESSION}


FEATURES_WITH_ROOMS = [ROOT / "web/features/tasks", ROOT / "web/features/assistant"]
# The rooms of a feature that other rooms may import, with what they may import themselves.
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


@pytest.mark.parametrize("feature", FEATURES_WITH_ROOMS)
def test_rooms_of_a_feature_import_only_shared_rooms(feature: Path):
    assert {"model", "data", "parts"} < {folder.name for folder in feature.iterdir()}
    assert wrong_web_imports(feature) == []


@pytest.mark.parametrize(
    ("file", "target"),
    [
        ("model/a.ts", "../data/b"),
        ("data/a.ts", "../parts/b"),
        ("parts/a.tsx", "../list/b"),
        ("list/a.tsx", "../editor/b"),
        ("list/a.tsx", "../page"),
        ("list/a.tsx", "../../tags/b"),
    ],
)
def test_an_upward_import_in_a_room_is_found(tmp_path: Path, file: str, target: str):
    path = tmp_path / file
    path.parent.mkdir()
    path.write_text(f'import {{ b }} from "{target}";\nimport {{ c }} from "./c";\n')
    assert wrong_web_imports(tmp_path) == [f"{file} imports {target}"]


def test_every_module_with_a_hook_has_the_prefix_use():
    for file in (ROOT / "web/features").rglob("*.ts*"):
        if re.search(r"(?m)^export (async )?function use[A-Z]", file.read_text()):
            assert file.name.startswith("use-"), file


def test_benchmarks_need_no_package_for_development():
    """`make bench` installs none, and the tests import their helpers too."""
    code = "import sys; sys.modules.update(pytest=None, playwright=None); import keys, load, growth"
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": f"{ROOT}:{ROOT}/tests:{ROOT}/bench"}
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, check=True)
