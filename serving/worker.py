"""The worker class: an event loop that reads and writes, and threads that run the application."""

import os
import re
import resource
import selectors
import sys
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from errno import EMFILE, ENFILE
from functools import partial
from heapq import nsmallest
from operator import attrgetter
from queue import SimpleQueue
from time import monotonic, sleep
from typing import Any

from gunicorn.config import Config
from gunicorn.http.message import HeaderPolicy
from gunicorn.workers.base import Worker as BaseWorker

from .balance import Balance
from .connection import Connection
from .request import MAX_HEAD_BYTES

CHECK_SECONDS = 0.5
# A worker with more connections than another gives it this much time to accept a new one. It looks
# whether it still has more, first at once and then at intervals: with intervals of 1 ms alone, the
# rate of clients that open a connection for each request would be half as high.
GIVE_WAY_SECONDS = 0.01
YIELD_SECONDS = 0.001
LOOK_SECONDS = 0.001
FORGET_SECONDS = 0.005  # without a look, the other worker has accepted
SHORT_SWITCH_SECONDS = 1e-5
FULL_SECONDS = 0.05
CLOSED_AT_ONCE = 10
MAX_BODY_BYTES_OF_ALL = 256 * 1024 * 1024
MAX_UNREAD_BYTES_OF_ALL = 64 * 1024 * 1024
THREADS_OF_EXPORTS = 2
FILES_OF_APPLICATION = 256

Job = Callable[[], None]


class Worker(BaseWorker):  # type: ignore[misc]
    """Reads requests in one thread and runs the application in others.

    ``threads`` of gunicorn is the number of threads for requests. Responses without a
    Content-Length are streams and have threads of their own: CHAT_STREAMS, and some for exports.
    """

    # Shared by all workers of a master, which creates it when it imports the class.
    balance = Balance()
    alive: bool

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.requests: SimpleQueue[Job] = SimpleQueue()
        self.streams: SimpleQueue[Job] = SimpleQueue()
        self.body_bytes = Total(MAX_BODY_BYTES_OF_ALL)
        self.unread_bytes = Total(MAX_UNREAD_BYTES_OF_ALL)
        self.io_seconds = _io_seconds()
        # A setting of gunicorn takes 1.4 µs to read, and each request needs several.
        self.keepalive_seconds = self.cfg.keepalive
        self.max_request_line = self.cfg.limit_request_line
        self.max_head_bytes = self.cfg.limit_request_field_size or MAX_HEAD_BYTES
        self.pre_request = self.cfg.pre_request
        self.post_request = self.cfg.post_request
        self._stream_threads = _chat_streams() + THREADS_OF_EXPORTS
        self._selector = selectors.DefaultSelector()
        self._connections: set[Connection] = set()
        self._calls: deque[Job] = deque()
        self._accepts_at: float | None = None
        self._checks_at = 0.0
        self._gives_way_since: float | None = None
        self._gives_way_at = 0.0
        self._is_listening = False

    @classmethod
    def check_config(cls, cfg: Config, _log: Any) -> None:
        """Stop the start if a setting is wrong, or if this class does not support it."""
        if cfg.is_ssl:
            sys.exit("Invalid setting: certfile needs --worker-class gthread, or TLS in a proxy")
        if cfg.proxy_protocol != "off":
            sys.exit("Invalid setting: proxy_protocol needs --worker-class gthread")
        _io_seconds()
        _chat_streams()

    def init_process(self) -> None:
        """Allow as many open files as connections and their temporary files need, and run."""
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = 2 * self.cfg.worker_connections + FILES_OF_APPLICATION
        if soft != resource.RLIM_INFINITY and soft < wanted:
            limit = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
            resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
        super().init_process()

    def run(self) -> None:
        """Serve until a signal, ``max_requests`` or the end of the master stops the worker."""
        # Signals and calls of other threads write to this pipe.
        self._selector.register(self.PIPE[0], selectors.EVENT_READ, self._run_calls)
        self._start_threads(self.requests, self.cfg.threads)
        self._start_threads(self.streams, self._stream_threads)
        self._listen(is_wanted=True)
        while self.alive:
            self._turn()
        self._stop()

    def is_stopping(self) -> bool:
        """Whether the worker stops, for responses that last long."""
        return not self.alive

    def count_request(self) -> None:
        """Count a request, and stop after ``max_requests`` of them."""
        self.nr += 1
        if self.nr >= self.max_requests and self.alive:
            self.log.info("Autorestarting worker after current request.")
            self.alive = False
            self.call(_do_nothing)

    def trusted_headers(self, client: Any) -> tuple[Any, Any]:
        """Return the scheme and forwarder headers that gunicorn lets ``client`` set."""
        policy = HeaderPolicy()
        policy.cfg = self.cfg
        policy.peer_addr = client
        trusted: tuple[Any, Any] = policy._peer_trusted_for_forwarded()  # noqa: SLF001
        return trusted

    def call(self, job: Job) -> None:
        """Run ``job`` in the thread of the event loop."""
        self._calls.append(job)
        with suppress(BlockingIOError):  # the pipe is full, so the loop wakes anyway
            os.write(self.PIPE[1], b"c")

    def watch(self, connection: Connection, old: int, new: int) -> None:
        """Change the events that ``connection`` waits for; 0 is none."""
        if not old:
            self._selector.register(connection.sock, new, connection)
        elif not new:
            self._selector.unregister(connection.sock)
        else:
            self._selector.modify(connection.sock, new, connection)

    def forget(self, connection: Connection, events: int) -> None:
        """Stop watching a connection, before its socket is closed."""
        if events:
            self._selector.unregister(connection.sock)
        self._connections.discard(connection)
        self._publish()

    def _turn(self) -> None:
        """Wait for events, but not beyond the next check, and handle them."""
        now = monotonic()
        if now >= self._checks_at:
            self._check(now)
        if self._accepts_at is not None and now >= self._accepts_at:
            self._accepts_at = None
            self._listen(is_wanted=True)
        wakes_at = min(self._checks_at, self._accepts_at or self._checks_at)
        for key, events in self._selector.select(max(0.0, wakes_at - now)):
            if isinstance(key.data, Connection):
                self._handle(key.data, events)
            else:
                key.data()

    def _handle(self, connection: Connection, events: int) -> None:
        try:
            connection.on_event(events)
        except Exception:
            # A bug must not end the worker, with the requests of all others.
            self.log.exception("Error on a connection")
            connection.close()

    def _check(self, now: float) -> None:
        """Tell the master that the worker is alive, and close connections that are too slow."""
        self._checks_at = now + CHECK_SECONDS
        self.notify()
        self._publish()
        if self.ppid != os.getppid():
            self.log.info("Parent changed, shutting down: %s", self)
            self.alive = False
        for connection in list(self._connections):
            if not self.alive:
                connection.stop(now)
            connection.check_deadline(now)

    def _run_calls(self) -> None:
        with suppress(BlockingIOError):
            os.read(self.PIPE[0], 4096)
        while self._calls:
            self._calls.popleft()()
        while self.unread_bytes.is_exceeded and self._close_longest(lambda one: one.has_unread):
            pass

    def _start_threads(self, queue: "SimpleQueue[Job]", number: int) -> None:
        for _ in range(number):
            threading.Thread(target=_work, args=(queue,), daemon=True).start()

    # Connections

    def _listen(self, *, is_wanted: bool) -> None:
        if is_wanted == self._is_listening:
            return
        self._is_listening = is_wanted
        for listener in self.sockets:
            if is_wanted:
                listener.setblocking(False)  # noqa: FBT003
                accept = partial(self._accept, listener)
                self._selector.register(listener.sock, selectors.EVENT_READ, accept)
            else:
                self._selector.unregister(listener.sock)

    def _accept(self, listener: Any) -> None:
        if not self.balance.gives_way(self.age, len(self._connections)):
            self._gives_way_since = None
        elif not self._has_given_way():
            return
        self._accept_one(listener)

    def _has_given_way(self) -> bool:
        """Let the other worker accept; return whether it had enough time."""
        now = monotonic()
        if self._gives_way_since is None or now > self._gives_way_at + FORGET_SECONDS:
            self._gives_way_since = now
        self._gives_way_at = now
        waited = now - self._gives_way_since
        if waited < YIELD_SECONDS:
            sleep(0)  # usually enough for the other; the event loop calls again at once
        elif waited < GIVE_WAY_SECONDS:
            self._pause(LOOK_SECONDS)
        else:
            # Only one connection: the other may have been without a processor for a moment.
            self._gives_way_since = None
            return True
        return False

    def _pause(self, seconds: float) -> None:
        self._listen(is_wanted=False)
        self._accepts_at = monotonic() + seconds

    def _accept_one(self, listener: Any) -> bool:
        """Accept a connection; return whether there was one."""
        if len(self._connections) >= self.cfg.worker_connections and not self._make_room():
            self._pause(FULL_SECONDS)
            return False
        try:
            sock, client = listener.accept()
        except (BlockingIOError, InterruptedError):
            return False
        except OSError as error:
            if error.errno in (EMFILE, ENFILE) and not self._make_room():
                self._pause(FULL_SECONDS)
            return False  # for example ECONNABORTED: the client has gone
        sock.setblocking(False)  # noqa: FBT003
        connection = Connection(self, sock, client, listener.getsockname())
        self._connections.add(connection)
        self._selector.register(sock, selectors.EVENT_READ, connection)
        self._publish()
        return True

    def _make_room(self) -> bool:
        """Close the connections that have waited longest for their clients, idle ones first."""
        return self._close_longest(lambda one: one.is_idle) or self._close_longest(
            lambda one: one.waits_for_client
        )

    def _close_longest(self, is_closable: Callable[[Connection], bool]) -> bool:
        # Several at once: to look for the oldest takes long if there are many.
        closable = filter(is_closable, self._connections)
        oldest = nsmallest(CLOSED_AT_ONCE, closable, key=attrgetter("waits_since"))
        for connection in oldest:
            connection.close()
        return bool(oldest)

    def _publish(self) -> None:
        self.balance.publish(self.age, len(self._connections))

    def _stop(self) -> None:
        """Refuse new connections, and serve those that are open as long as they may take."""
        self._accepts_at = None
        self._listen(is_wanted=False)
        # A client whose connection waits for accept() when the socket is closed would see a reset.
        # Between the last accept() and close(), other threads must not run for long.
        interval = sys.getswitchinterval()
        sys.setswitchinterval(SHORT_SWITCH_SECONDS)
        for listener in self.sockets:
            while self._accept_one(listener):
                pass
            listener.close()
        sys.setswitchinterval(interval)
        self.balance.leave(self.age)
        ends_at = monotonic() + self.cfg.graceful_timeout
        self._checks_at = 0.0
        while self._connections and monotonic() < ends_at:
            self._turn()
        for connection in list(self._connections):
            connection.close()


class Total:
    """A number of bytes with a limit, which several threads change."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._bytes = 0

    def add(self, number: int) -> bool:
        """Add ``number``, which may be negative; return whether the total is within the limit."""
        with self._lock:
            self._bytes += number
        return not self.is_exceeded

    @property
    def is_exceeded(self) -> bool:
        """Whether the total is above the limit."""
        return self._bytes > self._limit


def _io_seconds() -> float:
    text = os.environ.get("WEB_IO_SECONDS") or "10"
    if not re.fullmatch(r"[0-9]{1,3}(\.[0-9]+)?", text) or not float(text):
        sys.exit(f"Invalid setting: WEB_IO_SECONDS is {text!r}; expected seconds, more than 0")
    return float(text)


def _chat_streams() -> int:
    text = os.environ.get("CHAT_STREAMS") or "16"
    if not re.fullmatch(r"[0-9]{1,4}", text) or not 1 <= int(text) <= 1000:
        sys.exit(
            f"Invalid setting: CHAT_STREAMS is {text!r}; expected a whole number from 1 to 1000"
        )
    return int(text)


def _work(queue: "SimpleQueue[Job]") -> None:
    while True:
        queue.get()()


def _do_nothing() -> None:
    """Wake the event loop."""
