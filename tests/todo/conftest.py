"""The service under gunicorn with a real Better Auth server, on each kind of database."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from flask import Flask
from support.client import Client, serving, upgrade, verified_user
from support.processes import Gunicorn, Issuer, NewDatabase

from bridge import User
from config import from_env
from todo import create_app
from todo.store.session import db


@pytest.fixture(scope="session")
def service(better_auth: Issuer) -> Iterator[Gunicorn]:
    with serving(better_auth, workers=2, threads=8) as gunicorn:
        yield gunicorn


@pytest.fixture
def alice(service: Gunicorn, better_auth: Issuer) -> Client:
    return Client(service.url, better_auth.sign_up("Alice"))


@pytest.fixture(scope="module")
def module_alice(service: Gunicorn, better_auth: Issuer) -> Client:
    """A user shared by all tests of a module."""
    return Client(service.url, better_auth.sign_up("Alice"))


@pytest.fixture
def bob(service: Gunicorn, better_auth: Issuer) -> Client:
    return Client(service.url, better_auth.sign_up("Bob"))


@pytest.fixture
def app(service: Gunicorn) -> Iterator[Flask]:
    """The same application in this process, for tests that need its URL map or database."""
    app = create_app(from_env(service.env))
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture(scope="module")
def store(database_kind: str, new_database: NewDatabase) -> Iterator[Flask]:
    """A database of the service's own, in an application context without a request."""
    env = {"DATABASE_URL": new_database(database_kind), "BETTER_AUTH_URL": "http://localhost:9"}
    upgrade(env)
    app = create_app(from_env(env))
    with app.app_context():
        yield app
        db.engine.dispose()


@pytest.fixture
def ada(store: Flask) -> User:
    return verified_user(uuid4(), "Ada")
