"""What the key source costs its issuer and its users, under gunicorn; `make bench` runs it.

Two processes of eight threads; the issuer is a local server that can hang, fail and rotate.
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
    print(f"The key source under gunicorn, {PROCESSES} processes of 8 threads\n")
    for measurement in (cold_start, flood, rotations, hang, outage):
        with FaultyIssuer() as issuer, ThreadPoolExecutor(48) as crowd:
            print(f"{measurement.__doc__:<64}{measurement(issuer, crowd)}", flush=True)


def cold_start(issuer: FaultyIssuer, crowd: ThreadPoolExecutor) -> str:
    """Cold start, 48 requests at once: fetches, answers"""
    arrived = Event()
    issuer.reply = Reply(issuer.key_set(), before=lambda: arrived.wait(30))
    with gunicorn(issuer) as service:
        answers = [crowd.submit(ask, service, issuer.token()) for _ in range(48)]
        wait_until(lambda: issuer.asked >= PROCESSES)
        arrived.set()
        return f"{issuer.asked}, {dict(Counter(answer.result() for answer in answers))}"


def flood(issuer: FaultyIssuer, crowd: ThreadPoolExecutor) -> str:
    """300 requests with 300 unknown kids: fetches, answers"""
    with warm(issuer) as service:
        before = issuer.asked
        tokens = [issuer.token(header={"alg": "EdDSA", "kid": f"{i}"}) for i in range(300)]
        statuses = Counter(crowd.map(lambda token: ask(service, token), tokens))
        return f"{issuer.asked - before}, {dict(statuses)}"


def rotations(issuer: FaultyIssuer, crowd: ThreadPoolExecutor) -> str:
    """Three rotations under load, 48 requests after each: answers"""
    with warm(issuer) as service:
        statuses: Counter[int] = Counter()
        for number in range(3):
            issuer.rotate(f"rotated-{number}")
            tokens = [issuer.token() for _ in range(48)]
            statuses.update(crowd.map(lambda token: ask(service, token), tokens))
        return str(dict(statuses))


def hang(issuer: FaultyIssuer, crowd: ThreadPoolExecutor) -> str:
    """A known key, usually and while a fetch hangs: p50, p99 in ms"""
    with warm(issuer) as service:
        usual = latencies(service, issuer.token())
        hung, release = Event(), Event()
        issuer.reply = Reply(b"", before=lambda: (hung.set(), release.wait(8)))
        waiting = crowd.submit(
            ask, service, issuer.token(header={"alg": "EdDSA", "kid": "unknown"})
        )
        hung.wait(20)
        meanwhile = latencies(service, issuer.token())
        assert not waiting.done()
        release.set()
        return f"{usual}; {meanwhile}"


def outage(issuer: FaultyIssuer, crowd: ThreadPoolExecutor) -> str:
    """A start in an outage: answers, then healed after the issuer's return"""
    issuer.reply = Reply(b"", 500)
    with gunicorn(issuer) as service:
        during = Counter(crowd.map(lambda _: ask(service, issuer.token()), range(16)))
        issuer.reply = None
        returned = time.monotonic()
        meet_all(service)
        return f"{dict(during)}, {time.monotonic() - returned:.1f} s"


def gunicorn(issuer: FaultyIssuer) -> Gunicorn:
    env = {"BETTER_AUTH_URL": issuer.url, "BETTER_AUTH_JWKS_TIMEOUT": "20"}
    arguments = ["--pythonpath", "tests"]
    return Gunicorn(env, workers=PROCESSES, threads=8, args=arguments, app="support.guarded:app")


@contextmanager
def warm(issuer: FaultyIssuer) -> Iterator[Gunicorn]:
    """Run the service, every process of which has its keys."""
    with gunicorn(issuer) as service:
        meet_all(service)
        yield service


def meet_all(service: Gunicorn) -> None:
    met: set[int] = set()

    def all_met() -> bool:
        with local_session() as http:
            health = http.get(f"{service.url}/health", timeout=60).json()
        if health["ready"]:
            met.add(health["process"])
        return len(met) == PROCESSES

    wait_until(all_met)


def ask(service: Gunicorn, token: str) -> int:
    with local_session() as http:
        headers = {"Authorization": f"Bearer {token}"}
        return int(http.get(f"{service.url}/me", headers=headers, timeout=60).status_code)


def latencies(service: Gunicorn, token: str) -> str:
    found = []
    for _ in range(REQUESTS):
        started = time.perf_counter()
        assert ask(service, token) == 200
        found.append((time.perf_counter() - started) * 1000)
    return f"{statistics.median(found):.1f}, {statistics.quantiles(found, n=100)[98]:.1f}"


if __name__ == "__main__":
    main()
