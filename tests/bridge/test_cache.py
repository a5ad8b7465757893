"""The result cache: it saves verifications and never returns an outdated result."""

import gc
import time
import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from support.faulty_issuer import FaultyIssuer, encode

from bridge import KeysUnavailable, Refusal, tokens
from bridge.errors import KeyUnknown
from bridge.jwks import Key, parse
from bridge.jws import decode_segment, parse_object
from bridge.settings import Settings
from bridge.tokens import Verifier


class Clock:
    def __init__(self) -> None:
        self.now = time.time()

    def __call__(self) -> float:
        return self.now


class Keys:
    """The issuer's keys; ``verified`` counts the signature checks."""

    def __init__(self, issuer: FaultyIssuer) -> None:
        self.verified = 0
        self.known: dict[str, Any] = {}
        for kid, key in parse(issuer.key_set()).keys.items():
            self.known[kid] = Counted(key, self)

    def get(self, kid: str) -> Any:
        try:
            return self.known[kid]
        except KeyError:
            raise KeyUnknown(f"unknown kid {kid!r}") from None

    def get_replacement(self, refused: Key) -> None:
        """No key is replaced."""


class Counted:
    def __init__(self, key: Key, keys: Keys) -> None:
        self._key = key
        self._keys = keys

    def verifies(self, *arguments: Any) -> bool:
        self._keys.verified += 1
        return self._key.verifies(*arguments)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def keys(issuer: FaultyIssuer) -> Keys:
    return Keys(issuer)


@pytest.fixture
def make_verifier(issuer: FaultyIssuer, keys: Keys, clock: Clock) -> Callable[..., Verifier]:
    def make(**changes: Any) -> Verifier:
        settings = Settings.from_config({"BETTER_AUTH_URL": issuer.url})
        return Verifier(replace(settings, **changes), keys, clock)

    return make


@pytest.fixture
def verifier(make_verifier: Callable[..., Verifier]) -> Verifier:
    return make_verifier()


def code(verifier: Verifier, token: str) -> str:
    with pytest.raises(Refusal) as caught:
        verifier.verify(token)
    return caught.value.code


def test_a_cached_token_is_not_verified_again(verifier: Verifier, issuer: FaultyIssuer, keys: Keys):
    token = issuer.token()
    assert verifier.verify(token) is verifier.verify(token)
    assert keys.verified == 1


def test_a_cached_result_ends_with_its_token(
    verifier: Verifier, issuer: FaultyIssuer, clock: Clock
):
    token = issuer.token(exp=int(clock.now) + 60)
    verifier.verify(token)
    clock.now = int(clock.now) + 60 + 9.9  # the leeway is 10 s
    verifier.verify(token)
    clock.now += 0.1
    assert code(verifier, token) == "token_expired"


def test_a_cached_result_ends_with_its_key(verifier: Verifier, issuer: FaultyIssuer, keys: Keys):
    token = issuer.token()
    verifier.verify(token)
    keys.known.clear()
    assert code(verifier, token) == "key_unknown"


def test_a_cached_result_is_not_used_for_another_key_with_the_same_kid(
    verifier: Verifier, issuer: FaultyIssuer, keys: Keys
):
    token = issuer.token()
    verifier.verify(token)
    with FaultyIssuer() as other:  # the kid of its key is key-1 too
        keys.known = Keys(other).known
    assert code(verifier, token) == "signature_invalid"


def test_a_cached_result_ends_when_no_key_is_available(
    verifier: Verifier, issuer: FaultyIssuer, keys: Keys, monkeypatch: pytest.MonkeyPatch
):
    token = issuer.token()
    verifier.verify(token)

    def get(kid: str) -> Key:
        raise KeysUnavailable("stale")

    monkeypatch.setattr(keys, "get", get)
    assert code(verifier, token) == "keys_unavailable"


def test_headers_of_forged_tokens_are_not_cached(verifier: Verifier, issuer: FaultyIssuer):
    headers = [{"alg": "EdDSA", "kid": "key-1", "x": [[n]] * 80} for n in range(400)]
    forged = [f"{encode(header)}.e30.{'A' * 86}" for header in headers]

    def refuse(tokens: list[str]) -> None:
        for token in tokens:
            assert code(verifier, token) == "signature_invalid"
        gc.collect()

    refuse(forged[:200])  # the first refusals import modules and fill caches
    tracemalloc.start()
    refuse(forged[200:])
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert used < 500_000


def test_a_header_that_was_verified_is_parsed_once(
    make_verifier: Callable[..., Verifier], issuer: FaultyIssuer, monkeypatch: pytest.MonkeyPatch
):
    verifier = make_verifier(token_cache_size=0)
    verifier.verify(issuer.token())
    parsed = []

    def parse(data: bytes, part: str) -> Any:
        parsed.append(part)
        return parse_object(data, part)

    monkeypatch.setattr(tokens, "parse_object", parse)
    verifier.verify(issuer.token(sub="other"))
    assert parsed == ["payload"]


def test_other_settings_do_not_share_cached_results(
    make_verifier: Callable[..., Verifier], issuer: FaultyIssuer
):
    token = issuer.token()
    make_verifier().verify(token)
    assert code(make_verifier(audiences=frozenset({"other"})), token) == "claims_invalid"


def test_two_tokens_never_share_a_cached_result(verifier: Verifier, issuer: FaultyIssuer):
    ada, eve = issuer.token(sub="ada"), issuer.token(sub="eve")
    assert [verifier.verify(token).id for token in (ada, eve, ada, eve)] == ["ada", "eve"] * 2
    head, _, signature = ada.split(".")
    forged = [f"{head}.{eve.split('.')[1]}.{signature}", f"{ada} ", f"{ada}.", f" {ada}", ada[:-1]]
    for token in forged:
        assert code(verifier, token) in ("signature_invalid", "token_malformed"), token


def test_a_refusal_is_not_cached(verifier: Verifier, issuer: FaultyIssuer, clock: Clock):
    token = issuer.token(nbf=int(clock.now) + 60)
    assert code(verifier, token) == "token_not_yet_valid"
    clock.now += 60
    assert verifier.verify(token).name == "Ada"


def test_the_oldest_result_is_evicted_from_a_full_cache(
    make_verifier: Callable[..., Verifier], issuer: FaultyIssuer, keys: Keys
):
    verifier = make_verifier(token_cache_size=2)
    first, second, third = (issuer.token(sub=sub) for sub in ("1", "2", "3"))
    for token in (first, second, third, second, third):
        verifier.verify(token)
    assert keys.verified == 3
    verifier.verify(first)
    assert keys.verified == 4


def test_the_second_signature_of_an_ecdsa_token_cannot_fill_the_cache(
    make_verifier: Callable[..., Verifier], issuer: FaultyIssuer, keys: Keys
):
    """(r, n - s) is the only other accepted encoding of a token that its reader can make."""
    issuer.rotate("p256", "ES256")
    keys.known = Keys(issuer).known
    verifier = make_verifier()
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    message, _, signature = issuer.token().rpartition(".")
    raw = decode_segment(signature)
    r, s = int.from_bytes(raw[:32]), int.from_bytes(raw[32:])
    accepted = []
    for first in (r, order - r, (r + order) % 2**256):
        for second in (s, order - s, (s + order) % 2**256, 0, order):
            token = f"{message}.{encode(first.to_bytes(32) + second.to_bytes(32))}"
            with suppress(Refusal):
                accepted.append(verifier.verify(token))
    assert len(accepted) == 2
    assert accepted[0] == accepted[1]


def test_the_memory_of_a_cache_is_bounded(
    make_verifier: Callable[..., Verifier], issuer: FaultyIssuer, keys: Keys
):
    """Large claims evict more results: the memory stays at 2 KiB for each result of the size."""
    verifier = make_verifier(token_cache_size=100)
    claims = {"name": "\U0001f600" + "x" * 8000, "deep": [[]] * 600}
    large = [issuer.token(sub=str(number), **claims) for number in range(102)]
    for token in large[:2]:
        verifier.verify(token)
    gc.collect()
    tracemalloc.start()
    for token in large[2:]:
        verifier.verify(token)
    gc.collect()
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert used < 100 * 2048 * 1.2
    verified = keys.verified
    verifier.verify(large[-1])
    assert keys.verified == verified  # the latest result is cached
    verifier.verify(large[0])
    assert keys.verified == verified + 1  # an old result is not


def test_a_cache_of_size_0_caches_nothing(
    make_verifier: Callable[..., Verifier], issuer: FaultyIssuer, keys: Keys
):
    verifier, token = make_verifier(token_cache_size=0), issuer.token()
    verifier.verify(token)
    verifier.verify(token)
    assert keys.verified == 2
