"""The service under a real gunicorn, beside a real Better Auth server, on each database."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests
from processes import ROOT, Gunicorn, Issuer, Person, clean_environment


@dataclass
class Client:
    """Asks the service as one person."""

    url: str
    person: Person

    def ask(self, method: str, path: str, of: Person | None = None, **options: Any) -> Any:
        """Ask below the path of ``of``, by default one's own."""
        address = f"{self.url}/api/v1/{(of or self.person).uuid}{path}"
        headers = {"Authorization": f"Bearer {self.person.token}", **options.pop("headers", {})}
        return requests.request(method, address, headers=headers, timeout=30, **options)

    def make(self, path: str, **fields: Any) -> Any:
        """Return what was made."""
        answer = self.ask("POST", path, json=fields)
        assert answer.status_code == 201, answer.text
        return answer.json()


def upgrade(environment: dict[str, str]) -> None:
    subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", "db", "upgrade"],
        cwd=ROOT,
        env=clean_environment() | environment,
        check=True,
    )


@pytest.fixture(scope="session")
def service(better_auth: Issuer) -> Iterator[Gunicorn]:
    environment = {"DATABASE_URL": better_auth.database_url, "BETTER_AUTH_URL": better_auth.url}
    upgrade(environment)
    with Gunicorn(environment, workers=2) as gunicorn:
        yield gunicorn


@pytest.fixture
def alice(service: Gunicorn, better_auth: Issuer) -> Client:
    return Client(service.url, better_auth.sign_up("Alice"))


@pytest.fixture
def bob(service: Gunicorn, better_auth: Issuer) -> Client:
    return Client(service.url, better_auth.sign_up("Bob"))
