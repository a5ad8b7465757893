"""Fetch the issuer's key set: one HTTP request with limits on time and size.

Every failure is an ``IssuerError`` with a ``kind``. This module does not cache anything.
"""

import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.utils import get_environ_proxies, select_proxy
from urllib3.connection import HTTPConnection
from urllib3.exceptions import HTTPError

from . import connection_errors, issuer_response
from .errors import IssuerError
from .issuer_response import IssuerResponse
from .jwks import KeySet
from .settings import Settings, is_loopback

MAX_BYTES = 1 << 20
_HEADERS = {"Accept": "application/json", "User-Agent": "flask-better-auth-bridge"}


def fetch_key_set(settings: Settings) -> KeySet:
    """Return the key set published at ``settings.jwks_url``, or raise ``IssuerError``."""
    return issuer_response.parse(get(settings.jwks_url, settings), settings)


def get(url: str, settings: Settings) -> IssuerResponse:
    """Return the response to GET ``url`` within ``settings.timeout_seconds``, also a redirect.

    The timeout is for the whole exchange. Raises ``IssuerError`` if no complete response arrives
    in time, or if the body is larger than 1 MiB.
    """
    timeout_seconds = settings.timeout_seconds
    proxy = _outgoing_proxy(url)
    started = time.monotonic()
    deadline = started + timeout_seconds
    with requests.Session() as session, _shut_down_at_deadline(session, timeout_seconds):
        try:
            with session.get(
                url,
                headers=_HEADERS,
                auth=_without_netrc,
                timeout=timeout_seconds,
                proxies={} if proxy else {"no_proxy": "*"},
                allow_redirects=False,
                stream=True,
            ) as response:
                body = _read_body(response, deadline)
        except RecursionError as error:
            raise connection_errors.patched_too_late() from error
        except (requests.RequestException, HTTPError, OSError) as error:
            if time.monotonic() >= deadline:
                raise connection_errors.timeout(url, proxy, timeout_seconds) from error
            raise connection_errors.explain(error, url, proxy, settings) from error
    return IssuerResponse(
        url, response.status_code, response.headers, body, time.monotonic() - started, proxy
    )


def _outgoing_proxy(url: str) -> str | None:
    """Return the proxy that the environment names for ``url``, without its credentials.

    A proxy never applies to this machine: it would look for the issuer on its own machine.
    """
    if is_loopback(urlsplit(url).hostname or ""):
        return None
    proxy = select_proxy(url, get_environ_proxies(url))
    return re.sub(r"(?<=//)[^/]*@", "", proxy) if proxy else None


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
