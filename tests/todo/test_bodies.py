"""Bodies that break off or are malformed change nothing, on every route that has one."""

import socket
from contextlib import closing
from urllib.parse import urlsplit

import pytest
from support.client import Client, on
from support.processes import Gunicorn, wait_until

pytestmark = on("sqlite")

CSV = b"title\nfirst\nsecond\nthird\n"
JSON = b'{"title": "x"}'


def send(client: Client, path: str, headers: list[str], body: bytes) -> str:
    """Send bytes as they are and close the sending side; return the response."""
    lines = [
        f"POST /api/v1/{client.person.uuid}{path} HTTP/1.1",
        "Host: service",
        f"Authorization: Bearer {client.token}",
        "Connection: close",
        *headers,
    ]
    url = urlsplit(client.url)
    with closing(socket.create_connection((url.hostname, url.port), timeout=20)) as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode() + body)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65_536), b"")).decode()


@pytest.mark.parametrize(
    ("path", "media_type", "body"),
    [("/tasks", "application/json", JSON), ("/tasks/import", "text/csv", CSV)],
)
def test_a_body_that_breaks_off_is_refused(alice: Client, path: str, media_type: str, body: bytes):
    headers = [f"Content-Type: {media_type}", f"Content-Length: {len(body) + 10}"]
    response = send(alice, path, headers, body)
    assert " 400 " in response.splitlines()[0]
    assert '"body_malformed"' in response
    assert alice.read("/tasks")["total"] == 0


@pytest.mark.parametrize(
    "chunks",
    [
        b"e\r\n" + JSON + b"\r\n",  # without the last chunk
        b"e\r\n" + JSON[:5],
        b"zz\r\n" + JSON + b"\r\n0\r\n\r\n",
        b"-1\r\n" + JSON + b"\r\n0\r\n\r\n",
        b"e\r\n" + JSON + b"??0\r\n\r\n",
        b"",
    ],
)
def test_malformed_chunks_are_refused(alice: Client, service: Gunicorn, chunks: bytes):
    before = service.log.count("Traceback")
    headers = ["Content-Type: application/json", "Transfer-Encoding: chunked"]
    response = send(alice, "/tasks", headers, chunks)
    assert " 400 " in response.splitlines()[0]
    assert '"body_malformed"' in response
    assert alice.read("/tasks")["total"] == 0
    assert service.log.count("Traceback") == before


def test_a_request_that_gunicorn_refuses_is_in_the_access_log(alice: Client, service: Gunicorn):
    response = send(alice, "/tasks", ["Host: other", "Content-Length: 0"], b"")
    assert " 400 " in response.splitlines()[0]
    wait_until(lambda: '" 400 ' in service.log)
