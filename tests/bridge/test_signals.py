"""What listeners are told."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from support.faulty_issuer import FaultyIssuer, Reply
from support.processes import wait_until

from bridge import keys_refresh_failed, keys_refreshed, keys_rotated, token_refused

Heard = list[tuple[str, Flask, dict[str, Any]]]


@pytest.fixture
def heard() -> Iterator[Heard]:
    """What all signals said, while a test runs."""
    found: Heard = []
    signals = (keys_refreshed, keys_rotated, keys_refresh_failed, token_refused)

    def listener(name: str) -> Callable[..., None]:
        return lambda sender, **facts: found.append((name, sender, facts))

    listeners = [(signal, listener(signal.name)) for signal in signals]
    for signal, receive in listeners:
        signal.connect(receive)
    yield found
    for signal, receive in listeners:
        signal.disconnect(receive)


def get(app: Flask, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    return app.test_client().get("/me", headers=headers).status_code


def test_refreshes_and_rotations_are_told(
    heard: Heard, make_app: Callable[..., Flask], issuer: FaultyIssuer
):
    app = make_app()
    get(app, issuer.token())
    issuer.rotate("key-2")
    get(app, issuer.token())
    wait_until(lambda: len(heard) == 3)
    assert heard == [
        ("keys-refreshed", app, {"prefix": "BETTER_AUTH", "kids": ["key-1"]}),
        ("keys-refreshed", app, {"prefix": "BETTER_AUTH", "kids": ["key-1", "key-2"]}),
        ("keys-rotated", app, {"prefix": "BETTER_AUTH", "added": ["key-2"], "removed": []}),
    ]


def test_failures_are_told_with_their_kind(
    heard: Heard, make_app: Callable[..., Flask], issuer: FaultyIssuer
):
    issuer.reply = Reply(b"", 500)
    app = make_app()
    wait_until(lambda: bool(heard))
    name, sender, facts = heard[0]
    assert (name, sender, facts["error"].kind) == ("keys-refresh-failed", app, "status")


def test_refusals_are_told_with_their_reason(heard: Heard, app: Flask, issuer: FaultyIssuer):
    get(app, issuer.token(exp=1))
    refused = [facts["refusal"].code for name, _, facts in heard if name == "token-refused"]
    assert refused == ["token_expired"]


def test_a_listener_that_fails_harms_no_key(
    make_app: Callable[..., Flask], issuer: FaultyIssuer, caplog: pytest.LogCaptureFixture
):
    def fail(sender: Flask, **_: object) -> None:
        raise LookupError("the listener's own fault")

    with keys_refreshed.connected_to(fail):
        app = make_app()
        wait_until(lambda: "a receiver of keys_refreshed failed" in caplog.text)
    assert get(app, issuer.token()) == 200
