"""The main use case: users sign up with Better Auth, and the service accepts their tokens."""

from collections.abc import Iterator

import jwt
import pytest
import requests
from support.client import Client, expect, problem, serving
from support.faulty_issuer import hs256_token
from support.processes import Gunicorn, Issuer, NewDatabase, wait_until


@pytest.fixture
def database(database_kind: str, new_database: NewDatabase) -> str:
    return new_database(database_kind)


@pytest.mark.parametrize("algorithm", ["EdDSA", "ES256", "ES512", "PS256", "RS256"])
def test_two_users_can_work_with_tokens_of_each_algorithm(database: str, algorithm: str):
    with Issuer(database, algorithm=algorithm) as issuer, serving(issuer, workers=2) as service:
        alice = Client(service.url, issuer.sign_up("Alice"))
        bob = Client(service.url, issuer.sign_up("Bob"))
        assert jwt.get_unverified_header(alice.token)["alg"] == algorithm
        work(alice)
        task, tag = alice.make("/tasks", title="hers"), alice.make("/tags", name="hers")
        for path in (f"/tasks/{task['id']}", f"/tags/{tag['id']}"):
            for method, body in (("GET", None), ("PATCH", {}), ("DELETE", None)):
                response = bob.ask(method, path, of=alice.person, json=body)
                assert problem(403, response) == "user_mismatch"
                assert problem(404, bob.ask(method, path, json=body)) == "not_found"
        work(bob)
        assert alice.read("/tasks")["items"] == [task]


def work(client: Client) -> None:
    """Create a task with tags; list, filter, edit, complete and delete it."""
    tags = [client.make("/tags", name=name)["id"] for name in ("Home", "Garden")]
    task = client.make("/tasks", title="Paint", tag_ids=tags)
    assert client.read("/tasks")["items"] == [task]
    assert client.read("/tasks?status=active&search=pAINT")["items"] == [task]
    path = f"/tasks/{task['id']}"
    edited = expect(200, client.ask("PATCH", path, json={"title": "Repaint", "tag_ids": tags[:1]}))
    assert (edited["title"], [tag["name"] for tag in edited["tags"]]) == ("Repaint", ["Home"])
    assert expect(200, client.ask("PATCH", path, json={"completed": True}))["completed"] is True
    assert client.read("/tasks?status=active")["total"] == 0
    assert client.ask("DELETE", path).status_code == 204
    assert client.read("/tasks")["total"] == 0


def test_a_token_with_a_new_key_is_accepted_immediately_after_a_rotation(database: str):
    with Issuer(database, rotation_seconds=1) as issuer, serving(issuer, workers=2) as service:
        alice = Client(service.url, issuer.sign_up("Alice"))
        alice.read("/tasks")
        for _ in range(4):
            rotated = next_token(issuer, alice)
            alice.read("/tasks")
            alice.token = rotated
            alice.read("/tasks")


def next_token(issuer: Issuer, client: Client) -> str:
    """Wait until the issuer signs with a new key; return a token signed with it."""
    tokens = [client.token]

    def is_rotated() -> bool:
        tokens.append(issuer.token(client.person))
        return kid(tokens[-1]) != kid(tokens[0])

    wait_until(is_rotated)
    return tokens[-1]


def test_the_token_of_a_user_with_a_picture_is_accepted(service: Gunicorn, better_auth: Issuer):
    """The longest picture that is accepted, as a data URL. It is not in the token."""
    person = better_auth.sign_up("Alice", image="data:image/png;base64," + "A" * 2_000)
    assert len(person.token) < 1_024
    assert Client(service.url, person).read("/tasks")["total"] == 0


def test_a_token_over_the_size_limit_gets_a_problem_response(alice: Client):
    alice.token += "A" * 20_000
    assert problem(401, alice.ask("GET", "/tasks")) == "token_malformed"


def kid(token: str) -> str:
    return str(jwt.get_unverified_header(token)["kid"])


def test_a_token_stays_valid_after_sign_out_until_it_expires(database: str):
    with (
        Issuer(database, expiration="5s") as issuer,
        serving(issuer, env={"BETTER_AUTH_LEEWAY": "0"}) as service,
    ):
        person = issuer.sign_up("Alice")
        alice = Client(service.url, person)
        alice.token = issuer.token(person)
        issuer.sign_out(person)
        alice.read("/tasks")
        assert person.session.get(f"{issuer.url}/api/auth/token", timeout=60).status_code == 401
        wait_until(lambda: alice.ask("GET", "/tasks").status_code == 401)
        response = alice.ask("GET", "/tasks")
        assert problem(401, response) == "token_expired"
        assert 'error="invalid_token"' in response.headers["WWW-Authenticate"]


@pytest.mark.parametrize("kind", ["HS256 token", "session token", "session cookie"])
def test_a_wrong_kind_of_token_is_refused_with_a_hint(alice: Client, service: Gunicorn, kind: str):
    cookie = alice.person.session.cookies["better-auth.session_token"]
    alice.token = {
        "HS256 token": hs256_token(sub=alice.person.id, uuid=alice.person.uuid),
        "session token": requests.utils.unquote(cookie).split(".")[0],
        "session cookie": requests.utils.unquote(cookie),
    }[kind]
    request_id = kind.replace(" ", "-")
    response = alice.ask("GET", "/tasks", headers={"X-Request-ID": request_id})
    assert problem(401, response) == "token_kind"
    assert "authClient.token()" in response.json()["detail"]
    wait_until(lambda: f"[{request_id}]" in service.log)
    (refusal,) = [
        line for line in service.log.splitlines() if f"[{request_id}]" in line and "refused" in line
    ]
    assert "send the token that authClient.token() or GET /api/auth/token returns" in refusal
    assert alice.token not in service.log


@pytest.fixture(params=["", "--preload"], ids=["forked", "preloaded"])
def gunicorn_args(request: pytest.FixtureRequest) -> Iterator[list[str]]:
    return [request.param] if request.param else []


def test_cached_keys_are_used_while_the_issuer_is_down(database: str, gunicorn_args: list[str]):
    env = {"BETTER_AUTH_JWKS_MAX_AGE": "1"}
    # One process: a second process might not have fetched the keys before the issuer stops.
    with (
        Issuer(database) as issuer,
        serving(issuer, workers=1, args=gunicorn_args, env=env) as service,
    ):
        alice = Client(service.url, issuer.sign_up("Alice"))
        alice.read("/tasks")
        issuer.stop()
        wait_until(lambda: bool(alice.read("/tasks")) and "cached keys remain valid" in service.log)
        for number in range(20):
            alice.make("/tasks", title=str(number))


def test_a_service_started_during_an_outage_recovers_when_the_issuer_is_back(
    database: str, gunicorn_args: list[str]
):
    with Issuer(database) as issuer:
        alice = issuer.sign_up("Alice")
        issuer.stop()
        with serving(issuer, workers=2, args=gunicorn_args) as service:
            client = Client(service.url, alice)
            response = client.ask("GET", "/tasks")
            assert problem(503, response) == "keys_unavailable"
            assert 1 <= int(response.headers["Retry-After"]) <= 10
            assert "WWW-Authenticate" not in response.headers
            assert requests.get(f"{service.url}/healthz", timeout=60).status_code == 200
            assert requests.get(f"{service.url}/readyz", timeout=60).status_code == 503
            issuer.start()
            wait_until(lambda: client.ask("GET", "/tasks").status_code == 200)
            client.make("/tasks", title="x")
