import json
import socket
import threading
import time
from typing import Any

import pytest
from support.faulty_issuer import FaultyIssuer, Reply

from bridge.errors import IssuerError
from bridge.fetch import MAX_BYTES, fetch_key_set
from bridge.jwks import KeySet
from bridge.settings import Settings

HTML = {"Content-Type": "text/html"}


def fetch(url: str, seconds: float = 5) -> KeySet:
    config = {
        "BETTER_AUTH_URL": "https://app.example.com",
        "BETTER_AUTH_JWKS_URL": url,
        "BETTER_AUTH_JWKS_TIMEOUT": seconds,
    }
    return fetch_key_set(Settings.from_config(config))


def error_of(issuer: FaultyIssuer, seconds: float = 5) -> IssuerError:
    with pytest.raises(IssuerError) as caught:
        fetch(issuer.jwks_url, seconds)
    return caught.value


def test_the_key_set_is_fetched_over_http(issuer: FaultyIssuer):
    assert list(fetch(issuer.jwks_url).keys) == ["key-1"]


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
def test_each_broken_response_is_an_error_with_a_kind(
    issuer: FaultyIssuer, reply: Reply, kind: str
):
    issuer.reply = reply
    assert error_of(issuer).kind == kind


def test_netrc_credentials_are_not_sent(issuer: FaultyIssuer, monkeypatch: pytest.MonkeyPatch):
    def netrc(url: str) -> None:
        raise AssertionError("the .netrc was read")

    monkeypatch.setattr("requests.sessions.get_netrc_auth", netrc)
    assert fetch(issuer.jwks_url).keys


def test_redirects_are_not_followed(issuer: FaultyIssuer):
    issuer.reply = Reply(b"", 302, {"Location": issuer.jwks_url})
    error_of(issuer)
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
def test_retry_after_is_read(issuer: FaultyIssuer, headers: dict[str, str], seconds: float | None):
    issuer.reply = Reply(b"", 429, headers)
    assert error_of(issuer).retry_after == seconds


def write_slowly(stream: Any, data: bytes) -> None:
    for byte in data:
        stream.write(bytes([byte]))
        time.sleep(0.02)


def test_a_slow_body_times_out_at_the_deadline(issuer: FaultyIssuer):
    issuer.reply = Reply(b" " * 10_000, write=write_slowly)
    assert error_of(issuer, 0.3).kind == "timeout"


def test_an_issuer_that_hangs_times_out_at_the_deadline(issuer: FaultyIssuer):
    release = threading.Event()
    issuer.reply = Reply(b"{}", before=release.wait)
    assert error_of(issuer, 0.3).kind == "timeout"
    release.set()


def test_slow_headers_time_out_at_the_deadline():
    with socket.create_server(("127.0.0.1", 0)) as server:
        stopped = threading.Event()

        def send_slowly() -> None:
            connection, _ = server.accept()
            with connection:
                while not stopped.wait(0.02):
                    try:
                        connection.send(b"H")
                    except OSError:
                        return

        thread = threading.Thread(target=send_slowly, daemon=True)
        thread.start()
        started = time.monotonic()
        with pytest.raises(IssuerError) as caught:
            fetch(f"http://127.0.0.1:{server.getsockname()[1]}/jwks", 0.3)
        stopped.set()
        thread.join()
    assert caught.value.kind == "timeout"
    # Without the deadline, this would take minutes. A busy machine adds seconds at most.
    assert time.monotonic() - started < 10


def test_a_closed_port_is_a_refused_error():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(IssuerError) as caught:
        fetch(f"http://127.0.0.1:{port}/jwks")
    assert caught.value.kind == "refused"
    assert f"127.0.0.1:{port}" in str(caught.value)


def test_an_unknown_host_is_a_dns_error():
    with pytest.raises(IssuerError) as caught:
        fetch("https://issuer.invalid/jwks")
    assert caught.value.kind == "dns"


def test_a_server_without_tls_is_a_tls_error(issuer: FaultyIssuer):
    with pytest.raises(IssuerError) as caught:
        fetch(issuer.jwks_url.replace("http:", "https:"))
    assert caught.value.kind == "tls_plain_port"


def test_an_error_does_not_mention_libraries(issuer: FaultyIssuer):
    issuer.reply = Reply(json.dumps({"keys": []}).encode())
    text = f"{error_of(issuer)} {error_of(issuer).hint}"
    assert "urllib3" not in text
    assert "0x" not in text
