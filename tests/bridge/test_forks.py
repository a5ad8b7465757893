"""The key source in a process that forks, like gunicorn with --preload."""

import logging
import os
import threading
import time
import weakref
from collections.abc import Callable

import pytest
from support.faulty_issuer import FaultyIssuer, Reply
from support.processes import wait_until

from bridge.fetch import fetch_key_set
from bridge.forks import ForkSafeLock
from bridge.keys import KeySource
from bridge.settings import Settings

# Python warns about forking a process that has threads, which is the subject of these tests.
pytestmark = pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")


@pytest.fixture
def source(issuer: FaultyIssuer) -> KeySource:
    return KeySource(
        lambda: fetch_key_set(Settings.from_config({"BETTER_AUTH_URL": issuer.url})),
        max_age_seconds=300,
        stale_limit_seconds=3600,
        timeout_seconds=5,
    )


def in_a_child(act: Callable[[], object]) -> str:
    """Run ``act`` in a forked process and return its result as text."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(writing, str(act()).encode())
        finally:
            os._exit(0)  # the child must not run the remaining tests
    os.close(writing)
    os.waitpid(child, 0)
    with os.fdopen(reading) as result:
        return result.read()


def test_a_child_uses_the_keys_of_its_parent(source: KeySource, issuer: FaultyIssuer):
    source.get("key-1")
    issuer.reply = Reply(b"", status=500)
    assert in_a_child(lambda: source.get("key-1").kid) == "key-1"


def test_a_child_refreshes_its_own_keys(source: KeySource, issuer: FaultyIssuer):
    source.get("key-1")
    issuer.rotate("key-2")
    assert in_a_child(lambda: source.get("key-2").kid) == "key-2"


class Stream(logging.Handler):
    """Log handler that holds a lock while it writes, like the streams of Python."""

    def __init__(self) -> None:
        super().__init__()
        self.lock_of_stream = threading.Lock()
        self.is_writing = threading.Event()

    def emit(self, record: logging.LogRecord) -> None:
        with self.lock_of_stream:
            self.is_writing.set()
            time.sleep(0.3)


def test_no_fork_happens_while_a_log_line_is_written(
    source: KeySource, caplog: pytest.LogCaptureFixture
):
    stream = Stream()
    with caplog.at_level(logging.INFO, "bridge.keys"):
        logging.getLogger("bridge.keys").addHandler(stream)
        source.load()
        assert stream.is_writing.wait(10)
        assert in_a_child(lambda: stream.lock_of_stream.acquire(timeout=1)) == "True"
        logging.getLogger("bridge.keys").removeHandler(stream)


def test_a_child_repeats_a_load_that_the_fork_interrupted(source: KeySource, issuer: FaultyIssuer):
    requested, release = threading.Event(), threading.Event()
    issuer.reply = Reply(issuer.key_set(), before=lambda: (requested.set(), release.wait(10)))
    source.load()
    assert requested.wait(10)
    issuer.reply = Reply(issuer.key_set())

    def loaded_kids() -> object:
        wait_until(lambda: bool(source.health()["kids"]))
        return source.health()["kids"]

    assert in_a_child(loaded_kids) == "['key-1']"
    release.set()


def can_be_acquired(lock: ForkSafeLock) -> bool:
    """Acquire and release ``lock`` in another thread, where its reentrance does not help."""

    def acquire() -> None:
        with lock:
            acquired.set()

    acquired = threading.Event()
    threading.Thread(target=acquire, daemon=True).start()
    return acquired.wait(10)


def test_the_lock_is_free_in_the_child_of_its_holder():
    """The forking thread holds the lock itself, as in a log handler that forks."""
    lock = ForkSafeLock(in_child=lambda: None)

    def leave() -> bool:
        lock.__exit__(None, None, None)
        return can_be_acquired(lock)

    with lock:
        assert in_a_child(leave) == "True"
    assert can_be_acquired(lock)


def test_the_lock_is_free_in_a_child_although_another_thread_of_the_parent_holds_it():
    lock = ForkSafeLock(in_child=lambda: None)
    held, release = threading.Event(), threading.Event()

    def hold() -> None:
        with lock:
            held.set()
            release.wait(10)

    threading.Thread(target=hold, daemon=True).start()
    assert held.wait(10)
    assert in_a_child(lambda: can_be_acquired(lock)) == "True"
    release.set()
    assert can_be_acquired(lock)


def test_fork_hooks_do_not_keep_a_lock_alive():
    lock = ForkSafeLock(in_child=lambda: None)
    reference = weakref.ref(lock)
    del lock
    assert reference() is None
    assert in_a_child(lambda: "alive") == "alive"
