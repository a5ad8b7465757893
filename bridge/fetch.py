"""Fetch the issuer's key set: one HTTP request with limits on time and size.

Every failure is an ``IssuerError`` with a ``kind``. This module does not cache anything.
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
from .settings import Settings

MAX_BYTES = 1 << 20
MAX_RETRY_AFTER_SECONDS = 300.0
_HEADERS = {"Accept": "application/json", "User-Agent": "flask-better-auth-bridge"}


@dataclass(frozen=True, slots=True)
class IssuerResponse:
    """A response of the issuer and its duration in seconds; ``headers`` ignores case."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float


def fetch_key_set(settings: Settings) -> jwks.KeySet:
    """Return the key set published at ``settings.jwks_url``, or raise ``IssuerError``."""
    return parse_response(get(settings.jwks_url, settings), settings)


def parse_response(response: IssuerResponse, settings: Settings) -> jwks.KeySet:
    """Return the key set in ``response``, or raise ``IssuerError``.

    ``settings`` provide the names of settings for the hints.
    """
    if 300 <= response.status < 400:
        raise IssuerError(
            "redirect",
            f"the issuer redirects to {response.headers.get('Location', '')[:200]!r}; "
            "redirects are not followed",
            hint=f"set {settings.name_of('URL')} or {settings.name_of('JWKS_URL')} to the final "
            "URL",
        )
    if response.status != 200:
        raise IssuerError(
            "status",
            f"the issuer responded with status {response.status}",
            hint=_status_hint(response.status, settings),
            retry_after=_retry_after(response.headers),
        )
    return jwks.parse(response.body)


def _status_hint(status: int, settings: Settings) -> str:
    if status == 404:
        return (
            "is the jwt plugin installed, and is the path right? If jwksPath or another basePath "
            f"is configured, set {settings.name_of('JWKS_URL')}"
        )
    if status == 429:
        return "Better Auth's rate limiter limits this client: allow more requests for /jwks"
    if status >= 500:
        return (
            'see the issuer\'s log: a missing "jwks" table means that its migration was not run; '
            "a decryption error means that BETTER_AUTH_SECRET was changed"
        )
    return "is this the URL of Better Auth itself, and is it reachable without a login?"


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the requested delay in seconds; Better Auth sends it as X-Retry-After."""
    text = headers.get("Retry-After") or headers.get("X-Retry-After") or ""
    return min(float(text), MAX_RETRY_AFTER_SECONDS) if text.isascii() and text.isdigit() else None


def get(url: str, settings: Settings) -> IssuerResponse:
    """Return the response to GET ``url`` within ``settings.timeout_seconds``, redirects included.

    The timeout is for the whole exchange. Raises ``IssuerError`` if no complete response arrives
    in time, or if the body is larger than 1 MiB.
    """
    timeout_seconds = settings.timeout_seconds
    started = time.monotonic()
    deadline = started + timeout_seconds
    with requests.Session() as session, _shut_down_at_deadline(session, timeout_seconds):
        try:
            with session.get(
                url,
                headers=_HEADERS,
                auth=_without_netrc,
                timeout=timeout_seconds,
                allow_redirects=False,
                stream=True,
            ) as response:
                body = _read_body(response, deadline)
        except (requests.RequestException, HTTPError, OSError) as error:
            if time.monotonic() >= deadline:
                raise _timeout(url, timeout_seconds) from error
            raise _issuer_error(error, url, settings) from error
    return IssuerResponse(
        url, response.status_code, response.headers, body, time.monotonic() - started
    )


def _without_netrc(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Keep requests from sending credentials of a .netrc, and from importing the netrc module.

    If a process forks during an import, the child inherits the import lock and waits forever.
    """
    return request


def _read_body(response: requests.Response, deadline: float) -> bytes:
    body = bytearray()
    while chunk := response.raw.read1(64 * 1024, decode_content=True):
        body += chunk
        if len(body) > MAX_BYTES:
            raise IssuerError("size", f"the response is larger than {MAX_BYTES} bytes")
        if time.monotonic() >= deadline:
            raise TimeoutError
    return bytes(body)


@contextmanager
def _shut_down_at_deadline(session: requests.Session, seconds: float) -> Iterator[None]:
    """Shut down the sockets of ``session`` after ``seconds``.

    The timeout of requests limits each read, not the sum of all reads. Without the shutdown, an
    issuer or proxy that sends its headers one byte at a time would block the thread forever.
    """
    adapter = _TrackingAdapter()
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    timer = threading.Timer(seconds, adapter.shut_down)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


class _TrackingAdapter(HTTPAdapter):
    """HTTP adapter that keeps its connections, so that another thread can shut them down."""

    def __init__(self) -> None:
        super().__init__()
        self._connections: list[HTTPConnection] = []

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
        pool: Any = super().get_connection_with_tls_context(*args, **kwargs)
        connect = pool.ConnectionCls

        def tracked(**arguments: Any) -> HTTPConnection:
            connection: HTTPConnection = connect(**arguments)
            self._connections.append(connection)
            return connection

        pool.ConnectionCls = tracked
        return pool

    def shut_down(self) -> None:
        for connection in self._connections:
            if connection.sock is not None:
                with suppress(OSError):
                    connection.sock.shutdown(socket.SHUT_RDWR)


def _timeout(url: str, seconds: float) -> IssuerError:
    return IssuerError(
        "timeout",
        f"{_origin(url)} did not send a complete response within {seconds:g} s",
        hint="is the URL reachable from here, and is the issuer overloaded?",
    )


def _issuer_error(error: Exception, url: str, settings: Settings) -> IssuerError:
    """Return a readable error; the messages of requests contain object addresses."""
    origin = _origin(url)
    if isinstance(error, requests.exceptions.SSLError):
        return IssuerError(
            "tls",
            f"no trusted TLS connection to {origin}: {_root_cause(error)}",
            hint="for a private certificate authority, set REQUESTS_CA_BUNDLE",
        )
    if isinstance(error, requests.exceptions.Timeout):
        return _timeout(url, settings.timeout_seconds)
    cause = _root_cause(error)
    if isinstance(cause, socket.gaierror):
        return IssuerError(
            "dns",
            f"the host name of {origin} cannot be resolved",
            hint=f"inside a container, use the service's name in {settings.name_of('JWKS_URL')}",
        )
    if isinstance(cause, ConnectionRefusedError):
        return IssuerError(
            "refused",
            f"{origin} refused the connection",
            hint="is Better Auth running, and is the port right? Inside a container, localhost is "
            f"the container itself: set {settings.name_of('JWKS_URL')} to the internal URL",
        )
    return IssuerError("connection", f"the connection to {origin} failed: {cause}")


def _root_cause(error: BaseException) -> BaseException:
    """Return the first error of the chain: requests wraps errors of urllib3 and the system."""
    inner = error.__cause__ or error.__context__
    return _root_cause(inner) if inner is not None else error


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
