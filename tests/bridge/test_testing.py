"""bridge.testing, used as in the tests of an application."""

from collections.abc import Iterator
from uuid import UUID

import pytest
from flask import Flask, g
from support.processes import wait_until

from bridge import BetterAuth, require_user
from bridge.errors import IssuerError
from bridge.testing import Issuer

pytest_plugins = ["bridge.pytest_plugin"]


@pytest.fixture
def app(better_auth_issuer: Issuer, better_auth_url: str) -> Flask:
    app = Flask("tested")
    app.config["BETTER_AUTH_URL"] = better_auth_url
    BetterAuth(app)

    @app.get("/<uuid:user_id>/notes")
    @require_user(match_path="user_id")
    def notes(user_id: UUID) -> dict[str, object]:
        return {"of": g.user.name}

    return app


@pytest.fixture
def issuer(better_auth_issuer: Issuer) -> Iterator[Issuer]:
    return better_auth_issuer


def test_a_test_needs_three_lines(app: Flask, better_auth_issuer: Issuer):
    ada = better_auth_issuer.user(name="Ada")
    response = ada.client(app).get(f"/{ada.uuid}/notes")
    assert response.json == {"of": "Ada"}


def test_each_user_is_new(app: Flask, issuer: Issuer):
    ada, eve = issuer.user(), issuer.user()
    assert eve.client(app).get(f"/{ada.uuid}/notes").status_code == 403


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"expires_in": -60}, "token_expired"),
        ({"iss": "https://elsewhere.test"}, "claims_invalid"),
        ({"uuid": None}, "user_claim_missing"),
        ({"nbf": 1 << 33}, "token_not_yet_valid"),
    ],
)
def test_tokens_can_be_made_invalid(
    app: Flask, issuer: Issuer, changes: dict[str, object], code: str
):
    ada = issuer.user()
    header = {"Authorization": f"Bearer {ada.token(**changes)}"}  # type: ignore[arg-type]
    response = app.test_client().get(f"/{ada.uuid}/notes", headers=header)
    assert (response.status_code, response.json["code"]) == (401, code)


def test_keys_can_be_rotated_and_withdrawn(app: Flask, issuer: Issuer):
    ada = issuer.user()
    client = ada.client(app)
    assert client.get(f"/{ada.uuid}/notes").status_code == 200
    kid = issuer.rotate()
    assert ada.client(app).get(f"/{ada.uuid}/notes").status_code == 200
    token = ada.headers
    issuer.withdraw(kid)
    fresh = app.test_client()
    assert fresh.get(f"/{ada.uuid}/notes", headers=token).status_code == 200
    issuer.rotate()
    assert ada.client(app).get(f"/{ada.uuid}/notes").status_code == 200
    assert fresh.get(f"/{ada.uuid}/notes", headers=token).status_code == 401


def test_an_outage_is_503_and_ends_with_the_fault(issuer: Issuer, better_auth_url: str):
    issuer.fault = IssuerError("refused", "connection refused")
    app = Flask("tested")
    app.config["BETTER_AUTH_URL"] = better_auth_url
    BetterAuth(app)
    app.get("/me")(require_user(lambda: "me"))
    ada = issuer.user()
    assert ada.client(app).get("/me").status_code == 503
    issuer.fault = None
    wait_until(lambda: ada.client(app).get("/me").status_code == 200)


def test_the_issuer_is_active_only_inside_its_with_block(better_auth_url: str):
    with Issuer(better_auth_url) as issuer:
        ada = issuer.user()
    app = Flask("tested")
    app.config |= {"BETTER_AUTH_URL": "https://localhost:9", "BETTER_AUTH_ISSUER": issuer.url}
    BetterAuth(app)
    app.get("/me")(require_user(lambda: "me"))
    assert ada.client(app).get("/me").status_code == 503
