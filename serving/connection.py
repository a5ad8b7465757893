"""A client's connection: reads requests, and sends responses without blocking a thread."""

import io
import socket
import tempfile
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from enum import Enum, auto
from itertools import islice
from selectors import EVENT_READ, EVENT_WRITE
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Any

from .exchange import ClientGone, Exchange
from .refusals import (
    Refusal,
    Refused,
    body_malformed,
    body_too_large,
    environ_of,
    failed,
    head_too_large,
    malformed,
    overloaded,
    target_too_long,
    too_slow,
)
from .request import MAX_BODY_BYTES, MAX_HEAD_BYTES, ChunkDecoder, Request

if TYPE_CHECKING:
    from .worker import Worker

READ_BYTES = 64 * 1024
# Larger bodies are written to a temporary file.
BODY_BYTES_IN_MEMORY = 64 * 1024
# An iterable pauses while more than this waits for its client.
MAX_UNREAD_BYTES = 64 * 1024
MAX_PIECES = 64  # in one system call
# A client must read or send this much per second while the server waits for it.
MIN_BYTES_PER_SECOND = 1024
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
# A stopping worker waits this long for a request that a client may be sending already.
STOP_SECONDS = 2.0
# After an early response the rest of the body is read and dropped: a client whose connection is
# closed while it sends never sees the response.
LINGER_SECONDS = 2.0
MAX_DROPPED_BYTES = 32 * 1024 * 1024


class Phase(Enum):
    """What a connection waits for."""

    HEAD = auto()  # a request, or the rest of its head
    BODY = auto()  # the rest of a body
    RESPONSE = auto()  # the application, or a client that reads
    LINGER = auto()  # the client to close


class Connection:
    """The state of one connection.

    The methods run in the thread of the event loop, except for those that an exchange calls:
    ``send``, ``resume_when_read``, ``finish``, ``check`` and ``client_is_gone``.
    """

    def __init__(self, worker: "Worker", sock: socket.socket, client: Any, server: Any) -> None:
        self.sock = sock
        self.client = client
        self.server = server
        self.phase = Phase.HEAD
        self.waits_since = monotonic()
        self._worker = worker
        self._trusted = worker.trusted_headers(client)
        # Guards the socket and the next six fields, which the threads of exchanges use too. The
        # socket must not be closed while a thread sends: its number could be that of a new one.
        self._lock = Lock()
        self._received = bytearray()
        self._unread: deque[bytes | memoryview] = deque()
        self._unread_bytes = 0
        self._resume: Callable[[], None] | None = None
        self._has_exchange = False
        self._is_broken = False
        self._must_close = False
        self._is_half_closed = False
        self._deadline: float | None = self.waits_since + worker.io_seconds
        self._progress = 0  # bytes sent or received since the deadline was set
        self._events = EVENT_READ
        self._requests = 0
        self._scanned = 0
        self._head = b""
        self._request: Request | None = None
        self._body: Any = None
        self._body_bytes = 0
        self._body_left = 0
        self._decoder: ChunkDecoder | None = None
        self._dropped = 0

    def on_event(self, events: int) -> None:
        """Read or send, as far as that is possible without waiting."""
        if events & EVENT_WRITE and self._unread:
            self._send_unread()
        if events & EVENT_READ and self.sock.fileno() >= 0:
            self._receive()
        self._watch()

    @property
    def is_idle(self) -> bool:
        """Whether no complete request has arrived."""
        return self.phase is Phase.HEAD or self.phase is Phase.LINGER

    @property
    def has_unread(self) -> bool:
        """Whether a part of a response waits for the client."""
        return bool(self._unread)

    @property
    def waits_for_client(self) -> bool:
        """Whether the connection has a deadline: no thread works for it."""
        return self._deadline is not None

    def check_deadline(self, now: float) -> None:
        """Close the connection if the client is too slow."""
        if self._deadline is None or now < self._deadline:
            return
        seconds = LINGER_SECONDS if self.phase is Phase.LINGER else self._worker.io_seconds
        if self.phase is not Phase.HEAD and self._progress >= seconds * MIN_BYTES_PER_SECOND:
            self._set_deadline(seconds)
        elif self.phase is Phase.BODY or (self.phase is Phase.HEAD and self._received):
            self._refuse(too_slow())
            self._watch()
        else:
            self.close()

    def stop(self, now: float) -> None:
        """Close the connection soon if no request arrives, because the worker stops."""
        if self.phase is Phase.HEAD and not self._received and self._deadline is not None:
            self._deadline = min(self._deadline, now + STOP_SECONDS)

    def close(self) -> None:
        """Close the socket at once; a running exchange ends when it sends."""
        if self.sock.fileno() < 0:
            return
        with self._lock:
            self._worker.forget(self, self._events)
            self._is_broken = True
            self.sock.close()
            resume, self._resume = self._resume, None
            self._worker.unread_bytes.add(-self._unread_bytes)
            self._unread_bytes = 0
            self._unread.clear()
        if not self._has_exchange:
            self._release_body()
        if resume is not None:
            resume()

    # Reading

    def _receive(self) -> None:
        try:
            data = self.sock.recv(READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            self.close()
            return
        if not data:
            self._end_of_input()
            return
        self._progress += len(data)
        if self.phase is Phase.LINGER:
            self._dropped += len(data)
            if self._dropped > MAX_DROPPED_BYTES:
                self.close()
            return
        with self._lock:
            self._received += data
            has_exchange = self._has_exchange
        if not has_exchange:
            self._advance()

    def _end_of_input(self) -> None:
        """Handle the end of what the client sends; it may still read."""
        with self._lock:
            self._is_half_closed = True
            is_busy = self._has_exchange or bool(self._unread)
        if is_busy:
            return
        if self.phase is Phase.BODY:
            detail = "The body is shorter than its Content-Length."
            if self._decoder is not None:
                detail = "The chunks of the body are malformed, or some are missing."
            self._refuse(body_malformed(detail))
        else:
            self.close()

    def _advance(self) -> None:
        """Read as much of a request as has arrived."""
        try:
            while (self.phase is Phase.HEAD and self._read_head()) or (
                self.phase is Phase.BODY and self._read_body()
            ):
                pass
        except Refused as refused:
            self._refuse(refused)
        except Exception:
            # A bug must not end the worker, with the requests of all others.
            self._worker.log.exception("Error reading a request")
            self._refuse(failed())

    def _read_head(self) -> bool:
        """Read the head of a request; return whether it is complete."""
        received = self._received
        if received.startswith(b"\r\n"):  # RFC 9112, section 2.2
            del received[:2]
        if not received:
            return False
        # What was searched before is not searched again: many small packets stay linear.
        start = max(0, self._scanned - 3)
        end = received.find(b"\r\n\r\n", start)
        self._check_limits(end, start)
        if end < 0:
            if not self._scanned and self._requests:
                self._set_deadline(self._worker.io_seconds)
            self._scanned = len(received)
            return False
        self._head = bytes(received[: end + 4])
        del received[: end + 4]
        self._scanned = 0
        self._requests += 1
        self._request = Request(self._worker.cfg, self.client, self._trusted, self._head)
        self._begin_body(self._request)
        return True

    def _check_limits(self, end: int, start: int) -> None:
        received = self._received
        limit = self._worker.max_request_line
        if limit and received.find(b"\n", 0, limit + 2) < 0 and len(received) > limit + 1:
            raise target_too_long()
        if (end if end >= 0 else len(received)) > self._worker.max_head_bytes:
            raise head_too_large()
        # Without CRLF, the head would never end.
        if end < 0 and (received.find(b"\n\n", start) >= 0 or b"\n\r\n" in received[start:]):
            raise malformed("Lines must end with CR and LF.")

    def _begin_body(self, request: Request) -> None:
        self.phase = Phase.BODY
        expects_continue = request.take_expectation()
        if request.length is None:
            self._decoder = request.chunk_decoder(self._store)
        elif request.length > MAX_BODY_BYTES:
            # The application refuses it by its Content-Length, in the way of the operation.
            request.must_close = True
            self._respond(request, io.BytesIO())
            return
        else:
            self._body_left = request.length
        if expects_continue and len(self._received) < (request.length or 1):
            self._send_now(CONTINUE)
        self._set_deadline(self._worker.io_seconds)

    def _read_body(self) -> bool:
        """Read what arrived of the body; return whether the body is complete."""
        request, received = self._request, self._received
        if request is None:
            return False
        if self._decoder is not None:
            data = bytes(received)
            received.clear()
            if not data or not self._decoder.feed(data):
                return False
        else:
            piece = bytes(received[: self._body_left])
            del received[: self._body_left]
            self._body_left -= len(piece)
            if self._body_left == 0 and self._body is None:
                self._respond(request, io.BytesIO(piece))
                return True
            self._store(piece)
            if self._body_left:
                return False
        body = self._body or io.BytesIO()
        body.seek(0)
        self._respond(request, body)
        return True

    def _store(self, piece: bytes) -> None:
        """Append decoded data to the body."""
        self._body_bytes += len(piece)
        has_room = self._worker.body_bytes.add(len(piece))
        if self._body_bytes > MAX_BODY_BYTES:
            raise body_too_large()
        if not has_room:
            raise overloaded()
        if self._body is None:
            self._body = tempfile.SpooledTemporaryFile(BODY_BYTES_IN_MEMORY)  # noqa: SIM115
        try:
            self._body.write(piece)
        except OSError:  # the disk is full
            self._worker.log.exception("Can't store a request body")
            raise overloaded() from None

    def _release_body(self) -> None:
        self._worker.body_bytes.add(-self._body_bytes)
        self._body_bytes = 0
        self._body = None

    def _respond(self, request: Request, body: Any) -> None:
        """Let a thread respond to a complete request."""
        request.body = body
        self.phase = Phase.RESPONSE
        self._deadline = None
        self._request = self._decoder = None
        self._has_exchange = True
        self._worker.requests.put(Exchange(self._worker, self, request).run)

    def _refuse(self, refused: Refused) -> None:
        """Respond with an error of the server itself, and close the connection."""
        refusal = Refusal(refused)
        address = self.client[0] if isinstance(self.client, tuple) else ""
        environ = environ_of(self._head or bytes(self._received), address)
        self._worker.log.access(refusal, [], environ, timedelta(0))
        self.phase = Phase.RESPONSE
        self._release_body()
        self._request = self._decoder = None
        self._must_close = True
        self._deadline = None
        self._send_now(refusal.data)
        self._after_response()

    # Sending

    def send(self, *pieces: bytes) -> bool:
        """Send what the socket takes and keep the rest for the event loop.

        Return whether the client has read enough to send more. Raises ``ClientGone``.
        """
        left = sum(map(len, pieces))
        with self._lock:
            self._check()
            was_empty = not self._unread
            self._unread.extend(pieces)
            if was_empty:
                left -= self._send_some()
                if left == 0:
                    return True
            self._unread_bytes += left
            may_continue = self._unread_bytes <= MAX_UNREAD_BYTES
        self._worker.unread_bytes.add(left)
        self._worker.call(self._watch)
        return may_continue

    def check(self) -> None:
        """Raise ``ClientGone`` if the connection is broken."""
        with self._lock:
            self._check()

    def client_is_gone(self) -> bool:
        """Whether the client has closed the connection, for responses that last long."""
        return self._is_broken or self._is_half_closed

    def resume_when_read(self, resume: Callable[[], None]) -> None:
        """Call ``resume`` when the client has read enough, or when the connection is broken."""
        with self._lock:
            if self._unread_bytes > MAX_UNREAD_BYTES // 2 and not self._is_broken:
                self._resume = resume
                return
        resume()

    def finish(self, *, keep: bool) -> None:
        """End an exchange; ``keep`` tells whether another request may follow."""
        with self._lock:
            self._has_exchange = False
            self._must_close = self._must_close or not keep
            if not (
                self._must_close
                or self._is_broken
                or self._is_half_closed
                or self._received
                or self._unread
                or self._body_bytes
            ):
                # The usual case needs no work of the event loop, and does not wake it.
                self._expect_request()
                return
        self._worker.call(self._after_exchange)

    def _after_exchange(self) -> None:
        self._release_body()
        if self.sock.fileno() >= 0:
            self._after_response()
            self._watch()

    def _after_response(self) -> None:
        """Continue when an exchange has ended, and when the client has read its response."""
        if self._is_broken or (self._is_half_closed and not self._unread):
            self.close()
        elif self._unread:
            return
        elif self._must_close:
            self._linger()
        else:
            self._expect_request()
            self._advance()

    def _expect_request(self) -> None:
        self.phase = Phase.HEAD
        self._head = b""
        self._set_deadline(self._worker.keepalive_seconds)

    def _linger(self) -> None:
        self.phase = Phase.LINGER
        self._received.clear()
        self._set_deadline(LINGER_SECONDS)
        with suppress(OSError):
            self.sock.shutdown(socket.SHUT_WR)

    def _check(self) -> None:
        if self._is_broken:
            raise ClientGone

    def _send_some(self) -> int:
        """Send what the socket takes of ``_unread``; return the number of bytes."""
        unread = self._unread
        try:
            # sendmsg() takes several pieces, but is slower than send() for the usual one.
            one = len(unread) == 1
            sent = (
                self.sock.send(unread[0]) if one else self.sock.sendmsg(islice(unread, MAX_PIECES))
            )
        except BlockingIOError:
            return 0
        except OSError:
            self._is_broken = True
            raise ClientGone from None
        left = sent
        while unread and left >= len(unread[0]):
            left -= len(unread.popleft())
        if left:
            unread[0] = memoryview(unread[0])[left:]
        return sent

    def _send_now(self, data: bytes) -> None:
        with suppress(ClientGone):
            self.send(data)

    def _send_unread(self) -> None:
        with self._lock:
            try:
                sent = self._send_some()
            except ClientGone:
                sent = 0
            self._unread_bytes -= sent
            resume = None
            if self._is_broken or self._unread_bytes <= MAX_UNREAD_BYTES // 2:
                resume, self._resume = self._resume, None
            is_finished = not self._has_exchange
            self._progress += sent
            if not self._unread:
                self._deadline = None
        self._worker.unread_bytes.add(-sent)
        if resume is not None:
            resume()
        if is_finished:
            self._after_response()

    # Events

    def _set_deadline(self, seconds: float) -> None:
        self.waits_since = monotonic()
        self._deadline = self.waits_since + seconds
        self._progress = 0

    def _watch(self) -> None:
        """Wait for the events that the state needs."""
        if self.sock.fileno() < 0:
            return
        events = EVENT_WRITE if self._unread else 0
        if self._unread and self._deadline is None:
            self._set_deadline(self._worker.io_seconds)
        is_full = self.phase is Phase.RESPONSE and len(self._received) >= MAX_HEAD_BYTES
        if not self._is_half_closed and not is_full:
            events |= EVENT_READ
        if events != self._events:
            self._worker.watch(self, self._events, events)
            self._events = events
