"""Each command of docs/security-checklist.md prints its result with the shipped service."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from support.client import Client, on
from support.processes import Gunicorn, clean_environment

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"(?m)^\| [^|]+ \| `((?:[^`|]|\\\|)+)` \| `([^`]+)` \|$")
ROWS = [
    (command.replace("\\|", "|"), result)
    for command, result in ROW.findall((ROOT / "docs/security-checklist.md").read_text())
]


def test_every_row_is_a_command_with_its_result():
    lines = (ROOT / "docs/security-checklist.md").read_text().splitlines()
    rows = [line for line in lines if line.startswith("| ") and not line.startswith("| check |")]
    assert len(ROWS) == len(rows) > 15


@on("sqlite")  # the results do not depend on the database
@pytest.mark.parametrize(("command", "result"), ROWS)
def test_the_command_prints_its_result(
    alice: Client, service: Gunicorn, tmp_path: Path, command: str, result: str
):
    (tmp_path / "instance").mkdir(mode=0o700)
    (tmp_path / "service.log").write_text(service.log)
    cookies = alice.person.session.cookies
    env = {
        **clean_environment(),
        **service.env,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "URL": service.url,
        "TOKEN": alice.token,
        "SESSION_TOKEN": str(cookies.get("better-auth.session_token")),
        "NO_PROXY": "127.0.0.1",
    }
    found = subprocess.run(
        ["sh", "-c", command], cwd=tmp_path, env=env, capture_output=True, text=True, check=False
    )
    assert found.stdout.strip() == result, found.stderr
