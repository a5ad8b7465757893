"""The container files: what they copy is there and suffices, and their settings exist."""

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.processes import ROOT, clean_environment

DOCKERFILES = ("Dockerfile", "web/Dockerfile")
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
OURS = ("web", "migrate", "service")


def instructions(name: str) -> list[list[str]]:
    """Return the words of each instruction of a Dockerfile."""
    text = (ROOT / name).read_text().replace("\\\n", " ")
    return [shlex.split(line) for line in text.splitlines() if line and not line.startswith("#")]


def copied(name: str) -> list[tuple[list[str], str]]:
    """Return sources and target of each COPY from the build context."""
    return [
        (words[1:-1], words[-1])
        for words in instructions(name)
        if words[0] == "COPY" and not words[1].startswith("--from")
    ]


@pytest.mark.parametrize("name", DOCKERFILES)
def test_a_container_does_not_run_as_root(name: str):
    users = [words[1] for words in instructions(name) if words[0] == "USER"]
    assert users == ["10001:10001"]


@pytest.mark.parametrize("name", DOCKERFILES)
def test_everything_that_is_copied_is_in_the_repository(name: str):
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    for sources, _ in copied(name):
        for source in sources:
            assert any(file == source or file.startswith(f"{source}/") for file in tracked), source


def test_the_files_of_the_service_suffice_to_start_it(tmp_path: Path):
    for sources, target in copied("Dockerfile"):
        for source in sources:
            if (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, tmp_path / target)
            else:
                shutil.copy(ROOT / source, tmp_path / source)
    env = clean_environment() | {
        "BETTER_AUTH_URL": "http://localhost:9",
        "DATABASE_URL": "postgresql://app:secret@localhost:9/app",
    }
    checked = subprocess.run(
        [sys.executable, "-m", "gunicorn", "--check-config", "wsgi:app"],
        cwd=tmp_path,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize("name", OURS)
def test_a_service_has_a_read_only_root_and_no_capabilities(name: str):
    service = COMPOSE["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]


@pytest.mark.parametrize("name", OURS)
def test_the_settings_of_a_service_are_documented(name: str):
    documents = ["web/README.md"] if name == "web" else ["docs/operations.md", "README.md"]
    text = "".join((ROOT / document).read_text() for document in documents)
    for setting in COMPOSE["services"][name]["environment"]:
        assert f"`{setting}`" in text, setting


@pytest.mark.parametrize("name", DOCKERFILES)
def test_a_health_check_asks_an_existing_path(name: str):
    (check,) = (words for words in instructions(name) if words[0] == "HEALTHCHECK")
    path = re.search(r"http://127.0.0.1:\d+(/[a-z/]+)", " ".join(check))
    assert path is not None
    assert path[1] in {"Dockerfile": "/healthz", "web/Dockerfile": "/api/auth/ok"}[name]
