"""Rules for imports between the rooms of the task page, and for the names of hook modules."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
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
