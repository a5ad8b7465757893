"""The key source with a clock in hand; its faults over HTTP are in test_fetch and test_forks."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from support.faulty_issuer import SigningKey

from bridge import KeysUnavailable
from bridge.errors import IssuerError, KeyUnknown
from bridge.jwks import KeySet, parse
from bridge.keys import BACKOFF_SECONDS, BUDGET, LOST_AFTER_SECONDS, REFILL_SECONDS, KeySource

MATERIAL = SigningKey("any").jwk()
MAX_AGE = 300
STALE_LIMIT = 86400


class Issuer:
    """A fetch function with a switch, and a count of how often it was asked."""

    def __init__(self, *kids: str) -> None:
        self.kids = list(kids)
        self.fault: IssuerError | None = None
        self.asked = 0
        self.on_fetch: Callable[[], object] = lambda: None

    def fetch(self) -> KeySet:
        self.asked += 1
        kids = list(self.kids)
        self.on_fetch()
        if self.fault:
            raise self.fault
        members = ",".join(
            f'{{"kid":"{kid}","kty":"OKP","crv":"Ed25519","x":"{MATERIAL["x"]}"}}' for kid in kids
        )
        return parse(f'{{"keys":[{members}]}}'.encode())


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def issuer() -> Issuer:
    return Issuer("k1")


@pytest.fixture
def source(issuer: Issuer, clock: Clock) -> KeySource:
    """A source whose refreshes end before they are waited for."""
    return make_source(issuer, clock, run=lambda job: job())


def make_source(issuer: Issuer, clock: Clock, **arguments: object) -> KeySource:
    return KeySource(
        issuer.fetch,
        max_age_seconds=MAX_AGE,
        stale_limit_seconds=STALE_LIMIT,
        timeout_seconds=5,
        clock=clock,
        **arguments,  # type: ignore[arg-type]
    )


DOWN = IssuerError("refused", "nothing listens", hint="start it")


def test_a_known_key_is_fetched_once(source: KeySource, issuer: Issuer):
    assert [source.get("k1").kid for _ in range(100)] == ["k1"] * 100
    assert issuer.asked == 1


def test_keys_are_refreshed_before_they_reach_their_age(
    source: KeySource, issuer: Issuer, clock: Clock
):
    source.get("k1")
    clock.now += MAX_AGE
    source.get("k1")
    assert issuer.asked == 2


def test_processes_that_start_together_do_not_ask_together(issuer: Issuer, clock: Clock):
    due = []
    for _ in range(50):
        source = make_source(issuer, clock, run=lambda job: job())
        source.get("k1")
        due.append(source.health()["next_refresh"])
    assert 0.7 * MAX_AGE < min(due) < 0.85 * MAX_AGE < max(due) < MAX_AGE  # type: ignore[type-var]
    assert len(set(due)) > 25


def test_a_withdrawn_key_is_refused_after_the_next_refresh(
    source: KeySource, issuer: Issuer, clock: Clock
):
    source.get("k1")
    issuer.kids = ["k2"]
    clock.now += MAX_AGE
    source.get("k1")
    with pytest.raises(KeyUnknown):
        source.get("k1")


def test_rotations_are_accepted_at_once_however_fast_they_come(source: KeySource, issuer: Issuer):
    source.get("k1")
    for kid in map(str, range(50)):
        issuer.kids.append(kid)
        assert source.get(kid).kid == kid


def test_a_flood_of_forged_kids_costs_a_handful_of_fetches(
    source: KeySource, issuer: Issuer, clock: Clock
):
    source.get("k1")
    for number in range(300):
        with pytest.raises(KeyUnknown):
            source.get(f"forged-{number}")
    assert issuer.asked == 1 + BUDGET
    clock.now += REFILL_SECONDS
    for number in range(300):
        with pytest.raises(KeyUnknown):
            source.get(f"forged-{number}")
    assert issuer.asked == 2 + BUDGET


def test_known_keys_serve_through_an_outage_up_to_the_stale_limit(
    source: KeySource, issuer: Issuer, clock: Clock
):
    source.get("k1")
    issuer.fault = DOWN
    clock.now += STALE_LIMIT - 1
    assert source.get("k1").kid == "k1"
    clock.now += 1
    with pytest.raises(KeysUnavailable, match="nothing listens"):
        source.get("k1")


def test_without_keys_and_issuer_the_caller_is_told_when_to_come_back(
    source: KeySource, issuer: Issuer
):
    issuer.fault = DOWN
    with pytest.raises(KeysUnavailable) as caught:
        source.get("k1")
    assert caught.value.retry_after == BACKOFF_SECONDS[0]
    assert caught.value.hint == "start it"


def test_an_unknown_kid_in_an_outage_is_no_fault_of_the_user(source: KeySource, issuer: Issuer):
    source.get("k1")
    issuer.fault = DOWN
    with pytest.raises(KeysUnavailable):
        source.get("k2")


def test_an_issuer_that_is_down_is_asked_less_and_less(
    source: KeySource, issuer: Issuer, clock: Clock
):
    issuer.fault = DOWN
    for _ in range(120):
        with pytest.raises(KeysUnavailable):
            source.get("k1")
        clock.now += 1
    assert issuer.asked <= 2 + 120 / (0.75 * BACKOFF_SECONDS[-1])


def test_the_return_of_the_issuer_is_noticed_within_ten_seconds(
    source: KeySource, issuer: Issuer, clock: Clock
):
    issuer.fault = DOWN
    for _ in range(100):
        with pytest.raises(KeysUnavailable):
            source.get("k1")
        clock.now += 1
    issuer.fault = None
    clock.now += 10
    assert source.get("k1").kid == "k1"


def test_the_wait_that_the_issuer_asked_for_is_kept(
    source: KeySource, issuer: Issuer, clock: Clock
):
    issuer.fault = IssuerError("status", "429", retry_after=60)
    with pytest.raises(KeysUnavailable) as caught:
        source.get("k1")
    assert caught.value.retry_after == 60
    issuer.fault = None
    clock.now += 59
    with pytest.raises(KeysUnavailable):
        source.get("k1")
    clock.now += 1
    source.get("k1")
    assert issuer.asked == 2


def test_an_unforeseen_error_of_a_fetch_is_an_outage(
    source: KeySource, issuer: Issuer, caplog: pytest.LogCaptureFixture
):
    issuer.on_fetch = lambda: 1 / 0
    with pytest.raises(KeysUnavailable, match="ZeroDivisionError"):
        source.get("k1")
    assert "Traceback" in caplog.text


def test_a_thread_that_cannot_be_had_is_an_outage(issuer: Issuer, clock: Clock):
    def no_thread(job: Callable[[], None]) -> None:
        raise RuntimeError("can't start new thread")

    with pytest.raises(KeysUnavailable, match="can't start new thread"):
        make_source(issuer, clock, run=no_thread).get("k1")


def test_a_cold_start_asks_once_for_all_who_wait(issuer: Issuer, clock: Clock):
    everybody = threading.Barrier(49)
    issuer.on_fetch = lambda: everybody.wait(10)
    source = make_source(issuer, clock)
    source.load()

    def get() -> str:
        everybody.wait(10)
        return source.get("k1").kid

    with ThreadPoolExecutor(48) as pool:
        gets = [pool.submit(get) for _ in range(48)]
    assert [one.result() for one in gets] == ["k1"] * 48
    assert issuer.asked == 1


def test_a_known_key_does_not_wait_for_a_refresh_that_hangs(issuer: Issuer, clock: Clock):
    source = make_source(issuer, clock)
    source.get("k1")
    release, hanging = threading.Event(), threading.Event()
    issuer.on_fetch = lambda: (hanging.set(), release.wait(10))
    clock.now += MAX_AGE
    source.get("k1")
    assert hanging.wait(10)
    assert source.get("k1").kid == "k1"  # and the refresh still hangs
    assert issuer.asked == 2
    release.set()


def test_a_fetch_that_never_ends_is_given_up_and_repeated(issuer: Issuer, clock: Clock):
    jobs: list[Callable[[], None]] = []
    source = make_source(issuer, clock, run=jobs.append)
    source.load()
    clock.now += 5 + LOST_AFTER_SECONDS - 1
    source.load()
    assert len(jobs) == 1
    clock.now += 1
    source.load()
    jobs[1]()
    assert source.get("k1").kid == "k1"
    issuer.kids = ["k2"]
    jobs[0]()  # the lost one ends after all, and changes nothing
    assert source.health()["kids"] == ["k1"]


def test_a_key_made_while_a_fetch_is_under_way_is_asked_for_again(issuer: Issuer, clock: Clock):
    answered, asking = threading.Event(), threading.Event()
    issuer.on_fetch = lambda: (asking.set(), answered.wait(10))
    source = make_source(issuer, clock)
    source.load()
    assert asking.wait(10)
    clock.now += 1
    issuer.kids.append("k2")
    waiter = threading.Timer(0, answered.set)
    waiter.start()
    assert source.get("k2").kid == "k2"
    assert issuer.asked == 2


def test_health_tells_age_and_what_is_left(source: KeySource, issuer: Issuer, clock: Clock):
    assert source.health()["ready"] is False
    source.get("k1")
    clock.now += 100
    health = source.health()
    assert health["ready"] is True
    assert health["kids"] == ["k1"]
    assert health["age"] == 100
    assert health["stale_left"] == STALE_LIMIT - 100
    assert health["last_error"] is None
    issuer.fault = DOWN
    clock.now += MAX_AGE
    source.get("k1")
    assert source.health()["last_error"] == "nothing listens"
