"""The user table: Better Auth's own in a shared database, otherwise a copy per user."""

from collections.abc import Iterator

import jwt
import pytest
from sqlalchemy import create_engine, text
from support.client import Client, expect, problem, serving
from support.processes import Gunicorn, Issuer, NewDatabase, wait_until

from config import from_env


def test_me_returns_the_user_that_the_token_identifies(alice: Client):
    assert expect(200, alice.ask_path("GET", "/api/v1/me")) == {
        "id": alice.person.id,
        "uuid": alice.person.uuid,
        "email": alice.person.email,
        "name": "Alice",
    }


def test_a_shared_database_uses_the_user_row_of_better_auth(alice: Client, service: Gunicorn):
    alice.make("/tasks", title="x")
    assert users(service) >= {(alice.person.id, alice.person.uuid, alice.person.email)}


@pytest.fixture(scope="module")
def separate_service(
    better_auth: Issuer, database_kind: str, new_database: NewDatabase
) -> Iterator[Gunicorn]:
    """The service on its own database, separate from Better Auth's."""
    with serving(better_auth, new_database(database_kind), threads=8) as gunicorn:
        yield gunicorn


@pytest.fixture
def carol(separate_service: Gunicorn, better_auth: Issuer) -> Client:
    return Client(separate_service.url, better_auth.sign_up("Carol"))


def users(service: Gunicorn) -> set[tuple[str, str, str]]:
    engine = create_engine(str(from_env(service.env)["SQLALCHEMY_DATABASE_URI"]))
    with engine.connect() as connection:
        rows = connection.execute(text('SELECT id, uuid, email FROM "user"')).all()
    engine.dispose()
    return {(row.id, str(row.uuid), row.email) for row in rows}


def test_a_separate_database_creates_the_user_row_at_the_first_request(
    carol: Client, separate_service: Gunicorn
):
    row = (carol.person.id, carol.person.uuid, carol.person.email)
    assert row not in users(separate_service)
    assert carol.read("/tasks")["total"] == 0
    assert row in users(separate_service)
    task = carol.make("/tasks", title="x")
    assert carol.read("/tasks")["items"] == [task]


def test_concurrent_first_requests_create_one_user_row(carol: Client, separate_service: Gunicorn):
    statuses = carol.at_once(*[("POST", "/tasks", {"title": "x"})] * 12)
    assert statuses == [201] * 12
    assert carol.read("/tasks")["total"] == 12
    assert len({row for row in users(separate_service) if row[0] == carol.person.id}) == 1


def test_a_known_user_with_a_different_uuid_is_refused(carol: Client, separate_service: Gunicorn):
    engine = create_engine(str(from_env(separate_service.env)["SQLALCHEMY_DATABASE_URI"]))
    claims = jwt.decode(carol.token, options={"verify_signature": False})
    with engine.begin() as connection:
        connection.execute(
            text('INSERT INTO "user" (id, uuid, "createdAt") VALUES (:id, :uuid, :now)'),
            {
                "id": claims["sub"],
                "uuid": "00000000-0000-4000-8000-" + claims["uuid"][-12:],
                "now": "2026-01-01 00:00:00+00:00",
            },
        )
    engine.dispose()
    assert problem(401, carol.ask("GET", "/tasks")) == "user_unknown"
    former = "00000000-0000-4000-8000-" + claims["uuid"][-12:]
    reason = f"'{claims['sub']}' is stored with the uuid {former}, but the token has the uuid"
    wait_until(lambda: reason in separate_service.log)
    assert "set the former uuid in Better Auth's database" in separate_service.log


def test_an_id_that_is_no_uuid_is_named(better_auth: Issuer, new_database: NewDatabase):
    """Better Auth's default ids are 32 letters and digits."""
    env = {"BETTER_AUTH_USER_CLAIM": "sub"}
    with serving(better_auth, new_database("sqlite"), env=env) as service:
        dora = Client(service.url, better_auth.sign_up("Dora"))
        assert problem(401, dora.ask_path("GET", "/api/v1/me")) == "user_claim_invalid"
        assert problem(403, dora.ask("GET", "/tasks")) == "user_mismatch"
        wait_until(lambda: "but this service needs a UUID; unset" in service.log)
        wait_until(lambda: "the route expects a UUID, but the claim" in service.log)


def test_a_deleted_account_keeps_its_rows_in_a_separate_database(
    carol: Client, separate_service: Gunicorn, better_auth: Issuer
):
    """A separate database is not notified; access ends when the token expires."""
    carol.make("/tasks", title="x")
    better_auth.delete(carol.person)
    assert carol.read("/tasks")["total"] == 1
