"""A client of the API, and functions that start the service and run its commands."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest
import requests

from bridge import User
from support import contract
from support.commands import flask as flask  # noqa: PLC0414 (tests import both from here)
from support.commands import upgrade as upgrade  # noqa: PLC0414
from support.processes import BetterAuthServer, Gunicorn, Person, local_session


def on(kind: str) -> pytest.MarkDecorator:
    """Return a mark that runs a test only on this kind of database: "sqlite" or "postgresql"."""
    return pytest.mark.parametrize("database_kind", [kind], indirect=True, scope="session")


def verified_user(uuid: UUID, name: str | None = None) -> User:
    """Return a user as the bridge would verify it, for tests of the store without tokens."""
    return User(id=str(uuid), uuid=uuid, email=None, name=name, identity=uuid, issuer="", claims={})


class Client:
    """Sends requests to the service as one user; checks each response against docs/openapi.json."""

    def __init__(self, url: str, person: Person) -> None:
        self.url = url
        self.person = person
        self.token = person.token
        self._http = local_session()

    def ask(self, method: str, path: str, *, of: Person | None = None, **options: Any) -> Any:
        """Send a request to ``path`` below /api/v1/{user_id} of ``of``, by default the own user.

        ``options`` are passed to requests.
        """
        return self.ask_path(method, f"/api/v1/{(of or self.person).uuid}{path}", **options)

    def ask_path(self, method: str, path: str, **options: Any) -> requests.Response:
        """Send a request to the absolute path ``path``."""
        headers = {"Authorization": f"Bearer {self.token}", **options.pop("headers", {})}
        response = self._http.request(
            method, self.url + path, headers=headers, timeout=60, **options
        )
        contract.check(method, path, response)
        return response

    def make(self, path: str, **fields: Any) -> Any:
        """Create a resource with POST; return its JSON."""
        return expect(201, self.ask("POST", path, json=fields))

    def read(self, path: str) -> Any:
        """Return the JSON at ``path``; the response must be 200."""
        return expect(200, self.ask("GET", path))

    def at_once(self, *requests: tuple[str, str, Any]) -> list[int]:
        """Send requests (method, path, body) concurrently; return the status codes in order."""

        def send(request: tuple[str, str, Any]) -> int:
            method, path, body = request
            with local_session() as http:
                response = http.request(
                    method,
                    f"{self.url}/api/v1/{self.person.uuid}{path}",
                    headers={"Authorization": f"Bearer {self.token}"},
                    json=body,
                    timeout=60,
                )
            return int(response.status_code)

        with ThreadPoolExecutor(len(requests)) as pool:
            return list(pool.map(send, requests))


def expect(status: int, response: requests.Response) -> Any:
    """Assert the status code of the response; return its JSON body."""
    assert response.status_code == status, response.text
    return response.json()


def problem(status: int, response: requests.Response) -> str:
    """Assert that the response is a problem (RFC 9457) with ``status``; return its ``code``."""
    body = expect(status, response)
    assert response.headers["Content-Type"] == "application/problem+json"
    assert body["status"] == status
    assert body["request_id"] == response.headers["X-Request-ID"]
    return str(body["code"])


@contextmanager
def serving(issuer: BetterAuthServer, database_url: str = "", **options: Any) -> Iterator[Gunicorn]:
    """Migrate the database and run the service for users of ``issuer``.

    The default database is the one of ``issuer``. ``options`` are arguments of ``Gunicorn``.
    """
    env = {
        "DATABASE_URL": database_url or issuer.database_url,
        "BETTER_AUTH_URL": issuer.url,
        **options.pop("env", {}),
    }
    upgrade(env)
    with Gunicorn(env, **options) as gunicorn:
        yield gunicorn
