"""Connection to a language model: any endpoint with the chat completions of the OpenAI API.

One event loop in one background thread per process holds all connections. The thread of a request
takes chunks from a queue, so that it can see in between whether its reader has left.
"""

import asyncio
import logging
import os
import time
from collections.abc import Coroutine, Generator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Any, cast

import httpx2
import openai
from openai import AsyncOpenAI
from openai.types.chat import ChatCompletionChunk

from .conversation import Failed

log = logging.getLogger(__name__)

PING_SECONDS = 0.2
CONNECT_SECONDS = 5.0
MAX_RETRY_AFTER_SECONDS = 3
"""Longest time that an endpoint may ask to wait before a retry; longer ones are for the user."""
MAX_WAITING = 1000
"""Chunks that wait for a slow reader; the endpoint has to wait too then."""
# The client and its transport would log requests with the texts of a conversation at DEBUG, and the
# address of the endpoint at INFO.
for _name in ("openai", "httpx2", "httpcore2"):
    logging.getLogger(_name).setLevel(logging.WARNING)

Message = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class ModelSettings:
    """Where the model is, and how long a turn waits for it."""

    url: str
    """Base URL of the endpoint, such as https://api.openai.com/v1."""
    name: str
    """Name of the model."""
    key: str = field(default="", repr=False)
    """Sent as the Bearer token; empty for none."""
    idle_seconds: float = 30
    """Longest time between two chunks of an answer."""
    retries: int = 1
    """Repetitions of a request that failed before its answer began."""


class ModelConnection:
    """Streams answers of the model to the threads of requests."""

    def __init__(self, settings: ModelSettings) -> None:
        self._settings = settings
        self._lock = Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._create_client()

    def stream(
        self, messages: Sequence[Message], tools: Sequence[dict[str, Any]]
    ) -> Generator[ChatCompletionChunk | None, None, None]:
        """Yield the chunks of an answer, and None at least each ``PING_SECONDS`` without one.

        Closing the iterator closes the connection. Raises ``Failed``.
        """
        chunks: SimpleQueue[ChatCompletionChunk | Future[None]] = SimpleQueue()
        request = self._run(self._send(messages, tools, chunks))
        request.add_done_callback(chunks.put)  # marks the end
        idle_until = time.monotonic() + self._settings.idle_seconds
        try:
            while True:
                try:
                    chunk = chunks.get(timeout=PING_SECONDS)
                except Empty:
                    if time.monotonic() > idle_until:
                        raise failure("no chunk in time", TOOK_TOO_LONG) from None
                    yield None
                    continue
                if isinstance(chunk, Future):
                    chunk.result()
                    return
                yield chunk
                idle_until = time.monotonic() + self._settings.idle_seconds
        except _ERRORS as error:
            raise _failed(error) from None
        finally:
            request.cancel()

    def close(self) -> None:
        """Close all connections and end the thread."""
        if self._loop is not None:
            asyncio.run_coroutine_threadsafe(self._client.close(), self._loop).result()
            self._loop.call_soon_threadsafe(self._loop.stop)

    async def _send(
        self,
        messages: Sequence[Message],
        tools: Sequence[dict[str, Any]],
        chunks: "SimpleQueue[ChatCompletionChunk | Future[None]]",
    ) -> None:
        request: dict[str, Any] = {"messages": messages, "tools": tools}
        if not self._settings.key:
            request["extra_headers"] = {"Authorization": openai.Omit()}
        async with await self._completions.create(
            model=self._settings.name, stream=True, **request
        ) as stream:
            async for chunk in stream:
                chunks.put(chunk)
                while chunks.qsize() >= MAX_WAITING:  # noqa: ASYNC110 (a thread takes them)
                    await asyncio.sleep(PING_SECONDS)

    def _run(self, request: Coroutine[Any, Any, None]) -> "Future[None]":
        """Run a request in the event loop of this process; the first one starts the loop."""
        with self._lock:
            if self._process_id != os.getpid():
                # A fork copies the loop and the connections, but not the thread of the loop.
                self._loop = None
                self._create_client()
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                Thread(target=_serve, args=[self._loop], name="model", daemon=True).start()
            return asyncio.run_coroutine_threadsafe(request, self._loop)

    def _create_client(self) -> None:
        self._process_id = os.getpid()
        self._client = _client(self._settings)
        # Taken here, because it imports more modules when it is first taken.
        self._completions = self._client.chat.completions


# The client would send these from the environment, and about this machine.
_UNSENT_HEADERS = (
    "OpenAI-Organization",
    "OpenAI-Project",
    "X-Stainless-Arch",
    "X-Stainless-Async",
    "X-Stainless-Lang",
    "X-Stainless-OS",
    "X-Stainless-Package-Version",
    "X-Stainless-Runtime",
    "X-Stainless-Runtime-Version",
)


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    loop.run_forever()
    loop.close()


def _client(settings: ModelSettings) -> AsyncOpenAI:
    return AsyncOpenAI(
        base_url=settings.url,
        api_key=settings.key or "none",  # otherwise the client would read OPENAI_API_KEY
        max_retries=settings.retries,
        default_headers=cast(dict[str, str], dict.fromkeys(_UNSENT_HEADERS, openai.Omit())),
        # A redirect would send the conversation to another host. ``stream`` limits the silence.
        http_client=httpx2.AsyncClient(
            follow_redirects=False,
            timeout=httpx2.Timeout(None, connect=CONNECT_SECONDS),
            limits=httpx2.Limits(max_connections=None, max_keepalive_connections=20),
            event_hooks={"response": [_limit_retry_after]},
        ),
    )


async def _limit_retry_after(response: httpx2.Response) -> None:
    """Tell the client not to retry if it would have to wait long: the user would see nothing."""
    seconds = response.headers.get("Retry-After", "0")
    if not seconds.isdecimal() or int(seconds) > MAX_RETRY_AFTER_SECONDS:
        response.headers["X-Should-Retry"] = "false"


TOO_BUSY = "The language model has too much to do right now. Try again in a moment."
BROKE_OFF = "The answer of the language model broke off. Try again."
UNREACHABLE = "The language model can't be reached right now. Try again."
TOOK_TOO_LONG = "The language model took too long. Try again."
NOT_SET_UP = "The assistant is not set up correctly. Please tell the people who run this site."
REFUSED = "The language model could not answer this."

# A chunk that is no JSON, or too deep, raises one of the last two.
_ERRORS = (openai.OpenAIError, httpx2.HTTPError, ValueError, RecursionError)


def _failed(error: Exception) -> Failed:
    """Return what to tell the user; the log gets the class and the status, but no text."""
    name = type(error).__name__
    if not isinstance(error, openai.APIStatusError):
        unreachable = isinstance(error, openai.APIConnectionError) and not isinstance(
            error.__cause__, httpx2.RemoteProtocolError | httpx2.ReadError
        )
        return failure(name, UNREACHABLE if unreachable else BROKE_OFF)
    status = error.status_code
    cause = f"{name}, status {status}"
    if status == 429:
        return failure(cause, TOO_BUSY)
    if status >= 500 or status in (408, 409):
        return failure(cause, BROKE_OFF)
    if status in (400, 413, 422):
        return failure(cause, REFUSED, allow_retry=False)
    log.error("the endpoint of the model refuses the settings CHAT_MODEL*: %s", cause)
    return Failed(NOT_SET_UP, allow_retry=False)


def failure(cause: str, message: str, *, allow_retry: bool = True) -> Failed:
    """Log why there is no answer, without any text of the conversation; return the error."""
    log.warning("no answer from the model: %s", cause)
    return Failed(message, allow_retry=allow_retry)
