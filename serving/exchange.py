"""One request and its response, which a thread of the pool produces in steps."""

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from contextvars import Context, copy_context
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from gunicorn.http import wsgi

from .refusals import Refusal, failed
from .request import Request

if TYPE_CHECKING:
    from .connection import Connection
    from .worker import Worker


# One piece leaves faster, but a copy of a large one would double the memory of a response.
MAX_JOINED_BYTES = 64 * 1024


class ClientGone(Exception):
    """The connection broke while a response was sent."""


class Exchange:
    """Runs the application for one request.

    A step ends when the response is complete, or when too much of it waits for the client. Then
    the thread is free, and the connection queues the next step when the client has read enough.
    """

    def __init__(self, worker: "Worker", connection: "Connection", request: Request) -> None:
        self._worker = worker
        self._connection = connection
        self._request = request
        self._started = time.monotonic()
        # An iterable may continue in another thread, and Flask keeps its state in the context.
        self._context: Context = copy_context()
        self._response: Any = None
        self._environ: dict[str, Any] = {}
        self._iterable: Any = None
        self._chunks: Iterator[bytes] | None = None
        self._unsent: list[bytes] = []
        self._is_sent = False
        self._queue = worker.requests

    def run(self) -> None:
        """Take the next step, in a thread of a pool."""
        try:
            next_step = self._context.run(self._step)
        except ClientGone:
            self._finish(keep=False)
        except BaseException:  # also SystemExit, which must not end the thread
            request = self._request
            self._worker.log.exception("Error handling request %s %s", request.method, request.path)
            self._fail()
        else:
            # Not within the context: the next step may enter it in another thread at once.
            next_step()

    # gunicorn's Response takes this object for the socket.
    def sendall(self, data: bytes) -> None:
        """Collect data for the next flush, so that head and body leave in one system call."""
        self._unsent.append(data)

    send = sendall

    def _step(self) -> Callable[[], None]:
        self._connection.check()
        if self._chunks is None:
            self._call_application()
            if self._is_stream():
                # A stream may last minutes. It must not take a thread of other requests.
                self._queue = self._worker.streams
                return self._resume
        for chunk in self._chunks or ():
            self._response.write(chunk)
            if not self._flush():
                return self._wait_for_client
        self._response.close()
        self._flush()
        return self._complete

    def _call_application(self) -> None:
        worker, request, connection = self._worker, self._request, self._connection
        worker.pre_request(worker, request)
        self._response, self._environ = wsgi.create(
            request, self, connection.client, connection.server, worker.cfg
        )
        del self._environ["gunicorn.socket"]  # not a socket that an application could wait for
        self._environ["wsgi.multithread"] = True
        self._environ["todo.client_is_gone"] = connection.client_is_gone
        self._environ["todo.is_stopping"] = worker.is_stopping
        worker.count_request()
        self._iterable = worker.wsgi(self._environ, self._response.start_response)
        if worker.is_stopping() or not worker.keepalive_seconds:
            self._response.force_close()
        self._chunks = iter(self._iterable)

    def _is_stream(self) -> bool:
        response = self._response
        if response.status is None:  # the application calls start_response in its iterator
            return True
        return response.response_length is None and not response._omits_body  # noqa: SLF001

    def _flush(self) -> bool:
        """Send what was collected; return whether the client reads fast enough to send more."""
        pieces, self._unsent = self._unsent, []
        if not pieces:
            return True
        self._is_sent = True
        if sum(map(len, pieces)) <= MAX_JOINED_BYTES:
            pieces = [b"".join(pieces)]
        return self._connection.send(*pieces)

    def _resume(self) -> None:
        self._queue.put(self.run)

    def _wait_for_client(self) -> None:
        self._connection.resume_when_read(self._resume)

    def _complete(self) -> None:
        response = self._response
        # A client would wait for the rest, and take the next response for it.
        is_short = response.sent < (response.response_length or 0) and not response._omits_body  # noqa: SLF001
        self._finish(keep=not response.should_close() and not is_short)

    def _fail(self) -> None:
        if not self._is_sent:
            self._response = Refusal(failed())
            with suppress(ClientGone):
                self._connection.send(self._response.data)
        self._finish(keep=False)

    def _finish(self, *, keep: bool) -> None:
        """Free the connection, then log and clean up: the client need not wait for that."""
        took = timedelta(seconds=time.monotonic() - self._started)
        self._connection.finish(keep=keep)
        try:
            self._context.run(self._clean_up, took)
        except BaseException:
            self._worker.log.exception("Error after a response")

    def _clean_up(self, took: timedelta) -> None:
        worker = self._worker
        if self._response is not None and self._response.status is not None:
            worker.log.access(self._response, self._request, self._environ, took)
        try:
            if hasattr(self._iterable, "close"):
                self._iterable.close()
        finally:
            self._request.body.close()
            worker.post_request(worker, self._request, self._environ, self._response)
            # These refer to this object, and gc would find the cycle late.
            self._response = self._iterable = self._chunks = None
            self._environ = {}
