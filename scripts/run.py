"""Run the front end and the service until Ctrl-C; `make run` and `make serve` call this script."""

import argparse
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent.parent
INSTANCE = ROOT / "instance"
FRONT_END = ROOT / "web" / ".next" / "standalone" / "web" / "server.js"
READY_WITHIN_SECONDS = 60
STOP_WITHIN_SECONDS = 10

SESSION = r"""
Open {web} and sign up.

The service is at {service}. To call its API yourself, paste this into another terminal:

  EMAIL="ada-$(date +%s)@example.com"
  COOKIES=$(mktemp)
  curl -s -c "$COOKIES" -H 'Content-Type: application/json' \
    -d '{{"name":"Ada","email":"'"$EMAIL"'","password":"correct horse battery staple"}}' \
    {web}/api/auth/sign-up/email; echo
  TOKEN=$(curl -s -b "$COOKIES" {web}/api/auth/token | sed 's/.*"token":"\([^"]*\)".*/\1/')
  ME=$(curl -s -H "Authorization: Bearer $TOKEN" {service}/api/v1/me \
    | sed 's/.*"uuid": *"\([^"]*\)".*/\1/')
  curl -s -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \
    -d '{{"title":"Try the bridge"}}' {service}/api/v1/$ME/tasks; echo
  curl -s -H "Authorization: Bearer $TOKEN" {service}/api/v1/$ME/tasks; echo

Press Ctrl-C to stop both.
"""


class Stop(Exception):
    """Ends the program; the message is the reason."""


def main() -> NoReturn:
    """Run the processes until Ctrl-C or until one of them exits; exit with 0 after Ctrl-C."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--service-alone",
        action="store_true",
        help="run only the service, for the Better Auth server at BETTER_AUTH_URL",
    )
    arguments = parser.parse_args()
    signal.signal(signal.SIGINT, _handle_signal)
    signal.signal(signal.SIGTERM, _handle_signal)
    try:
        (serve if arguments.service_alone else run)()
    except Stop as stop:
        print(stop, flush=True)
        sys.exit(stop.args != ("Stopped.",))


def run() -> NoReturn:
    """Run the front end, which includes Better Auth, and the service on one database."""
    if not FRONT_END.exists():
        raise Stop("The front end is not built. Run `make run` or `make web` to build it.")
    web_port, port = _port("WEB_PORT", 3000), _port("PORT", 8000)
    web, service = f"http://localhost:{web_port}", f"http://localhost:{port}"
    shared = {"DATABASE_URL": _database_url(), "BETTER_AUTH_URL": web}
    own = {
        "BETTER_AUTH_SECRET": _secret(),
        "SERVICE_URL": f"http://127.0.0.1:{port}",
        "HOSTNAME": "127.0.0.1",
        "PORT": str(web_port),
    }
    # The front end starts first: it creates Better Auth's tables, and the foreign keys of the
    # service's tables refer to them.
    with _running("web", ["node", str(FRONT_END)], shared | own, ROOT) as front_end:
        _wait_for(front_end, f"{web}/api/auth/ok")
        _migrate(shared)
        with _gunicorn(shared, port) as gunicorn:
            _wait_for(gunicorn, f"{service}/readyz")
            print(SESSION.format(web=web, service=service), flush=True)
            _wait_until_one_exits(front_end, gunicorn)


def serve() -> NoReturn:
    """Run only the service, for an existing Better Auth server."""
    url = os.environ.get("BETTER_AUTH_URL")
    if not url:
        raise Stop(
            "BETTER_AUTH_URL is not set; expected the address of your Better Auth server: "
            "BETTER_AUTH_URL=https://app.example.com make serve"
        )
    port = _port("PORT", 8000)
    shared = {"DATABASE_URL": _database_url()}
    _migrate(shared)
    with _gunicorn(shared, port) as gunicorn:
        _wait_for(gunicorn, f"http://localhost:{port}/healthz")
        print(f"The service is up at http://localhost:{port}, for users of {url}.", flush=True)
        print("To check the setup: .venv/bin/flask --app wsgi jwks-check", flush=True)
        _wait_until_one_exits(gunicorn)


def _handle_signal(*_: object) -> NoReturn:
    raise Stop("Stopped.")


def _port(name: str, default: int) -> int:
    """Return the port in the environment variable ``name``; raise Stop if the port is in use."""
    text = os.environ.get(name) or str(default)
    if not text.isdecimal() or not 0 < int(text) < 1 << 16:
        raise Stop(f"{name} is {text!r}; expected a port number from 1 to 65535")
    port = int(text)
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise Stop(f"Port {port} is in use. Choose another port with {name}=...") from None
    return port


def _database_url() -> str:
    """Return the URL of the database.

    A relative SQLite path becomes absolute, because the processes run in different directories.
    """
    INSTANCE.mkdir(mode=0o700, exist_ok=True)
    url = os.environ.get("DATABASE_URL") or "sqlite:///app.db"
    file = url.removeprefix("sqlite:///")
    return url if file == url else f"sqlite:///{INSTANCE / file}"


def _secret() -> str:
    """Return Better Auth's secret, created at the first start.

    The secret must stay the same: it encrypts the private keys in the database.
    """
    file = INSTANCE / "better-auth-secret"
    if not file.exists():
        with open(file, "x", opener=lambda path, flags: os.open(path, flags, 0o600)) as new:
            new.write(secrets.token_urlsafe(32))
    return os.environ.get("BETTER_AUTH_SECRET") or file.read_text()


def _migrate(environment: dict[str, str]) -> None:
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "db", "upgrade"]
    finished = subprocess.run(command, cwd=ROOT, env=os.environ | environment, check=False)
    if finished.returncode:
        raise Stop("The database migration failed; see the output above.")


def _gunicorn(
    environment: dict[str, str], port: int
) -> AbstractContextManager[subprocess.Popen[str]]:
    workers = os.environ.get("WEB_CONCURRENCY") or "2"
    if not (workers.isascii() and workers.isdigit()):  # gunicorn would print a traceback
        raise Stop(f"WEB_CONCURRENCY is {workers!r}; expected a whole number from 1 to 1000")
    command = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "wsgi:app"]
    return _running("service", command, environment, ROOT)


@contextmanager
def _running(
    name: str, command: list[str], environment: dict[str, str], directory: Path
) -> Iterator[subprocess.Popen[str]]:
    """Run ``command`` and stop it at the end; print its output with ``name`` as a prefix."""
    process = subprocess.Popen(
        command,
        cwd=directory,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,  # Ctrl-C reaches only this script, which stops them in order
    )
    echo = threading.Thread(target=_echo, args=(name, process), daemon=True)
    echo.start()
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(STOP_WITHIN_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        echo.join()


def _echo(name: str, process: subprocess.Popen[str]) -> None:
    for line in process.stdout or ():
        print(f"{name} | {line}", end="", flush=True)


def _wait_for(process: subprocess.Popen[str], url: str) -> None:
    deadline = time.monotonic() + READY_WITHIN_SECONDS
    while process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:  # not listening yet, or not ready: HTTPError is an OSError
            if time.monotonic() > deadline:
                raise Stop(f"{url} was not ready after {READY_WITHIN_SECONDS} seconds.") from None
            time.sleep(0.1)
    raise Stop(f"The process for {url} exited before it was ready; see the output above.")


def _wait_until_one_exits(*processes: subprocess.Popen[str]) -> NoReturn:
    while all(process.poll() is None for process in processes):
        time.sleep(0.2)
    raise Stop("A process exited; see the output above.")


if __name__ == "__main__":
    main()
