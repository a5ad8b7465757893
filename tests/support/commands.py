"""Commands of the service, for tests and for benchmarks, which run without pytest."""

import subprocess
import sys

from support.processes import ROOT, clean_environment


def flask(env: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run ``flask --app wsgi`` with these arguments; return the finished process."""
    return subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", *arguments],
        cwd=ROOT,
        env=clean_environment() | env,
        capture_output=True,
        text=True,
        check=False,
    )


def upgrade(env: dict[str, str]) -> None:
    """Migrate the database to the newest revision."""
    finished = flask(env, "db", "upgrade")
    assert finished.returncode == 0, finished.stderr
