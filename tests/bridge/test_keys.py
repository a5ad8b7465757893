"""The key source with a test clock; HTTP and forks are tested in test_fetch and test_forks."""

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
    """Issuer without HTTP: ``fetch`` counts its calls and raises ``fault`` if it is set."""

    def __init__(self, *kids: str) -> None:
        self.kids = list(kids)
        self.x = MATERIAL["x"]
        self.fault: IssuerError | None = None
        self.fetches = 0
        self.on_fetch: Callable[[], object] = lambda: None

    def fetch(self) -> KeySet:
        self.fetches += 1
        kids = list(self.kids)
        self.on_fetch()
        if self.fault:
            raise self.fault
        members = ",".join(
            f'{{"kid":"{kid}","kty":"OKP","crv":"Ed25519","x":"{self.x}"}}' for kid in kids
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
    """A key source that runs its refreshes in the calling thread."""
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


DOWN = IssuerError("refused", "connection refused", hint="start it")


def test_a_known_key_is_fetched_once(source: KeySource, issuer: Issuer):
    assert [source.get("k1").kid for _ in range(100)] == ["k1"] * 100
    assert issuer.fetches == 1


def test_keys_are_refreshed_before_their_maximum_age(
    source: KeySource, issuer: Issuer, clock: Clock
):
    source.get("k1")
    clock.now += MAX_AGE
    source.get("k1")
    assert issuer.fetches == 2


def test_processes_that_start_together_do_not_refresh_together(issuer: Issuer, clock: Clock):
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


def test_every_one_of_many_fast_rotations_is_accepted_immediately(
    source: KeySource, issuer: Issuer
):
    source.get("k1")
    for kid in map(str, range(50)):
        issuer.kids.append(kid)
        assert source.get(kid).kid == kid


def test_a_flood_of_forged_kids_causes_few_fetches(source: KeySource, issuer: Issuer, clock: Clock):
    source.get("k1")
    for number in range(300):
        with pytest.raises(KeyUnknown):
            source.get(f"forged-{number}")
    assert issuer.fetches == 1 + BUDGET
    clock.now += REFILL_SECONDS
    for number in range(300):
        with pytest.raises(KeyUnknown):
            source.get(f"forged-{number}")
    assert issuer.fetches == 2 + BUDGET


def test_a_key_that_was_replaced_under_its_kid_is_refetched(source: KeySource, issuer: Issuer):
    old = source.get("k1")
    issuer.x = SigningKey("other").jwk()["x"]
    new = source.get_replacement(old)
    assert new is not None
    assert new != old
    assert source.get("k1") is new
    assert source.get_replacement(old) is new
    assert issuer.fetches == 2


def test_replacements_are_found_any_number_of_times(source: KeySource, issuer: Issuer):
    for _ in range(10):
        key = source.get("k1")
        issuer.x = SigningKey("other").jwk()["x"]
        assert source.get_replacement(key) is source.get("k1")


def test_a_flood_of_wrong_signatures_causes_few_fetches(
    source: KeySource, issuer: Issuer, clock: Clock
):
    """It shares its budget with unknown kids."""
    key = source.get("k1")
    for number in range(300):
        assert source.get_replacement(key) is None
        with pytest.raises(KeyUnknown):
            source.get(f"forged-{number}")
    assert issuer.fetches == 1 + BUDGET
    clock.now += REFILL_SECONDS
    for _ in range(300):
        assert source.get_replacement(key) is None
    assert issuer.fetches == 2 + BUDGET


def test_a_wrong_signature_causes_no_fetch_in_an_outage(
    source: KeySource, issuer: Issuer, clock: Clock
):
    key = source.get("k1")
    issuer.fault = DOWN
    clock.now += MAX_AGE
    source.load()
    for _ in range(100):
        assert source.get_replacement(key) is None
        clock.now += 1
    assert issuer.fetches == 2


def test_a_withdrawn_key_has_no_replacement(source: KeySource, issuer: Issuer):
    key = source.get("k1")
    issuer.kids = ["k2"]
    assert source.get_replacement(key) is None
    assert issuer.fetches == 2


def test_known_keys_are_valid_in_an_outage_until_the_stale_limit(
    source: KeySource, issuer: Issuer, clock: Clock
):
    source.get("k1")
    issuer.fault = DOWN
    clock.now += STALE_LIMIT - 1
    assert source.get("k1").kid == "k1"
    clock.now += 1
    with pytest.raises(KeysUnavailable, match="connection refused"):
        source.get("k1")


def test_without_keys_in_an_outage_the_client_gets_a_retry_after(source: KeySource, issuer: Issuer):
    issuer.fault = DOWN
    with pytest.raises(KeysUnavailable) as caught:
        source.get("k1")
    assert caught.value.retry_after == BACKOFF_SECONDS[0]
    assert caught.value.hint == "start it"


def test_an_unknown_kid_in_an_outage_is_keys_unavailable(source: KeySource, issuer: Issuer):
    source.get("k1")
    issuer.fault = DOWN
    with pytest.raises(KeysUnavailable):
        source.get("k2")


def test_fetches_back_off_during_an_outage(source: KeySource, issuer: Issuer, clock: Clock):
    issuer.fault = DOWN
    for _ in range(120):
        with pytest.raises(KeysUnavailable):
            source.get("k1")
        clock.now += 1
    assert issuer.fetches <= 2 + 120 / (0.75 * BACKOFF_SECONDS[-1])


def test_the_end_of_an_outage_is_noticed_within_ten_seconds(
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


def test_retry_after_of_the_issuer_is_honoured(source: KeySource, issuer: Issuer, clock: Clock):
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
    assert issuer.fetches == 2


def test_an_unexpected_error_of_a_fetch_is_an_outage(
    source: KeySource, issuer: Issuer, caplog: pytest.LogCaptureFixture
):
    issuer.on_fetch = lambda: 1 / 0
    with pytest.raises(KeysUnavailable, match="ZeroDivisionError"):
        source.get("k1")
    assert "Traceback" in caplog.text


def test_a_thread_that_cannot_start_is_an_outage(issuer: Issuer, clock: Clock):
    def no_thread(job: Callable[[], None]) -> None:
        raise RuntimeError("can't start new thread")

    with pytest.raises(KeysUnavailable, match="can't start new thread"):
        make_source(issuer, clock, run=no_thread).get("k1")


def test_all_waiting_requests_of_a_cold_start_share_one_fetch(issuer: Issuer, clock: Clock):
    barrier = threading.Barrier(49)
    issuer.on_fetch = lambda: barrier.wait(10)
    source = make_source(issuer, clock)
    source.load()

    def get() -> str:
        barrier.wait(10)
        return source.get("k1").kid

    with ThreadPoolExecutor(48) as pool:
        gets = [pool.submit(get) for _ in range(48)]
    assert [get.result() for get in gets] == ["k1"] * 48
    assert issuer.fetches == 1


def test_a_known_key_does_not_wait_for_a_refresh_that_hangs(issuer: Issuer, clock: Clock):
    source = make_source(issuer, clock)
    source.get("k1")
    release, hanging = threading.Event(), threading.Event()
    issuer.on_fetch = lambda: (hanging.set(), release.wait(10))
    clock.now += MAX_AGE
    source.get("k1")
    assert hanging.wait(10)
    assert source.get("k1").kid == "k1"  # while the refresh still hangs
    assert issuer.fetches == 2
    release.set()


def test_a_fetch_that_never_ends_is_repeated(issuer: Issuer, clock: Clock):
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
    jobs[0]()  # the lost fetch ends and changes nothing
    assert source.health()["kids"] == ["k1"]


def test_a_key_created_during_a_fetch_is_found_by_another_fetch(issuer: Issuer, clock: Clock):
    release, is_fetching = threading.Event(), threading.Event()
    issuer.on_fetch = lambda: (is_fetching.set(), release.wait(10))
    source = make_source(issuer, clock)
    source.load()
    assert is_fetching.wait(10)
    clock.now += 1
    issuer.kids.append("k2")
    timer = threading.Timer(0, release.set)
    timer.start()
    assert source.get("k2").kid == "k2"
    assert issuer.fetches == 2


def test_health_has_the_age_and_the_time_until_the_stale_limit(
    source: KeySource, issuer: Issuer, clock: Clock
):
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
    assert source.health()["last_error"] == "refused"
