"""All errors have the same format, and errors and logs disclose no secrets."""

import re
from typing import Any

import psycopg
import pytest
import requests
from support.client import Client, expect, flask, problem, serving
from support.faulty_issuer import FaultyIssuer, Reply
from support.processes import Gunicorn, Issuer, NewDatabase, Postgres, wait_until

NOBODY = "00000000-0000-4000-8000-000000000000"
MEMBERS = ["type", "title", "status", "detail", "code", "request_id"]


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "not_found"),
        ("GET", "/api/v1/{me}/tasks/", 404, "not_found"),
        ("GET", "/api/v1/{me}/tasks/nonsense", 404, "not_found"),
        ("GET", "/api/v1/{me}/tasks/" + NOBODY, 404, "not_found"),
        ("GET", "/api/v1/not-a-uuid/tasks", 404, "not_found"),
        ("GET", "/static/x", 404, "not_found"),
        ("DELETE", "/api/v1/{me}/tasks", 405, "method_not_allowed"),
        ("POST", "/healthz", 405, "method_not_allowed"),
        ("BREW", "/api/v1/me", 405, "method_not_allowed"),
        ("GET", "/api/v1/" + NOBODY + "/tasks", 403, "user_mismatch"),
        ("POST", "/api/v1/{me}/tasks", 415, "media_type_unsupported"),
    ],
)
def test_errors_of_all_sources_have_the_same_format(
    alice: Client, method: str, path: str, status: int, code: str
):
    response = alice.ask_path(method, path.format(me=alice.person.uuid))
    assert problem(status, response) == code
    assert list(response.json()) == MEMBERS
    assert response.json()["detail"].endswith(".")


def test_a_405_response_lists_the_allowed_methods(alice: Client):
    response = alice.ask("DELETE", "/tasks")
    assert set(response.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}


def test_a_preflight_needs_no_token(alice: Client):
    response = requests.options(f"{alice.url}/api/v1/{alice.person.uuid}/tasks", timeout=60)
    assert (response.status_code, response.text) == (200, "")


@pytest.mark.parametrize("sent", ["abc", "A-b_c.9", "x" * 64])
def test_a_valid_request_id_of_the_caller_is_used(alice: Client, sent: str):
    response = alice.ask("GET", "/tasks", headers={"X-Request-ID": sent})
    assert response.headers["X-Request-ID"] == sent


@pytest.mark.parametrize("sent", ["", "a b", "x" * 65, "ä", "<b>", "a,b"])
def test_an_invalid_request_id_is_replaced(alice: Client, sent: str):
    response = alice.ask("GET", "/tasks", headers={"X-Request-ID": sent.encode()})
    assert re.fullmatch("[0-9a-f]{32}", response.headers["X-Request-ID"])


def test_the_log_has_the_request_id_and_code_of_a_refusal_but_not_the_token(
    alice: Client, service: Gunicorn
):
    headers = {"X-Request-ID": "find-me", "Authorization": f"Bearer {alice.token}x"}
    response = alice.ask("GET", "/tasks?search=secret", headers=headers)
    assert problem(401, response) == "token_malformed"
    wait_until(lambda: service.log.count("[find-me]") >= 2)
    refusal, access = [line for line in service.log.splitlines() if "[find-me]" in line]
    assert "refused GET api.tasks.index: 401 token_malformed" in refusal
    assert f'"GET /api/v1/{alice.person.uuid}/tasks" 401' in access
    assert alice.token not in service.log
    assert "secret" not in access


def test_a_line_break_in_a_path_does_not_forge_a_log_line(alice: Client, service: Gunicorn):
    alice.ask_path("GET", "/x%0aforged%20line", headers={"X-Request-ID": "forger"})
    wait_until(lambda: "[forger]" in service.log)
    assert not [line for line in service.log.splitlines() if line.startswith("forged")]


def test_healthz_reports_the_process_and_readyz_its_database_and_keys(service: Gunicorn):
    assert expect(200, requests.get(f"{service.url}/healthz", timeout=60)) == {"status": "ok"}
    wait_until(lambda: readiness(service)["ready"])
    found = readiness(service)
    assert found["database"] == "ok"
    assert found["keys"]["ready"] is True


def test_readyz_tells_strangers_codes_only():
    """The issuer and the database are on internal hosts, and the issuer responds with a page."""
    with FaultyIssuer() as inner:
        inner.reply = Reply(b"<html>internal page 4711", headers={"Content-Type": "text/html"})
        env = {
            "DATABASE_URL": "postgresql://ada:s3cret@127.0.0.1:9/inner",
            "BETTER_AUTH_URL": "https://app.example.com",
            "BETTER_AUTH_JWKS_URL": inner.jwks_url,
        }
        with Gunicorn(env) as service:
            wait_until(lambda: readiness(service)["keys"]["last_error"] == "json")
            response = requests.get(f"{service.url}/readyz", timeout=60)
            refused = requests.get(
                f"{service.url}/api/v1/me",
                headers={"Authorization": f"Bearer {inner.token()}"},
                timeout=60,
            )
            wait_until(lambda: "internal page 4711" in service.log)
            wait_until(lambda: "the database is not available" in service.log)
    found = expect(503, response)
    assert found["database"] == "unavailable"
    assert set(found["keys"]) == {"ready", "age", "stale_left", "next_refresh", "last_error"}
    assert problem(503, refused) == "keys_unavailable"
    for told in (response, refused):
        text = f"{told.text} {told.headers}"
        assert not re.search(r"127\.0\.0\.1|internal|4711|<html|s3cret|ada\b", text)


def test_kids_are_not_told_to_strangers(service: Gunicorn):
    wait_until(lambda: readiness(service)["ready"])
    assert not {"kids", "skipped"} & readiness(service)["keys"].keys()


def readiness(service: Gunicorn) -> Any:
    return requests.get(f"{service.url}/readyz", timeout=60).json()


def test_requests_are_503_until_the_database_is_migrated(
    better_auth: Issuer, database_kind: str, new_database: NewDatabase
):
    env = {"DATABASE_URL": new_database(database_kind), "BETTER_AUTH_URL": better_auth.url}
    with Gunicorn(env, workers=1) as service:
        response = requests.get(f"{service.url}/readyz", timeout=60)
        assert expect(503, response)["database"] == "not_migrated"
        alice = Client(service.url, better_auth.sign_up("Alice"))
        wait_until(lambda: readiness(service)["keys"]["ready"])
        for _ in range(3):
            assert problem(503, alice.ask("GET", "/tasks")) == "database_unavailable"
        assert service.log.count("not migrated? run flask --app wsgi db upgrade") == 1
        response = alice.ask("POST", "/tasks", json={"title": "x"})
        assert problem(503, response) == "database_unavailable"
        assert "Traceback" not in service.log
        assert flask(env, "db", "upgrade").returncode == 0
        wait_until(lambda: readiness(service)["ready"])


def test_requests_are_503_while_the_database_is_down_and_recover_afterwards(
    new_database: NewDatabase,
):
    with (
        Postgres() as postgres,
        Issuer(new_database("sqlite")) as issuer,
        serving(issuer, postgres.create_database("gone")) as service,
    ):
        alice = Client(service.url, issuer.sign_up("Alice"))
        task = alice.make("/tasks", title="kept")
        postgres.stop()
        response = alice.ask("GET", "/tasks")
        assert problem(503, response) == "database_unavailable"
        assert int(response.headers["Retry-After"]) > 0
        assert readiness(service)["database"] == "unavailable"
        for _ in range(20):
            assert problem(503, alice.ask("GET", "/tasks")) == "database_unavailable"
        assert 1 <= service.log.count("the database can't serve requests") <= 4  # two processes
        assert "Traceback" not in service.log
        postgres.start()
        assert alice.read("/tasks")["items"] == [task]
        assert alice.make("/tasks", title="new")["position"] == 2


def test_connections_closed_by_postgresql_are_replaced(new_database: NewDatabase):
    """Clients see no error after a restart of PostgreSQL, or if a proxy closes idle connections."""
    url = new_database("postgresql")
    with (
        Issuer(new_database("sqlite")) as issuer,
        serving(issuer, url) as service,
        psycopg.connect(url, autocommit=True) as other,
    ):
        alice = Client(service.url, issuer.sign_up("Alice"))
        for write in (False, True):
            assert alice.at_once(*[("GET", "/tasks", None)] * 20) == [200] * 20
            assert end_others(other) > 0
            if write:
                alice.make("/tasks", title="x")
            else:
                alice.read("/tasks")


def end_others(connection: psycopg.Connection[Any]) -> int:
    """Terminate all other connections and wait until they are gone; return their number."""
    own = "datname = current_database() AND pid <> pg_backend_pid()"
    find = f"SELECT count(*) FROM pg_stat_activity WHERE {own}"
    (number,) = connection.execute(find).fetchone() or (0,)
    connection.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {own}")
    wait_until(lambda: connection.execute(find).fetchone() == (0,))
    return int(number)
