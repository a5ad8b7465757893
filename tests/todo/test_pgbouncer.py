"""The service behind a real PgBouncer in transaction mode."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import psycopg
import pytest
from flask import Flask
from support import pgbouncer
from support.client import Client, flask, serving
from support.pgbouncer import PgBouncer
from support.processes import Gunicorn, Issuer, NewDatabase, local_session

from config import from_env
from todo import create_app
from todo.store.session import db

pytestmark = [
    pytest.mark.skipif(
        pgbouncer.find() is None,
        reason="PgBouncer is not installed (Debian and Ubuntu: apt-get install pgbouncer)",
    ),
    pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True, scope="session"),
]


@pytest.fixture
def bouncer(database_kind: str, new_database: NewDatabase) -> Iterator[PgBouncer]:
    with PgBouncer(new_database(database_kind)) as running:
        yield running


def settings(url: str) -> dict[str, str]:
    return {"DATABASE_URL": url, "BETTER_AUTH_URL": "http://localhost:9"}


@pytest.mark.parametrize("parameters", ["", "?pgbouncer=true"])
def test_no_request_fails_behind_pgbouncer(
    better_auth: Issuer, bouncer: PgBouncer, parameters: str
):
    with serving(better_auth, bouncer.url + parameters, workers=2, threads=8) as service:
        assert set(statuses_of_many_requests(service, better_auth)) == {200, 201, 204}
        assert " 500 " not in service.log


@pytest.mark.skipif(
    pgbouncer.find() is None or pgbouncer.version() < (1, 22),
    reason="PgBouncer is older than 1.22, which supports prepared statements",
)
def test_prepared_statements_are_used_if_pgbouncer_supports_them(
    better_auth: Issuer, database_kind: str, new_database: NewDatabase
):
    with (
        PgBouncer(new_database(database_kind), max_prepared_statements=100) as bouncer,
        prepare_threshold(bouncer.url) as threshold,
        serving(better_auth, bouncer.url, workers=2, threads=8) as service,
    ):
        assert threshold == 5
        assert set(statuses_of_many_requests(service, better_auth)) == {200, 201, 204}


def test_statements_are_prepared_without_a_pooler(database_kind: str, new_database: NewDatabase):
    with prepare_threshold(new_database(database_kind)) as threshold:
        assert threshold == 5


def test_no_statement_is_prepared_behind_a_pooler_that_mixes_them_up(bouncer: PgBouncer):
    with prepare_threshold(bouncer.url) as threshold:
        assert threshold is None
    # The test of the pooler leaves no prepared statement behind.
    with psycopg.connect(bouncer.url, prepare_threshold=None) as connection:
        assert connection.execute("SELECT name FROM pg_prepared_statements").fetchall() == []


@contextmanager
def prepare_threshold(url: str) -> Iterator[int | None]:
    app: Flask = create_app(from_env(settings(url)))
    with app.app_context():
        with db.engine.connect() as connection:
            driver = connection.connection.driver_connection
            assert isinstance(driver, psycopg.Connection)
            threshold = driver.prepare_threshold
        db.engine.dispose()
        yield threshold


def test_migrations_run_through_pgbouncer(bouncer: PgBouncer):
    for command in ("upgrade", "upgrade", "check"):
        finished = flask(settings(bouncer.url), "db", command)
        assert finished.returncode == 0, finished.stderr


def test_the_migration_of_better_auth_leaves_no_lock_behind(bouncer: PgBouncer):
    """Another process that migrates would wait for ever for a lock of PgBouncer's connections."""
    with Issuer(bouncer.url) as issuer:
        issuer.sign_up("Ada")
        with psycopg.connect(bouncer.url, prepare_threshold=None) as connection:
            locks = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
            assert connection.execute(locks).fetchone() == (0,)


def statuses_of_many_requests(service: Gunicorn, issuer: Issuer) -> Counter[int]:
    """Let several users create, change, list and delete tasks at the same time."""
    people = [Client(service.url, issuer.sign_up(f"Person {number}")) for number in range(4)]
    found: Counter[int] = Counter()

    def use(client: Client) -> list[int]:
        statuses = []
        with local_session() as http:
            http.headers["Authorization"] = f"Bearer {client.token}"
            tasks = f"{client.url}/api/v1/{client.person.uuid}/tasks"
            for number in range(25):
                created = http.post(tasks, json={"title": f"task {number}"}, timeout=60)
                statuses.append(created.status_code)
                if created.status_code != 201:
                    continue
                task = f"{tasks}/{created.json()['id']}"
                responses = [
                    http.patch(task, json={"completed": True}, timeout=60),
                    http.get(tasks, timeout=60),
                    http.get(f"{tasks}?search=task", timeout=60),
                    http.get(f"{tasks}/stats", timeout=60),
                    http.delete(task, timeout=60),
                ]
                statuses += [response.status_code for response in responses]
        return statuses

    with ThreadPoolExecutor(len(people)) as pool:
        for statuses in pool.map(use, people):
            found.update(statuses)
    return found
