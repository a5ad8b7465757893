"""Measure the key source under gunicorn: load on the issuer and latency for callers.

Two processes with eight threads each. The issuer is a local server that can hang, fail and rotate
its keys. `make bench` runs this script.
"""

import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from support.faulty_issuer import FaultyIssuer, Reply
from support.processes import Gunicorn, local_session, wait_until

PROCESSES = 2
REQUESTS = 400


def main() -> None:
    print(f"The key source under gunicorn, {PROCESSES} processes with 8 threads each\n")
    for measurement in (cold_start, flood, rotations, hang, outage):
        with FaultyIssuer() as issuer, ThreadPoolExecutor(48) as pool:
            print(f"{measurement.__doc__:<64}{measurement(issuer, pool)}", flush=True)


def cold_start(issuer: FaultyIssuer, pool: ThreadPoolExecutor) -> str:
    """Cold start, 48 concurrent requests: fetches, responses"""
    release = Event()
    issuer.reply = Reply(issuer.key_set(), before=lambda: release.wait(30))
    with gunicorn(issuer) as service:
        statuses = [pool.submit(request_status, service, issuer.token()) for _ in range(48)]
        wait_until(lambda: issuer.asked >= PROCESSES)
        release.set()
        return f"{issuer.asked}, {dict(Counter(status.result() for status in statuses))}"


def flood(issuer: FaultyIssuer, pool: ThreadPoolExecutor) -> str:
    """300 requests with 300 unknown kids: fetches, responses"""
    with warm(issuer) as service:
        before = issuer.asked
        tokens = [issuer.token(header={"alg": "EdDSA", "kid": f"{i}"}) for i in range(300)]
        statuses = Counter(pool.map(lambda token: request_status(service, token), tokens))
        return f"{issuer.asked - before}, {dict(statuses)}"


def rotations(issuer: FaultyIssuer, pool: ThreadPoolExecutor) -> str:
    """Three rotations under load, 48 requests after each: responses"""
    with warm(issuer) as service:
        statuses: Counter[int] = Counter()
        for number in range(3):
            issuer.rotate(f"rotated-{number}")
            tokens = [issuer.token() for _ in range(48)]
            statuses.update(pool.map(lambda token: request_status(service, token), tokens))
        return str(dict(statuses))


def hang(issuer: FaultyIssuer, pool: ThreadPoolExecutor) -> str:
    """Known key, normally and while a fetch hangs: p50, p99 in ms"""
    with warm(issuer) as service:
        normal = latencies(service, issuer.token())
        hung, release = Event(), Event()
        issuer.reply = Reply(b"", before=lambda: (hung.set(), release.wait(8)))
        waiting = pool.submit(
            request_status, service, issuer.token(header={"alg": "EdDSA", "kid": "unknown"})
        )
        hung.wait(20)
        meanwhile = latencies(service, issuer.token())
        assert not waiting.done()
        release.set()
        return f"{normal}; {meanwhile}"


def outage(issuer: FaultyIssuer, pool: ThreadPoolExecutor) -> str:
    """Start during an outage: responses, then time to recover"""
    issuer.reply = Reply(b"", 500)
    with gunicorn(issuer) as service:
        during = Counter(pool.map(lambda _: request_status(service, issuer.token()), range(16)))
        issuer.reply = None
        restored = time.monotonic()
        wait_until_all_ready(service)
        return f"{dict(during)}, {time.monotonic() - restored:.1f} s"


def gunicorn(issuer: FaultyIssuer) -> Gunicorn:
    env = {"BETTER_AUTH_URL": issuer.url, "BETTER_AUTH_JWKS_TIMEOUT": "20"}
    arguments = ["--pythonpath", "tests"]
    return Gunicorn(env, workers=PROCESSES, threads=8, args=arguments, app="support.guarded:app")


@contextmanager
def warm(issuer: FaultyIssuer) -> Iterator[Gunicorn]:
    """Run the service and wait until each process has loaded the keys."""
    with gunicorn(issuer) as service:
        wait_until_all_ready(service)
        yield service


def wait_until_all_ready(service: Gunicorn) -> None:
    ready: set[int] = set()

    def all_ready() -> bool:
        with local_session() as http:
            health = http.get(f"{service.url}/health", timeout=60).json()
        if health["ready"]:
            ready.add(health["process"])
        return len(ready) == PROCESSES

    wait_until(all_ready)


def request_status(service: Gunicorn, token: str) -> int:
    with local_session() as http:
        headers = {"Authorization": f"Bearer {token}"}
        return int(http.get(f"{service.url}/me", headers=headers, timeout=60).status_code)


def latencies(service: Gunicorn, token: str) -> str:
    times = []
    for _ in range(REQUESTS):
        started = time.perf_counter()
        assert request_status(service, token) == 200
        times.append((time.perf_counter() - started) * 1000)
    return f"{statistics.median(times):.1f}, {statistics.quantiles(times, n=100)[98]:.1f}"


if __name__ == "__main__":
    main()
