"""Long changes, long locks and a database that hangs: others are served meanwhile."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from uuid import uuid4

import psutil
import psycopg
import pytest
import requests
from flask import Flask
from sqlalchemy import func, select
from support.client import Client, expect, on, problem, serving
from support.processes import Gunicorn, Issuer, NewDatabase, Postgres, wait_until

from bridge import User
from todo.api.problems import Busy as BusyProblem
from todo.api.problems import ImportLimit
from todo.api.slots import Slots
from todo.store import outages, queues, tasks
from todo.store.errors import Busy, DatabaseUnavailable
from todo.store.session import db, read, write
from todo.store.statements import USER_ID, Statement
from todo.store.tables import owners


@contextmanager
def in_another_thread(user: User, store: Flask) -> Iterator[threading.Event]:
    """Hold a transaction of ``user`` in another thread until the yielded event is set."""
    begun, may_end = threading.Event(), threading.Event()

    def hold() -> None:
        with store.app_context(), write(user):
            begun.set()
            assert may_end.wait(60)

    with ThreadPoolExecutor(1) as pool:
        holder = pool.submit(hold)
        assert begun.wait(60)
        try:
            yield may_end
        finally:
            may_end.set()
            holder.result(60)


def test_a_transaction_of_the_same_user_waits_no_longer_than_its_bound(
    store: Flask, ada: User, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(queues, "WAIT_SECONDS", 0.05)
    with in_another_thread(ada, store), pytest.raises(Busy), write(ada):
        pass
    with write(ada) as transaction:  # the queue is free again
        tasks.create(transaction, [])


def test_a_waiting_transaction_of_a_user_holds_no_connection(
    store: Flask, ada: User, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(queues, "WAIT_SECONDS", 0.05)
    with in_another_thread(ada, store):
        before = db.engine.pool.checkedout()  # type: ignore[attr-defined]
        with pytest.raises(Busy), write(ada):
            pass
        assert db.engine.pool.checkedout() == before == 1  # type: ignore[attr-defined]


def test_only_some_requests_of_a_user_wait_long(
    store: Flask, ada: User, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(queues, "IMPATIENT_SECONDS", 0.05)
    outcomes: list[str] = []

    def wait() -> None:
        try:
            with store.app_context(), write(ada):
                outcomes.append("done")
        except Busy:
            outcomes.append("busy")

    with in_another_thread(ada, store) as may_end, ThreadPoolExecutor(20) as pool:
        waiting = [pool.submit(wait) for _ in range(queues.PATIENT + 8)]
        wait_until(lambda: outcomes.count("busy") == 8)
        may_end.set()
        for one in waiting:
            one.result(60)
    assert outcomes.count("done") == queues.PATIENT


@on("postgresql")
def test_a_lock_of_another_process_is_waited_for_no_longer_than_its_bound(
    service: Gunicorn, alice: Client, bob: Client
):
    alice.make("/tasks", title="x")
    url = service.env["DATABASE_URL"]
    with psycopg.connect(url) as other:
        other.execute("SELECT 1 FROM owners WHERE user_id = %s FOR UPDATE", [alice.person.uuid])
        response = alice.ask("POST", "/tasks", json={"title": "y"})
        assert problem(503, response) == "busy"
        assert int(response.headers["Retry-After"]) > 0
        bob.make("/tasks", title="served")
    alice.make("/tasks", title="z")


def test_imports_are_limited_for_a_user_and_in_all():
    slots = Slots(2, 1, busy=BusyProblem("busy"), limit=ImportLimit("limit"))
    ada, bob, eve = uuid4(), uuid4(), uuid4()
    give_back = slots.take(ada)
    with pytest.raises(ImportLimit):
        slots.take(ada)
    slots.take(bob)
    with pytest.raises(BusyProblem):
        slots.take(eve)
    give_back()
    slots.take(eve)


def test_others_are_served_while_a_user_imports_much(alice: Client, bob: Client):
    """Imports beyond the limit are refused, none is done in part, and others wait for none."""
    rows = [{"title": f"task {number}", "tags": ["a", "b"]} for number in range(3000)]
    with ThreadPoolExecutor(13) as pool:
        imports = pool.submit(alice.at_once, *[("POST", "/tasks/import", rows)] * 12)
        served = list(pool.map(lambda _: bob.ask("GET", "/tasks").status_code, range(30)))
        statuses = imports.result(120)
    assert served == [200] * 30
    assert set(statuses) <= {200, 429, 503}
    done = statuses.count(200)
    assert done > 0
    assert alice.read("/tasks/stats")["total"] == done * 3000


@pytest.fixture
def hanging(new_database: NewDatabase) -> Iterator[tuple[Gunicorn, Client, psutil.Process]]:
    """The service of one process, a user, and the PostgreSQL server to stop."""
    with (
        Postgres() as postgres,
        Issuer(new_database("sqlite")) as issuer,
        serving(issuer, postgres.create_database("hangs"), workers=1) as service,
    ):
        alice = Client(service.url, issuer.sign_up("Alice"))
        alice.make("/tasks", title="kept")
        server = psutil.Process(postgres.pid)
        yield service, alice, server
        for process in [server, *server.children()]:
            process.resume()


@on("postgresql")
def test_a_database_that_hangs_is_refused_quickly_and_healthz_waits_for_nothing(
    hanging: tuple[Gunicorn, Client, psutil.Process], database_kind: str
):
    service, alice, server = hanging
    for process in [server, *server.children()]:
        process.suspend()
    with ThreadPoolExecutor(40) as pool:
        pending = [pool.submit(alice.at_once, ("GET", "/tasks", None)) for _ in range(30)]
        wait_until(lambda: "the database does not respond" in service.log)
        for _ in range(10):
            assert requests.get(f"{service.url}/healthz", timeout=60).status_code == 200
            assert problem(503, alice.ask("GET", "/tasks")) == "database_unavailable"
        for process in [server, *server.children()]:
            process.resume()
        assert {status for one in pending for status in one.result(60)} <= {200, 503}
    assert "Traceback" not in service.log
    (task,) = expect(200, alice.ask("GET", "/tasks"))["items"]
    assert task["title"] == "kept"
    assert "the database serves requests again" in service.log


@on("postgresql")
def test_a_statement_without_a_response_is_ended(
    store: Flask, ada: User, monkeypatch: pytest.MonkeyPatch, database_kind: str
):
    monkeypatch.setattr(outages, "STATEMENT_SECONDS", 0.1)
    sleeping = Statement(select(func.pg_sleep(600)).where(owners.c.user_id == USER_ID))
    with write(ada):
        pass
    with pytest.raises(DatabaseUnavailable), read(ada) as reader:
        reader.rows(sleeping)
    with write(ada) as transaction:  # by a new connection
        tasks.create(transaction, [])


def test_a_connection_from_the_pool_is_no_sign_of_life(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(outages, "SUSPECT_SECONDS", 0)
    may_end = threading.Event()
    are_waiting = threading.Barrier(3)

    def wait() -> None:
        with outages.waiting(object()):
            are_waiting.wait(60)
            assert may_end.wait(60)

    with ThreadPoolExecutor(2) as pool:
        statements = [pool.submit(wait) for _ in range(2)]
        are_waiting.wait(60)
        with outages.waiting(None):
            pass
        with pytest.raises(DatabaseUnavailable):
            outages.check()
        may_end.set()
        for one in statements:
            one.result(60)
    outages.check()
