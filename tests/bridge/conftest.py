"""Fixtures: an application guarded by the bridge, and an issuer with configurable faults."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from flask import Flask, g
from support.faulty_issuer import FaultyIssuer

from bridge import BetterAuth, require_user


@pytest.fixture
def issuer() -> Iterator[FaultyIssuer]:
    with FaultyIssuer() as issuer:
        yield issuer


@pytest.fixture
def make_app(issuer: FaultyIssuer) -> Callable[..., Flask]:
    """Return a function that creates an application; its keyword arguments are settings."""

    def make(**settings: Any) -> Flask:
        app = Flask("guarded")
        app.config.from_mapping({"BETTER_AUTH_URL": issuer.url, **settings})
        BetterAuth(app)

        @app.get("/me")
        @require_user
        def me() -> dict[str, object]:
            return {"id": g.user.id, "uuid": str(g.user.uuid), "name": g.user.name}

        @app.get("/<uuid:user_id>/notes")
        @require_user(match_path="user_id")
        def notes(user_id: UUID) -> dict[str, object]:
            return {"of": str(user_id)}

        return app

    return make


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    return make_app()
