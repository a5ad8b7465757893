"""The one table of users: Better Auth's own where it is shared, else a copy at first sight."""

from collections.abc import Iterator

import jwt
import pytest
from sqlalchemy import create_engine, text
from support.client import Client, expect, problem, serving
from support.processes import Gunicorn, Issuer, NewDatabase

from config import from_env


def test_me_is_who_the_token_speaks_for(alice: Client):
    assert expect(200, alice.ask_path("GET", "/api/v1/me")) == {
        "id": alice.person.id,
        "uuid": alice.person.uuid,
        "email": alice.person.email,
        "name": "Alice",
    }


def test_in_a_shared_database_better_auths_own_row_is_used(alice: Client, service: Gunicorn):
    alice.make("/tasks", title="x")
    assert users(service) >= {(alice.person.id, alice.person.uuid, alice.person.email)}


@pytest.fixture(scope="module")
def apart(better_auth: Issuer, database_kind: str, new_database: NewDatabase) -> Iterator[Gunicorn]:
    """The service on a database of its own."""
    with serving(better_auth, new_database(database_kind), threads=8) as gunicorn:
        yield gunicorn


@pytest.fixture
def carol(apart: Gunicorn, better_auth: Issuer) -> Client:
    return Client(apart.url, better_auth.sign_up("Carol"))


def users(service: Gunicorn) -> set[tuple[str, str, str]]:
    engine = create_engine(str(from_env(service.env)["SQLALCHEMY_DATABASE_URI"]))
    with engine.connect() as connection:
        rows = connection.execute(text('SELECT id, uuid, email FROM "user"')).all()
    engine.dispose()
    return {(row.id, str(row.uuid), row.email) for row in rows}


def test_in_a_database_of_its_own_a_user_is_made_at_first_sight(carol: Client, apart: Gunicorn):
    row = (carol.person.id, carol.person.uuid, carol.person.email)
    assert row not in users(apart)
    assert carol.read("/tasks")["total"] == 0
    assert row in users(apart)
    task = carol.make("/tasks", title="x")
    assert carol.read("/tasks")["items"] == [task]


def test_first_sights_at_once_make_one_user(carol: Client, apart: Gunicorn):
    statuses = carol.at_once(*[("POST", "/tasks", {"title": "x"})] * 12)
    assert statuses == [201] * 12
    assert carol.read("/tasks")["total"] == 12
    assert len({row for row in users(apart) if row[0] == carol.person.id}) == 1


def test_a_user_who_comes_with_another_uuid_is_not_let_in(carol: Client, apart: Gunicorn):
    engine = create_engine(str(from_env(apart.env)["SQLALCHEMY_DATABASE_URI"]))
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


def test_an_account_that_is_gone_keeps_its_copy_here(
    carol: Client, apart: Gunicorn, better_auth: Issuer
):
    """Nobody tells a separate database; the token ends with its exp."""
    carol.make("/tasks", title="x")
    better_auth.delete(carol.person)
    assert carol.read("/tasks")["total"] == 1
