"""The key source where a process forks, as gunicorn does with --preload."""

import os
import threading
from collections.abc import Callable

import pytest
from faulty_issuer import FaultyIssuer, Reply
from processes import wait_until

from bridge.fetch import fetch_key_set
from bridge.keys import KeySource

# Python warns of threads that a child does not have: that is what is tested here.
pytestmark = pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")


@pytest.fixture
def source(issuer: FaultyIssuer) -> KeySource:
    return KeySource(
        lambda: fetch_key_set(issuer.jwks_url, 5),
        max_age_seconds=300,
        stale_limit_seconds=3600,
        timeout_seconds=5,
    )


def in_a_child(act: Callable[[], object]) -> str:
    """Return what ``act`` returns in a forked process, as text."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(writing, str(act()).encode())
        finally:
            os._exit(0)  # whatever happened: this is no place for the rest of the tests
    os.close(writing)
    os.waitpid(child, 0)
    with os.fdopen(reading) as result:
        return result.read()


def test_a_child_serves_the_keys_of_its_parent(source: KeySource, issuer: FaultyIssuer):
    source.get("key-1")
    issuer.reply = Reply(b"", status=500)
    assert in_a_child(lambda: source.get("key-1").kid) == "key-1"


def test_a_child_refreshes_for_itself(source: KeySource, issuer: FaultyIssuer):
    source.get("key-1")
    issuer.rotate("key-2")
    assert in_a_child(lambda: source.get("key-2").kid) == "key-2"


def test_a_child_begins_anew_what_its_parent_was_loading(source: KeySource, issuer: FaultyIssuer):
    asked, release = threading.Event(), threading.Event()
    issuer.reply = Reply(issuer.key_set(), before=lambda: (asked.set(), release.wait(10)))
    source.load()
    assert asked.wait(10)
    issuer.reply = Reply(issuer.key_set())

    def kids_without_asking() -> object:
        wait_until(lambda: bool(source.health()["kids"]))
        return source.health()["kids"]

    assert in_a_child(kids_without_asking) == "['key-1']"
    release.set()
