"""Asks the issuer for its key set: one bounded HTTP exchange, and the judgement of its answer.

Knows nothing of caching; every way to fail is an ``IssuerError`` of a kind.
"""

import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection
from urllib3.exceptions import HTTPError

from . import jwks
from .errors import IssuerError

MAX_BYTES = 1 << 20
MAX_RETRY_AFTER_SECONDS = 300.0
_HEADERS = {"Accept": "application/json", "User-Agent": "flask-better-auth-bridge"}


@dataclass(frozen=True, slots=True)
class Answer:
    """What the issuer sent, and the ``seconds`` it took; header names match in any case."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float


def fetch_key_set(url: str, timeout_seconds: float) -> jwks.KeySet:
    """Return the key set published at ``url``, or raise ``IssuerError``."""
    return judge(get(url, timeout_seconds))


def judge(answer: Answer) -> jwks.KeySet:
    """Return the key set in ``answer``, or raise ``IssuerError`` saying why there is none."""
    if 300 <= answer.status < 400:
        raise IssuerError(
            "redirect",
            f"the issuer redirects to {answer.headers.get('Location', '')[:200]!r}; "
            "redirects are not followed",
            hint="set BETTER_AUTH_URL or BETTER_AUTH_JWKS_URL to the final address",
        )
    if answer.status != 200:
        raise IssuerError(
            "status",
            f"the issuer answered {answer.status}",
            hint=_status_hint(answer.status),
            retry_after=_retry_after(answer.headers),
        )
    return jwks.parse(answer.body)


def _status_hint(status: int) -> str:
    if status == 404:
        return (
            "is the jwt plugin installed, and is the path right? jwksPath or another basePath "
            "moves it: set BETTER_AUTH_JWKS_URL"
        )
    if status == 429:
        return "Better Auth's rate limiter is counting this address: allow more for /jwks"
    if status >= 500:
        return (
            'see the issuer\'s own log: a missing "jwks" table means that its migration was not '
            "run, a failure to decrypt that BETTER_AUTH_SECRET was changed"
        )
    return "is this the address of Better Auth itself, and reachable without a login?"


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the wait asked for, in seconds; Better Auth says X-Retry-After."""
    text = headers.get("Retry-After") or headers.get("X-Retry-After") or ""
    return min(float(text), MAX_RETRY_AFTER_SECONDS) if text.isascii() and text.isdigit() else None


def get(url: str, timeout_seconds: float) -> Answer:
    """Return what a GET of ``url`` is answered, within ``timeout_seconds`` for the whole exchange.

    Raises ``IssuerError`` if there is no answer in time, or one larger than 1 MiB.
    Redirects are answers.
    """
    started = time.monotonic()
    deadline = started + timeout_seconds
    with requests.Session() as session, _shut_at_deadline(session, timeout_seconds):
        try:
            with session.get(
                url,
                headers=_HEADERS,
                auth=_as_nobody,
                timeout=timeout_seconds,
                allow_redirects=False,
                stream=True,
            ) as response:
                body = _body(response, deadline)
        except (requests.RequestException, HTTPError, OSError) as error:
            if time.monotonic() >= deadline:
                raise _too_slow(url, timeout_seconds) from error
            raise _translated(error, url, timeout_seconds) from error
    return Answer(url, response.status_code, response.headers, body, time.monotonic() - started)


def _as_nobody(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Keep requests from sending what a .netrc has for this host, and from importing its parser.

    A fork in the middle of an import leaves its lock to the child, which would wait for ever.
    """
    return request


def _body(response: requests.Response, deadline: float) -> bytes:
    body = bytearray()
    while chunk := response.raw.read1(64 * 1024, decode_content=True):
        body += chunk
        if len(body) > MAX_BYTES:
            raise IssuerError("size", f"the answer is larger than {MAX_BYTES} bytes")
        if time.monotonic() >= deadline:
            raise TimeoutError
    return bytes(body)


@contextmanager
def _shut_at_deadline(session: requests.Session, seconds: float) -> Iterator[None]:
    """Shut the sockets of ``session`` after ``seconds``.

    The timeout of requests bounds each read, not their sum: an issuer, or something before
    it, that sends its headers a byte at a time would hold the thread for ever.
    """
    adapter = _RememberingAdapter()
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    timer = threading.Timer(seconds, adapter.shut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


class _RememberingAdapter(HTTPAdapter):
    """Remembers its connections, so that another thread can shut them."""

    def __init__(self) -> None:
        super().__init__()
        self._connections: list[HTTPConnection] = []

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
        pool: Any = super().get_connection_with_tls_context(*args, **kwargs)
        connect = pool.ConnectionCls

        def remembered(**arguments: Any) -> HTTPConnection:
            connection: HTTPConnection = connect(**arguments)
            self._connections.append(connection)
            return connection

        pool.ConnectionCls = remembered
        return pool

    def shut(self) -> None:
        for connection in self._connections:
            if connection.sock is not None:
                with suppress(OSError):
                    connection.sock.shutdown(socket.SHUT_RDWR)


def _too_slow(url: str, seconds: float) -> IssuerError:
    return IssuerError(
        "timeout",
        f"{_origin(url)} did not finish answering within {seconds:g} s",
        hint="is the address reachable from here, and the issuer not overloaded?",
    )


def _translated(error: Exception, url: str, seconds: float) -> IssuerError:
    """Say in our words why no answer came; the library's own hold whole object addresses."""
    origin = _origin(url)
    if isinstance(error, requests.exceptions.SSLError):
        return IssuerError(
            "tls",
            f"no trusted TLS connection to {origin}: {_root(error)}",
            hint="a private certificate authority goes into REQUESTS_CA_BUNDLE",
        )
    if isinstance(error, requests.exceptions.Timeout):
        return _too_slow(url, seconds)
    cause = _root(error)
    if isinstance(cause, socket.gaierror):
        return IssuerError(
            "dns",
            f"the host name of {origin} is not known here",
            hint="inside a container, use the service's name in BETTER_AUTH_JWKS_URL",
        )
    if isinstance(cause, ConnectionRefusedError):
        return IssuerError(
            "refused",
            f"nothing listens at {origin}",
            hint="is Better Auth running, and is the port right? Inside a container, localhost "
            "is the container itself: set BETTER_AUTH_JWKS_URL to the inner address",
        )
    return IssuerError("connection", f"the connection to {origin} failed: {_root(error)}")


def _root(error: BaseException) -> BaseException:
    """Return what an error of requests began with: it wraps those of urllib3 and the system."""
    inner = error.__cause__ or error.__context__
    return _root(inner) if inner is not None else error


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
