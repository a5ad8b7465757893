"""The behaviour of Better Auth on which the service relies."""

import sqlite3
import subprocess
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from uuid import UUID

import jwt
import pytest
import requests
from support.processes import PASSWORD, ROOT, Issuer, clean_environment


def test_the_token_of_a_new_user_contains_their_uuid(better_auth: Issuer):
    person = better_auth.sign_up("Ada")
    claims = jwt.decode(person.token, options={"verify_signature": False})
    assert claims["uuid"] == person.uuid == str(UUID(person.uuid))
    assert claims["sub"] == person.id
    assert claims["iss"] == claims["aud"] == better_auth.url


def test_a_sign_up_cannot_choose_its_uuid(better_auth: Issuer):
    body = {
        "name": "Eve",
        "email": "eve@example.com",
        "password": PASSWORD,
        "uuid": str(UUID(int=1)),
    }
    response = requests.post(f"{better_auth.url}/api/auth/sign-up/email", json=body, timeout=30)
    assert str(UUID(int=1)) not in response.text


def test_a_restart_keeps_users_and_keys(database_kind: str, new_database: Callable[[str], str]):
    with Issuer(new_database(database_kind)) as issuer:
        person = issuer.sign_up("Ada")
        before = jwt.get_unverified_header(person.token)["kid"]
        issuer.stop()
        issuer.start()
        assert jwt.get_unverified_header(issuer.token(person))["kid"] == before


def test_concurrent_writes_to_one_sqlite_file_lose_no_sign_up(new_database: Callable[[str], str]):
    url = new_database("sqlite")
    file = url.removeprefix("sqlite:///")
    with Issuer(url) as issuer, writing(file), ThreadPoolExecutor(4) as pool:
        people = list(pool.map(issuer.sign_up, ["Ada"] * 20))
    assert len({person.uuid for person in people}) == 20


@contextmanager
def writing(file: str) -> Iterator[None]:
    """Commit to ``file`` continuously in the background, like the service does."""
    stop = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(write_until, stop, file)
        try:
            yield
        finally:
            stop.set()
        done.result()


def write_until(stop: threading.Event, file: str) -> None:
    connection = sqlite3.connect(file, timeout=30, isolation_level=None)
    connection.execute("CREATE TABLE notes (text)")
    while not stop.wait(0.02):
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO notes VALUES ('x')")
        connection.execute("COMMIT")
    connection.close()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BETTER_AUTH_SECRET", "short"),
        ("DATABASE_URL", "mysql://host/name"),
        ("JWT_ALGORITHM", "HS256"),
        ("JWT_EXPIRATION", "900"),
        ("PORT", "http"),
        ("RATE_LIMIT", "maybe"),
    ],
)
def test_an_invalid_setting_is_named_in_one_line(name: str, value: str):
    valid = {"BETTER_AUTH_SECRET": "x" * 32, "DATABASE_URL": "sqlite:///:memory:"}
    done = subprocess.run(
        ["node", "server.mjs", "--migrate"],
        cwd=ROOT / "issuer",
        env=clean_environment() | valid | {name: value},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith(f"issuer: {name} is invalid; expected ")
    assert done.stderr.count("\n") == 1
