"""docs/front-end.md: its snippets build together with the copied files, and its images exist."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from support.processes import ROOT, clean_environment

GUIDE = (ROOT / "docs/front-end.md").read_text()
SNIPPETS = dict(re.findall(r"```ts\n// (\S+)\n(.*?)```", GUIDE, re.DOTALL))
COPIED = {*re.findall(r"`([a-z.-]+\.ts)`[,:]", GUIDE), "backend.ts", "limit-body.ts"}
# The files of the reader's existing application.
EXISTING = {
    "package.json": "{}",
    "lib/database.ts": """
        import { memoryAdapter } from "better-auth/adapters/memory";
        export const database = memoryAdapter({});
    """,
    "app/layout.tsx": """
        export default function Layout({ children }: { children: React.ReactNode }) {
          return <html lang="en"><body>{children}</body></html>;
        }
    """,
    "app/page.tsx": """
        "use client";
        import { addTask } from "@/lib/add-task";
        export default function Page() {
          return <button onClick={() => void addTask("uuid", "title")}>Add</button>;
        }
    """,
    "tsconfig.json": json.dumps(
        {
            "extends": "./web-tsconfig.json",
            "compilerOptions": {"incremental": False, "plugins": []},
            "include": ["**/*.ts", "**/*.tsx"],
        }
    ),
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """An application in which all steps of the guide were done."""
    (tmp_path / "node_modules").symlink_to(ROOT / "node_modules")
    shutil.copy(ROOT / "web/tsconfig.json", tmp_path / "web-tsconfig.json")
    for name, content in (EXISTING | SNIPPETS).items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
    for name in COPIED:
        shutil.copy(ROOT / "web/lib" / name, tmp_path / "lib" / name)
    return tmp_path


def type_check(project: Path) -> str:
    command = ["node", "node_modules/typescript/bin/tsc", "--noEmit", "-p", "."]
    return subprocess.run(command, cwd=project, capture_output=True, text=True, check=False).stdout


def test_the_snippets_and_the_copied_files_build(project: Path):
    assert len(SNIPPETS) == 6
    assert {"api.ts", "token.ts", "errors.ts", "problem.ts", "zod.ts", "service.d.ts"} < COPIED
    built = subprocess.run(
        # Turbopack does not follow the link to node_modules.
        ["node", "node_modules/next/dist/bin/next", "build", "--webpack"],
        cwd=project,
        env=clean_environment() | {"NEXT_TELEMETRY_DISABLED": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stdout + built.stderr
    assert "/backend/[...path]" in built.stdout


def test_a_wrong_snippet_fails_the_type_check(project: Path):
    """Otherwise the test above would prove nothing."""
    file = project / "lib/add-task.ts"
    file.write_text(file.read_text().replace("body: { title }", "body: { name: title }"))
    assert "lib/add-task.ts" in type_check(project)


def test_the_images_exist():
    images = re.findall(r"\((images/[a-z-]+\.png)\)", GUIDE)
    assert images
    assert [name for name in images if not (ROOT / "docs" / name).is_file()] == []
