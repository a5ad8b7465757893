"""Bodies that break off or are malformed change nothing, on every route that has one."""

import json
import socket
from contextlib import closing
from http.client import HTTPResponse
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


BIG = b"x" * 900_000


@pytest.mark.parametrize(
    ("status", "path", "headers", "body"),
    [
        (401, "/tasks", ["Authorization: Bearer x"], BIG),
        (403, "/tasks", [], BIG),
        (404, "/nowhere", [], BIG),
        (405, "/tasks/export", [], BIG),
        (415, "/tasks", ["Content-Type: text/plain"], BIG),
        (422, "/tasks/import?x=y", ["Content-Type: text/csv"], BIG),
        (413, "/tasks", ["Content-Type: application/json"], BIG * 4),
        (422, "/tasks", ["Content-Type: application/json", "Idempotency-Key: "], BIG),
    ],
)
@pytest.mark.parametrize("is_chunked", [False, True])
def test_a_refused_upload_gets_its_response_and_keeps_the_connection(
    alice: Client,
    bob: Client,
    service: Gunicorn,
    status: int,
    path: str,
    headers: list[str],
    body: bytes,
    *,
    is_chunked: bool,
):
    """The client sends the whole body before it reads, and then another request."""
    owner = bob if status == 403 else alice
    if not any(header.startswith("Authorization") for header in headers):
        headers = [*headers, f"Authorization: Bearer {alice.token}"]
    length = f"Content-Length: {len(body)}"
    if is_chunked:
        length, body = "Transfer-Encoding: chunked", b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    start = f"POST /api/v1/{owner.person.uuid}{path} HTTP/1.1"
    request = "\r\n".join([start, "Host: service", *headers, length, "", ""]).encode()
    url = urlsplit(service.url)
    with closing(socket.create_connection((url.hostname, url.port), timeout=20)) as connection:
        connection.sendall(request + body)
        response = HTTPResponse(connection)
        response.begin()
        assert response.status == status
        assert json.loads(response.read())["status"] == status
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: service\r\n\r\n")
        again = HTTPResponse(connection)
        again.begin()
        assert again.status == 200
