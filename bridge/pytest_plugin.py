"""Fixtures for pytest; enable them with ``pytest_plugins = ["bridge.pytest_plugin"]``."""

from collections.abc import Iterator

import pytest

from .testing import Issuer


@pytest.fixture
def better_auth_url() -> str:
    """The BETTER_AUTH_URL of the application under test; override this fixture to change it."""
    return "https://auth.test"


@pytest.fixture
def better_auth_issuer(better_auth_url: str) -> Iterator[Issuer]:
    """A test issuer that replaces the Better Auth server at ``better_auth_url``."""
    with Issuer(better_auth_url) as issuer:
        yield issuer
