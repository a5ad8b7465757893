"""The real servers that tests share: started once, when first asked for."""

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from processes import Issuer, Postgres

NewDatabase = Callable[[str], str]


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    with Postgres() as server:
        yield server


@pytest.fixture(scope="session")
def new_database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> NewDatabase:
    """Return a factory of empty databases of a kind, sqlite or postgresql, by their address."""
    numbers = count()

    def make(kind: str) -> str:
        if kind == "postgresql":
            server: Postgres = request.getfixturevalue("postgres_server")
            return server.create_database(f"test_{next(numbers)}")
        folder: Path = tmp_path_factory.mktemp("sqlite")
        return f"sqlite:///{folder / 'app.db'}"

    return make


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def database_kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="session")
def shared_database(database_kind: str, new_database: NewDatabase) -> str:
    """The address of a database that Better Auth and the service share."""
    return new_database(database_kind)


@pytest.fixture(scope="session")
def better_auth(shared_database: str) -> Iterator[Issuer]:
    with Issuer(shared_database) as issuer:
        yield issuer
