"""The real servers that tests share: each is started when first asked for."""

from collections.abc import Iterator
from itertools import count

import pytest
from hypothesis import settings
from support.processes import Issuer, NewDatabase, Postgres

# Slow machines are no fault of a property; `make fuzz` tries many more examples.
settings.register_profile("test", max_examples=150, deadline=None)
settings.register_profile("fuzz", max_examples=20_000, deadline=None)
settings.load_profile("test")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep in one process what shares servers, if several run the tests: a database, or a file."""
    for item in items:
        callspec = getattr(item, "callspec", None)
        kind = callspec and callspec.params.get("database_kind")
        item.add_marker(pytest.mark.xdist_group(kind or item.path.name))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    with Postgres() as server:
        yield server


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def database_kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="session")
def new_database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> NewDatabase:
    """Return a factory of empty databases, by kind; it returns their addresses."""
    numbers = count(1)

    def make(kind: str) -> str:
        if kind == "sqlite":
            return f"sqlite:///{tmp_path_factory.mktemp('database') / 'app.db'}"
        # Asked for here, so that tests on SQLite alone start no PostgreSQL.
        server: Postgres = request.getfixturevalue("postgres_server")
        return server.create_database(f"test_{next(numbers)}")

    return make


@pytest.fixture(scope="session")
def better_auth(database_kind: str, new_database: NewDatabase) -> Iterator[Issuer]:
    """A Better Auth server on each kind of database, for tests that leave it running."""
    with Issuer(new_database(database_kind)) as issuer:
        yield issuer
