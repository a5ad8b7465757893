"""The behaviour of Better Auth on which the service relies."""

import os
import shutil
import sqlite3
import subprocess
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

import jwt
import psycopg
import pytest
import requests
from support.client import on
from support.processes import (
    PASSWORD,
    ROOT,
    Issuer,
    NewDatabase,
    Process,
    clean_environment,
    free_port,
    run_directory,
)


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
        ("TRUSTED_PROXIES", "10.0.0.1"),
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


class PgBouncer(Process):
    """PgBouncer in transaction mode, in front of the server of a PostgreSQL database."""

    def __init__(self, database_url: str) -> None:
        parts = urlsplit(database_url)
        port = free_port()
        self.url = parts._replace(netloc=f"postgres@127.0.0.1:{port}").geturl()
        settings = run_directory() / f"pgbouncer-{port}.ini"
        settings.write_text(
            f"[databases]\n* = host=127.0.0.1 port={parts.port} user=postgres\n"
            f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n"
            "auth_type = any\nunix_socket_dir =\npool_mode = transaction\n"
            "server_idle_timeout = 3600\nserver_lifetime = 3600\n"
        )
        # Like PostgreSQL, it refuses to run as root.
        user = "nobody" if os.geteuid() == 0 else None
        super().__init__([PGBOUNCER or "", str(settings)], {}, Path("/"), user)

    def is_ready(self) -> bool:
        try:
            psycopg.connect(self.url, connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True


PGBOUNCER = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")


@pytest.mark.skipif(PGBOUNCER is None, reason="PgBouncer is not installed")
@on("postgresql")
def test_several_starts_through_pgbouncer_migrate_once(
    database_kind: str, new_database: NewDatabase
):
    """In transaction mode, a lock of the session would outlive the client that took it."""
    with PgBouncer(new_database(database_kind)) as pooler, ExitStack() as clients:
        for _ in range(2):
            with Issuer(pooler.url) as issuer:
                issuer.sign_up("Ada")
            # Occupy the connections that the first server used, so that the second gets others.
            for _ in range(5):
                client = clients.enter_context(psycopg.connect(pooler.url))
                client.execute("SELECT 1")


def test_servers_that_start_at_once_migrate_once(database_kind: str, new_database: NewDatabase):
    url = new_database(database_kind)
    issuers = [Issuer(url) for _ in range(3)]
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(Issuer.start, issuers))
    try:
        people = [issuer.sign_up("Ada") for issuer in issuers]
    finally:
        for issuer in issuers:
            issuer.stop()
    assert len({person.uuid for person in people}) == 3
