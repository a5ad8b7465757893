"""The key source where a process forks, as gunicorn does with --preload."""

import logging
import os
import threading
import time
from collections.abc import Callable

import pytest
from support.faulty_issuer import FaultyIssuer, Reply
from support.processes import wait_until

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


class Stream(logging.Handler):
    """Holds a lock while it writes, as Python's own streams do; a fork does not free it."""

    def __init__(self) -> None:
        super().__init__()
        self.lock_of_stream = threading.Lock()
        self.is_writing = threading.Event()

    def emit(self, record: logging.LogRecord) -> None:
        with self.lock_of_stream:
            self.is_writing.set()
            time.sleep(0.3)


def test_no_fork_falls_into_a_line_of_the_log(source: KeySource, caplog: pytest.LogCaptureFixture):
    stream = Stream()
    with caplog.at_level(logging.INFO, "bridge.keys"):
        logging.getLogger("bridge.keys").addHandler(stream)
        source.load()
        assert stream.is_writing.wait(10)
        assert in_a_child(lambda: stream.lock_of_stream.acquire(timeout=1)) == "True"
        logging.getLogger("bridge.keys").removeHandler(stream)


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
