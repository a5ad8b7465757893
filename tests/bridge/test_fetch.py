import json
import socket
import threading
import time
from typing import Any

import pytest
from support.faulty_issuer import FaultyIssuer, Reply

from bridge.errors import IssuerError
from bridge.fetch import MAX_BYTES, fetch_key_set

HTML = {"Content-Type": "text/html"}


def fault(issuer: FaultyIssuer, seconds: float = 5) -> IssuerError:
    with pytest.raises(IssuerError) as caught:
        fetch_key_set(issuer.jwks_url, seconds)
    return caught.value


def test_the_key_set_is_fetched_over_http(issuer: FaultyIssuer):
    assert list(fetch_key_set(issuer.jwks_url, 5).keys) == ["key-1"]


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply(b"", 500), "status"),
        (Reply(b"", 429), "status"),
        (Reply(b"", 404), "status"),
        (Reply(b"", 204), "status"),
        (Reply(b"", 401), "status"),
        (Reply(b"<html>", headers=HTML), "json"),
        (Reply(b"\x00\xff garbage"), "json"),
        (Reply(b""), "json"),
        (Reply(b'{"keys":[]}'), "empty"),
        (Reply(b'{"key":[]}'), "shape"),
        (Reply(b'{"keys":' + b"[" * 300_000), "json"),
        (Reply(b'{"keys":[' + b" " * MAX_BYTES), "size"),
        (Reply(b"{}", 302, {"Location": "https://evil.example/jwks"}), "redirect"),
        (Reply(b"{}", 307, {"Location": "/api/auth/jwks"}), "redirect"),
        (Reply(b'{"keys":', headers={"Content-Length": "100"}), "connection"),
        (Reply(b"not gzip", headers={"Content-Encoding": "gzip"}), "connection"),
    ],
)
def test_a_broken_answer_is_a_fault_of_a_kind(issuer: FaultyIssuer, reply: Reply, kind: str):
    issuer.reply = reply
    assert fault(issuer).kind == kind


def test_no_credential_of_a_netrc_is_sent(issuer: FaultyIssuer, monkeypatch: pytest.MonkeyPatch):
    def netrc(url: str) -> None:
        raise AssertionError("the .netrc was looked into")

    monkeypatch.setattr("requests.sessions.get_netrc_auth", netrc)
    assert fetch_key_set(issuer.jwks_url, 5).keys


def test_redirects_are_not_followed(issuer: FaultyIssuer):
    issuer.reply = Reply(b"", 302, {"Location": issuer.jwks_url})
    fault(issuer)
    assert issuer.asked == 1


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7),
        ({"X-Retry-After": "9"}, 9),
        ({"Retry-After": "999999"}, 300),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-5"}, None),
        ({}, None),
    ],
)
def test_the_wait_that_the_issuer_asks_for_is_kept(
    issuer: FaultyIssuer, headers: dict[str, str], seconds: float | None
):
    issuer.reply = Reply(b"", 429, headers)
    assert fault(issuer).retry_after == seconds


def drip(stream: Any, data: bytes) -> None:
    for byte in data:
        stream.write(bytes([byte]))
        time.sleep(0.02)


def test_a_body_that_drips_is_given_up_at_the_deadline(issuer: FaultyIssuer):
    issuer.reply = Reply(b" " * 10_000, write=drip)
    assert fault(issuer, 0.3).kind == "timeout"


def test_an_issuer_that_hangs_is_given_up_at_the_deadline(issuer: FaultyIssuer):
    release = threading.Event()
    issuer.reply = Reply(b"{}", before=release.wait)
    assert fault(issuer, 0.3).kind == "timeout"
    release.set()


def test_headers_that_drip_are_given_up_at_the_deadline():
    with socket.create_server(("127.0.0.1", 0)) as server:
        stopped = threading.Event()

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                while not stopped.wait(0.02):
                    try:
                        connection.send(b"H")
                    except OSError:
                        return

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        started = time.monotonic()
        with pytest.raises(IssuerError) as caught:
            fetch_key_set(f"http://127.0.0.1:{server.getsockname()[1]}/jwks", 0.3)
        stopped.set()
        thread.join()
    assert caught.value.kind == "timeout"
    # Far beyond the deadline is what would happen without it, not what a busy machine adds.
    assert time.monotonic() - started < 10


def test_a_port_where_nothing_listens_is_refused():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(IssuerError) as caught:
        fetch_key_set(f"http://127.0.0.1:{port}/jwks", 5)
    assert caught.value.kind == "refused"
    assert f"127.0.0.1:{port}" in str(caught.value)


def test_an_unknown_host_is_a_fault_of_dns():
    with pytest.raises(IssuerError) as caught:
        fetch_key_set("https://issuer.invalid/jwks", 5)
    assert caught.value.kind == "dns"


def test_a_server_without_tls_is_a_fault_of_tls(issuer: FaultyIssuer):
    with pytest.raises(IssuerError) as caught:
        fetch_key_set(issuer.jwks_url.replace("http:", "https:"), 5)
    assert caught.value.kind == "tls"


def test_a_fault_speaks_of_the_issuer_and_not_of_our_libraries(issuer: FaultyIssuer):
    issuer.reply = Reply(json.dumps({"keys": []}).encode())
    words = f"{fault(issuer)} {fault(issuer).hint}"
    assert "urllib3" not in words
    assert "0x" not in words
