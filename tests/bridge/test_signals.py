"""The signals of the bridge."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from support.faulty_issuer import FaultyIssuer, Reply
from support.processes import wait_until

from bridge import keys_refresh_failed, keys_refreshed, keys_rotated, token_refused

Received = list[tuple[str, Flask, dict[str, Any]]]


@pytest.fixture
def received() -> Iterator[Received]:
    """The signals that are sent during a test."""
    found: Received = []
    signals = (keys_refreshed, keys_rotated, keys_refresh_failed, token_refused)

    def receiver(name: str) -> Callable[..., None]:
        return lambda sender, **facts: found.append((name, sender, facts))

    receivers = [(signal, receiver(signal.name)) for signal in signals]
    for signal, receive in receivers:
        signal.connect(receive)
    yield found
    for signal, receive in receivers:
        signal.disconnect(receive)


def get(app: Flask, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    return app.test_client().get("/me", headers=headers).status_code


def test_refreshes_and_rotations_send_signals(
    received: Received, make_app: Callable[..., Flask], issuer: FaultyIssuer
):
    app = make_app()
    get(app, issuer.token())
    issuer.rotate("key-2")
    get(app, issuer.token())
    wait_until(lambda: len(received) == 3)
    assert received == [
        ("keys-refreshed", app, {"prefix": "BETTER_AUTH", "kids": ["key-1"]}),
        ("keys-refreshed", app, {"prefix": "BETTER_AUTH", "kids": ["key-1", "key-2"]}),
        ("keys-rotated", app, {"prefix": "BETTER_AUTH", "added": ["key-2"], "removed": []}),
    ]


def test_a_failed_refresh_sends_a_signal_with_the_error(
    received: Received, make_app: Callable[..., Flask], issuer: FaultyIssuer
):
    issuer.reply = Reply(b"", 500)
    app = make_app()
    wait_until(lambda: bool(received))
    name, sender, facts = received[0]
    assert (name, sender, facts["error"].kind) == ("keys-refresh-failed", app, "status")


def test_a_refusal_sends_a_signal(received: Received, app: Flask, issuer: FaultyIssuer):
    get(app, issuer.token(exp=1))
    refused = [facts["refusal"].code for name, _, facts in received if name == "token-refused"]
    assert refused == ["token_expired"]


def test_a_receiver_that_raises_does_not_affect_the_keys(
    make_app: Callable[..., Flask], issuer: FaultyIssuer, caplog: pytest.LogCaptureFixture
):
    def fail(sender: Flask, **_: object) -> None:
        raise LookupError("an error of the receiver")

    with keys_refreshed.connected_to(fail):
        app = make_app()
        wait_until(lambda: "a receiver of keys_refreshed failed" in caplog.text)
    assert get(app, issuer.token()) == 200
