"""A person who uses the service, and how tests start it."""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
import requests

from support import contract
from support.processes import (
    ROOT,
    BetterAuthServer,
    Gunicorn,
    Person,
    clean_environment,
    local_session,
)


def on(kind: str) -> pytest.MarkDecorator:
    """Run a test on this kind of database alone."""
    return pytest.mark.parametrize("database_kind", [kind], indirect=True, scope="session")


class Client:
    """Asks the service as one person."""

    def __init__(self, url: str, person: Person) -> None:
        self.url = url
        self.person = person
        self.token = person.token
        self._http = local_session()

    def ask(self, method: str, path: str, *, of: Person | None = None, **options: Any) -> Any:
        """Ask below the path of ``of``, by default one's own."""
        return self.ask_path(method, f"/api/v1/{(of or self.person).uuid}{path}", **options)

    def ask_path(self, method: str, path: str, **options: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token}", **options.pop("headers", {})}
        answer = self._http.request(method, self.url + path, headers=headers, timeout=60, **options)
        contract.check(method, path, answer)
        return answer

    def make(self, path: str, **fields: Any) -> Any:
        """Return what was made."""
        return expect(201, self.ask("POST", path, json=fields))

    def read(self, path: str) -> Any:
        """Return what is there."""
        return expect(200, self.ask("GET", path))

    def at_once(self, *requests: tuple[str, str, Any]) -> list[int]:
        """Send requests (method, path, body) side by side; return the statuses in order."""

        def send(request: tuple[str, str, Any]) -> int:
            method, path, body = request
            with local_session() as http:
                answer = http.request(
                    method,
                    f"{self.url}/api/v1/{self.person.uuid}{path}",
                    headers={"Authorization": f"Bearer {self.token}"},
                    json=body,
                    timeout=60,
                )
            return int(answer.status_code)

        with ThreadPoolExecutor(len(requests)) as pool:
            return list(pool.map(send, requests))


def expect(status: int, answer: requests.Response) -> Any:
    """Return the body of an answer that must have ``status``."""
    assert answer.status_code == status, answer.text
    return answer.json()


def problem(status: int, answer: requests.Response) -> str:
    """Return the code of an answer that must be a problem with ``status``."""
    body = expect(status, answer)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert body["status"] == status
    assert body["request_id"] == answer.headers["X-Request-ID"]
    return str(body["code"])


def flask(env: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the service, to its end."""
    return subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", *arguments],
        cwd=ROOT,
        env=clean_environment() | env,
        capture_output=True,
        text=True,
        check=False,
    )


def upgrade(env: dict[str, str]) -> None:
    done = flask(env, "db", "upgrade")
    assert done.returncode == 0, done.stderr


@contextmanager
def serving(issuer: BetterAuthServer, database_url: str = "", **options: Any) -> Iterator[Gunicorn]:
    """Run the service for the users of ``issuer``, by default on its database."""
    env = {
        "DATABASE_URL": database_url or issuer.database_url,
        "BETTER_AUTH_URL": issuer.url,
        **options.pop("env", {}),
    }
    upgrade(env)
    with Gunicorn(env, **options) as gunicorn:
        yield gunicorn
