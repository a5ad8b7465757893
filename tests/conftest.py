"""Servers shared by tests; each server starts when a test first uses its fixture."""

from collections.abc import Iterator
from itertools import count

import pytest
from hypothesis import settings
from support.processes import Issuer, NewDatabase, Postgres

# No deadline, because a slow machine must not fail a test. `make fuzz` runs many more examples.
settings.register_profile("test", max_examples=150, deadline=None)
settings.register_profile("fuzz", max_examples=20_000, deadline=None)
settings.load_profile("test")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run tests that share servers in the same pytest-xdist worker.

    Tests are grouped by kind of database, or by file if they use no database.
    """
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
    """Return a function that creates an empty database of a kind and returns its URL."""
    numbers = count(1)

    def create(kind: str) -> str:
        if kind == "sqlite":
            return f"sqlite:///{tmp_path_factory.mktemp('database') / 'app.db'}"
        # Requested here, so that a run with only SQLite tests starts no PostgreSQL.
        server: Postgres = request.getfixturevalue("postgres_server")
        return server.create_database(f"test_{next(numbers)}")

    return create


@pytest.fixture(scope="session")
def better_auth(database_kind: str, new_database: NewDatabase) -> Iterator[Issuer]:
    """A Better Auth server per kind of database, for tests that do not stop it."""
    with Issuer(new_database(database_kind)) as issuer:
        yield issuer
