"""A WSGI application for the tests of ``serving``."""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from threading import Event
from typing import Any
from urllib.parse import parse_qsl

StartResponse = Callable[[str, list[tuple[str, str]]], Any]
POLL_SECONDS = 0.01


def app(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    """Call the view that the first part of the path names."""
    name = environ["PATH_INFO"].split("/")[1]
    return VIEWS[name](environ, start_response)


def healthz(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    return _respond(start_response, b"ok")


def echo(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    """Return what arrived of the request."""
    body = environ["wsgi.input"].read()
    seen: dict[str, Any] = {name: v for name, v in environ.items() if isinstance(v, str)}
    seen |= {"length": len(body), "sha256": hashlib.sha256(body).hexdigest()}
    return _respond(start_response, json.dumps(seen).encode())


def unread(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    """Respond without reading the body."""
    return _respond(start_response, b"unread")


def wait(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    """Create the file ``begun``, and respond when the file ``go`` exists."""
    query = _query(environ)
    Path(query["begun"]).touch()
    _wait_until(Path(query["go"]).exists)
    return _respond(start_response, b"waited")


def big(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    """Return 1 MiB with a Content-Length, in one piece."""
    return _respond(start_response, b"b" * 1024 * 1024)


def stream(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    """Return 8 MiB without a Content-Length, in pieces; write the number of each to ``sent``."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    sent = Path(_query(environ)["sent"])

    def pieces() -> Iterator[bytes]:
        for number in range(2048):
            sent.write_text(str(number))
            yield b"s" * 4096

    return pieces()


def events(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    """Send one event, wait in silence for the end, and write its reason to ``end``."""
    start_response("200 OK", [("Content-Type", "text/event-stream"), ("X-Accel-Buffering", "no")])
    end = Path(_query(environ)["end"])

    def pieces() -> Iterator[bytes]:
        try:
            yield b"data: first\n\n"
            is_gone, is_stopping = environ["todo.client_is_gone"], environ["todo.is_stopping"]
            _wait_until(lambda: is_gone() or is_stopping())
            if is_stopping():
                yield b"data: stopping\n\n"
        finally:
            end.write_text("gone" if is_gone() else "stopping" if is_stopping() else "closed")

    return pieces()


def crash(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    raise RuntimeError("a bug of the application")


def crash_late(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain")])
    yield b"begun"
    raise RuntimeError("a bug of the application")


def short(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    """Send less than the Content-Length."""
    start_response("200 OK", [("Content-Length", "100")])
    return [b"short"]


def _respond(start_response: StartResponse, body: bytes) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Length", str(len(body))), ("X-Request-ID", "an-id")])
    return [body]


def _query(environ: dict[str, Any]) -> dict[str, str]:
    return dict(parse_qsl(environ["QUERY_STRING"]))


def _wait_until(holds: Callable[[], bool]) -> None:
    pause = Event()
    while not holds():
        pause.wait(POLL_SECONDS)


VIEWS = {
    view.__name__: view
    for view in (healthz, echo, unread, wait, big, stream, events, crash, crash_late, short)
}
