"""`make run` and `make serve`: startup, the printed commands, errors and shutdown."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from support.processes import ROOT, Issuer, answers, clean_environment, free_port, wait_until


@contextmanager
def running(log: Path, *arguments: str, **env: str) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "scripts/run.py", *arguments]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=clean_environment() | env,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        process.wait(30)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log"


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    return {
        "DATABASE_URL": f"sqlite:///{tmp_path / 'app.db'}",
        "BETTER_AUTH_SECRET": "a secret that lives as long as a test",
        "PORT": str(free_port()),
        "WEB_PORT": str(free_port()),
    }


def test_the_printed_commands_work_when_pasted(log: Path, env: dict[str, str]):
    with running(log, **env) as process:
        wait_until(lambda: "Press Ctrl-C to stop both." in log.read_text(), 60)
        lines = [line for line in log.read_text().splitlines() if line.startswith("  ")]
        pasted = subprocess.run(
            ["bash", "-eu", "-c", "\n".join(lines)],
            env={"PATH": os.environ["PATH"]},
            capture_output=True,
            text=True,
            check=True,
        )
        signed_up, task, tasks = map(json.loads, filter(None, pasted.stdout.splitlines()))
        assert signed_up["user"]["name"] == "Ada"
        assert task["title"] == "Try the bridge"
        assert tasks["items"] == [task]
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
    assert log.read_text().endswith("Stopped.\n")
    for port in (env["PORT"], env["WEB_PORT"]):
        assert not answers(f"http://127.0.0.1:{port}/healthz")


def test_the_service_alone_starts_for_an_existing_better_auth_server(
    log: Path, env: dict[str, str], better_auth: Issuer
):
    env |= {"BETTER_AUTH_URL": better_auth.url}
    with running(log, "--service-alone", **env):
        wait_until(lambda: "The service is up at" in log.read_text(), 60)
        wait_until(lambda: answers(f"http://127.0.0.1:{env['PORT']}/readyz"))


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"BETTER_AUTH_URL": ""}, "BETTER_AUTH_URL is not set; expected the address of your "),
        ({"BETTER_AUTH_URL": "nowhere"}, "Invalid setting: BETTER_AUTH_URL is 'nowhere'; "),
        ({"WEB_CONCURRENCY": "two"}, "WEB_CONCURRENCY is 'two'; expected a whole number"),
        ({"PORT": "http"}, "PORT is 'http'; expected a port number from 1 to 65535"),
        ({"DATABASE_URL": "mysql://h/x"}, "Invalid setting: DATABASE_URL is 'mysql://h/x'; "),
    ],
)
def test_an_invalid_setting_is_reported_without_a_traceback(
    log: Path, env: dict[str, str], changes: dict[str, str], line: str
):
    env |= {"BETTER_AUTH_URL": "https://app.example.com"} | changes
    with running(log, "--service-alone", **env) as process:
        assert process.wait(30) == 1
    assert re.search(f"^{re.escape(line)}", log.read_text(), re.MULTILINE)
    assert "Traceback" not in log.read_text()


def test_a_port_in_use_is_reported(log: Path, env: dict[str, str], better_auth: Issuer):
    taken = better_auth.url.rsplit(":", 1)[1]
    with running(log, **env | {"PORT": taken}) as process:
        assert process.wait(30) == 1
    assert log.read_text() == f"Port {taken} is in use. Choose another port with PORT=...\n"


@pytest.mark.parametrize(
    ("target", "programs", "words"),
    [
        ("run", {}, "Missing: Node 20 or newer with npm"),
        ("run", {"npm": "true", "node": "false"}, "Missing: Node 20 or newer; node is"),
        ("run", {"npm": "true", "node": "true"}, "Missing: Python 3.11 or newer (as python3;"),
        ("serve", {"python3": "false"}, "Missing: Python 3.11 or newer; python3 is"),
    ],
)
def test_missing_programs_are_reported_before_anything_is_installed(
    tmp_path: Path, target: str, programs: dict[str, str], words: str
):
    folder, path = tmp_path / "project", tmp_path / "bin"
    folder.mkdir()
    path.mkdir()
    for name in ("Makefile", "requirements.txt"):
        shutil.copy(ROOT / name, folder)
    for name, stand_in in ({name: name for name in ("sh", "find", "head")} | programs).items():
        (path / name).symlink_to(str(shutil.which(stand_in)))
    make = subprocess.run(
        [str(shutil.which("make")), target],
        cwd=folder,
        env={"PATH": str(path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert make.returncode == 2
    assert [line for line in make.stdout.splitlines() if line.startswith(words)], make
    assert {file.name for file in folder.iterdir()} == {"Makefile", "requirements.txt"}
