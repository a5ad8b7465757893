"""Requests that the front end refuses, and the headers and limits of all requests."""

import json
import socket
import struct
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from support.browser import Site, once
from support.processes import Person, Web, local_session

MEBIBYTE = 1024 * 1024
ROUTES = ["/api/auth/sign-in/email", "/backend/api/v1/{uuid}/tasks/import"]
PAGES = ["/sign-in", "/dashboard", "/no/page"]


def chunks(size: int) -> Iterator[bytes]:
    """Yield ``size`` MiB; requests sends them without a Content-Length."""
    for _ in range(size):
        yield b"x" * MEBIBYTE


def post(site: Site, person: Person, path: str, body: bytes | Iterator[bytes]) -> requests.Response:
    headers = {
        "Authorization": f"Bearer {person.token}",
        "Content-Type": "application/json",
        "Origin": site.url,
    }
    url = site.url + path.format(uuid=person.uuid)
    with local_session() as http:
        return http.post(url, headers=headers, data=body, timeout=60)


def connect(site: Site) -> socket.socket:
    address = urlsplit(site.url)
    connection = socket.create_connection((str(address.hostname), int(address.port or 0)), 30)
    connection.settimeout(30)
    return connection


def raw(site: Site, request: str) -> bytes:
    """Send the bytes of a request; return the response."""
    with connect(site) as connection:
        connection.sendall(request.encode())
        return b"".join(iter(lambda: connection.recv(65536), b""))


@once
@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize("framing", ["length", "chunks"])
def test_a_body_that_is_too_large_is_refused(site: Site, alice: Person, path: str, framing: str):
    response = post(site, alice, path, chunks(8) if framing == "chunks" else b"x" * 8 * MEBIBYTE)
    assert response.status_code == 413
    assert response.headers["Cache-Control"] == "no-store"
    if path.startswith("/api/auth/"):
        assert response.json()["code"] == "BODY_TOO_LARGE"
    else:
        assert response.headers["Content-Type"] == "application/problem+json"
        assert response.json()["code"] == "body_too_large"


@once
def test_large_bodies_do_not_stay_in_memory(site: Site, alice: Person):
    before = memory(site.web)
    for path in ROUTES:
        assert post(site, alice, path, chunks(150)).status_code == 413
    for path in PAGES:
        assert post(site, alice, path, chunks(150)).history[0].status_code == 303
    assert memory(site.web) < before + 100 * MEBIBYTE


def memory(web: Web) -> int:
    """Return the peak of the resident memory in bytes."""
    status = Path(f"/proc/{web.pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) * 1024


@once
def test_an_import_near_the_limit_passes_through_the_front_end(site: Site, alice: Person):
    rows = [{"title": f"{number}", "description": "d" * 1000} for number in range(4500)]
    body = json.dumps(rows).encode()
    assert 4 * MEBIBYTE < len(body) < 5 * MEBIBYTE
    response = post(site, alice, ROUTES[1], body)
    assert response.status_code == 200, response.text


@once
def test_a_form_that_is_sent_without_a_script_shows_its_page_again(site: Site, alice: Person):
    response = post(site, alice, "/sign-in", b"email=ada%40example.com&password=secret")
    assert response.history[0].headers["Location"] == "/sign-in"
    assert response.status_code == 200
    assert "secret" not in response.text + response.url


@once
@pytest.mark.parametrize("path", ["/", "/dashboard", "/api/auth/ok", "/backend/api/v1/me"])
def test_trace_is_not_allowed(site: Site, path: str):
    request = f"TRACE {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    assert raw(site, request).startswith(b"HTTP/1.1 405 ")


@once
@pytest.mark.parametrize("path", [*ROUTES, *PAGES])
@pytest.mark.parametrize("framing", ["Content-Length: 1000", "Transfer-Encoding: chunked"])
def test_a_client_that_leaves_causes_no_traceback(
    site: Site, alice: Person, path: str, framing: str
):
    start = len(site.web.log)
    path = path.format(uuid=alice.uuid)
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n{framing}\r\n\r\n"
    for reset in (False, True):
        with connect(site) as connection:
            connection.sendall(head.encode() + b'5\r\n{"e":\r\n')
            if reset:  # a RST in place of a FIN
                linger = struct.pack("ii", 1, 0)
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    # Later requests on other connections show that the server has noticed the lost ones.
    assert site.web.is_ready()
    assert "rror" not in site.web.log[start:]
    assert "    at " not in site.web.log[start:]


def test_responses_of_better_auth_are_not_stored(site: Site, alice: Person):
    for path in ("token", "list-sessions", "get-session", "jwks", "ok", "no-such-path"):
        response = alice.session.get(f"{site.url}/api/auth/{path}", timeout=30)
        assert response.headers["Cache-Control"] == "no-store", path
