"""Accounts are deleted whole, while the service writes."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
import requests
from sqlalchemy import create_engine, text
from support.client import Client, serving
from support.processes import Gunicorn, Issuer, NewDatabase, Person

from config import from_env

ROWS = [{"title": f"Task {number}", "tags": ["home"]} for number in range(1000)]
TABLES = ("session", "account", '"user"', "owners", "tasks", "tags")


@pytest.fixture(scope="module")
def issuer(database_kind: str, new_database: NewDatabase) -> Iterator[Issuer]:
    with Issuer(new_database(database_kind)) as issuer:
        yield issuer


@pytest.fixture(scope="module")
def service(issuer: Issuer) -> Iterator[Gunicorn]:
    with serving(issuer, workers=2, threads=8) as gunicorn:
        yield gunicorn


def rows_of(service: Gunicorn, person: Person) -> dict[str, int]:
    """Return the number of rows of a person in each table."""
    engine = create_engine(str(from_env(service.env)["SQLALCHEMY_DATABASE_URI"]))
    with engine.connect() as connection:
        counts = {}
        for table in TABLES:
            ours = table in ("owners", "tasks", "tags")
            column = "user_id" if ours else '"userId"' if table != '"user"' else "id"
            query = f"SELECT count(*) FROM {table} WHERE CAST({column} AS VARCHAR(36)) = :id"
            value = person.uuid if ours else person.id
            counts[table] = connection.scalar(text(query), {"id": value}) or 0
    engine.dispose()
    return counts


@contextmanager
def importing(service: Gunicorn, *people: Person) -> Iterator[None]:
    """Import tasks of each of these people continuously, until the account is deleted."""
    stop = threading.Event()
    started = [threading.Event() for _ in people]

    def work(person: Person, is_started: threading.Event) -> None:
        client = Client(service.url, person)
        while not stop.is_set():
            status = client.ask("POST", "/tasks/import", json=ROWS).status_code
            is_started.set()
            if status == 401:
                return

    with ThreadPoolExecutor(len(people)) as pool:
        workers = [
            pool.submit(work, person, event) for person, event in zip(people, started, strict=True)
        ]
        for event in started:
            event.wait()
        try:
            yield
        finally:
            stop.set()
        for worker in workers:
            worker.result()


@contextmanager
def writing(service: Gunicorn, person: Person) -> Iterator[None]:
    """Stay in the middle of a transaction that writes rows of a person, like the service does."""
    engine = create_engine(str(from_env(service.env)["SQLALCHEMY_DATABASE_URI"]))
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            lock = "SELECT 1 FROM owners WHERE user_id = :uuid FOR NO KEY UPDATE"
            connection.execute(text(lock), {"uuid": person.uuid})
        yield
        connection.rollback()
    engine.dispose()


def delete(issuer: Issuer, person: Person) -> requests.Response:
    body = {"password": person.password}
    return person.session.post(f"{issuer.url}/api/auth/delete-user", json=body, timeout=120)


def test_an_account_is_deleted_whole_while_its_tasks_change(issuer: Issuer, service: Gunicorn):
    for _ in range(8):
        ada = issuer.sign_up("Ada")
        with importing(service, ada, ada, ada):
            response = delete(issuer, ada)
        assert response.status_code == 200, issuer.log
        assert set(rows_of(service, ada).values()) == {0}


def test_an_account_is_deleted_while_others_import(issuer: Issuer, service: Gunicorn):
    ada, *others = (issuer.sign_up("Ada") for _ in range(13))
    with importing(service, *others):
        response = delete(issuer, ada)
    assert response.status_code == 200, issuer.log
    assert set(rows_of(service, ada).values()) == {0}


def test_nothing_is_deleted_and_nothing_stands_still_until_a_writer_has_finished(
    issuer: Issuer, service: Gunicorn
):
    ada = issuer.sign_up("Ada")
    Client(service.url, ada).make("/tasks", title="Hers")
    before = rows_of(service, ada)
    with ThreadPoolExecutor(1) as pool:
        with writing(service, ada):
            deletion = pool.submit(delete, issuer, ada)
            for _ in range(100):
                session = requests.Session()
                session.cookies.update(ada.session.cookies)
                found = session.get(f"{issuer.url}/api/auth/get-session", timeout=5)
                assert found.json()["user"]["id"] == ada.id
            assert rows_of(service, ada) == before
            assert not deletion.done()
        assert deletion.result().status_code == 200
    assert set(rows_of(service, ada).values()) == {0}
