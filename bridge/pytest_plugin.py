"""Fixtures for pytest: ``pytest_plugins = ["bridge.pytest_plugin"]`` in a conftest.py."""

from collections.abc import Iterator

import pytest

from .testing import Issuer


@pytest.fixture
def better_auth_url() -> str:
    """The BETTER_AUTH_URL of the application under test; override it to fit."""
    return "https://auth.test"


@pytest.fixture
def better_auth_issuer(better_auth_url: str) -> Iterator[Issuer]:
    """An issuer that stands for the Better Auth server at ``better_auth_url``."""
    with Issuer(better_auth_url) as issuer:
        yield issuer
