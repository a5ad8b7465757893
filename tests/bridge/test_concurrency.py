"""Many concurrent requests to gunicorn with two processes of eight threads."""

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from support.faulty_issuer import FaultyIssuer, Reply
from support.processes import Gunicorn, local_session, wait_until


@pytest.fixture(params=[[], ["--preload"]], ids=["forked", "preloaded"])
def service(request: pytest.FixtureRequest, issuer: FaultyIssuer) -> Gunicorn:
    """Return the service; the test starts it."""
    env = {"BETTER_AUTH_URL": issuer.url, "BETTER_AUTH_JWKS_TIMEOUT": "20"}
    arguments = ["--pythonpath", "tests", *request.param]
    return Gunicorn(env, workers=2, threads=8, args=arguments, app="support.guarded:app")


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(48) as pool:
        yield pool


def get_status(service: Gunicorn, token: str) -> int:
    with local_session() as http:
        headers = {"Authorization": f"Bearer {token}"}
        return int(http.get(f"{service.url}/me", headers=headers, timeout=60).status_code)


def processes(service: Gunicorn, pool: ThreadPoolExecutor) -> set[int]:
    """Return the ids of all processes, after each process has its keys."""

    def get_health(_: object) -> tuple[int, bool]:
        with local_session() as http:
            health = http.get(f"{service.url}/health", timeout=60).json()
        return health["process"], health["ready"]

    ready: set[int] = set()

    def all_ready() -> bool:
        ready.update(process for process, is_ready in pool.map(get_health, range(16)) if is_ready)
        return len(ready) == 2

    wait_until(all_ready)
    return ready


def test_a_cold_start_fetches_once_per_process(
    service: Gunicorn, issuer: FaultyIssuer, pool: ThreadPoolExecutor
):
    arrived = Event()
    issuer.reply = Reply(issuer.key_set(), before=lambda: arrived.wait(30))
    with service:
        responses = [pool.submit(get_status, service, issuer.token()) for _ in range(48)]
        wait_until(lambda: issuer.asked >= 2)
        arrived.set()
        assert Counter(response.result() for response in responses) == {200: 48}
        # With --preload the parent process fetches too, and the forks interrupt its fetch.
        assert issuer.asked <= (3 if "--preload" in service.command else 2)


def test_a_flood_of_unknown_kids_causes_few_fetches(
    service: Gunicorn, issuer: FaultyIssuer, pool: ThreadPoolExecutor
):
    with service:
        processes(service, pool)
        before = issuer.asked
        forged = [
            issuer.token(header={"alg": "EdDSA", "kid": f"forged-{number}"})
            for number in range(300)
        ]
        statuses = Counter(pool.map(lambda token: get_status(service, token), forged))
        assert statuses == {401: 300}
        assert issuer.asked - before <= 2 * 5
        assert get_status(service, issuer.token()) == 200


def test_rotations_under_load_refuse_no_request(
    service: Gunicorn, issuer: FaultyIssuer, pool: ThreadPoolExecutor
):
    with service:
        statuses: Counter[int] = Counter()
        for number in range(4):
            tokens = [issuer.token() for _ in range(48)]
            statuses.update(pool.map(lambda token: get_status(service, token), tokens))
            issuer.rotate(f"rotated-{number}")
        assert statuses == {200: 4 * 48}


def test_known_keys_are_used_while_a_fetch_hangs(
    service: Gunicorn, issuer: FaultyIssuer, pool: ThreadPoolExecutor
):
    with service:
        processes(service, pool)
        known = issuer.token()
        hung, release = Event(), Event()
        issuer.reply = Reply(b"", 500, before=lambda: (hung.set(), release.wait(30)))
        unknown = issuer.token(header={"alg": "EdDSA", "kid": "unknown"})
        waiting = [pool.submit(get_status, service, unknown) for _ in range(2)]
        assert hung.wait(20)
        assert Counter(pool.map(lambda _: get_status(service, known), range(48))) == {200: 48}
        assert not any(response.done() for response in waiting)
        release.set()
        assert {response.result() for response in waiting} == {503}


def test_a_service_started_in_an_outage_recovers_within_ten_seconds(
    service: Gunicorn, issuer: FaultyIssuer, pool: ThreadPoolExecutor
):
    issuer.reply = Reply(b"", 500)
    with service:
        assert Counter(pool.map(lambda _: get_status(service, issuer.token()), range(16))) == {
            503: 16
        }
        issuer.reply = None
        ended = time.monotonic()
        processes(service, pool)
        assert time.monotonic() - ended < 10
        assert Counter(pool.map(lambda _: get_status(service, issuer.token()), range(16))) == {
            200: 16
        }
