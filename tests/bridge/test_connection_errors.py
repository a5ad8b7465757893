"""Faults between the service and the issuer: each names the server at fault and its own fix."""

import socket
import ssl
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from support.certificates import CertificateAuthority
from support.faulty_issuer import FaultyIssuer, Reply
from support.http_server import HttpServer

from bridge.errors import IssuerError
from bridge.fetch import fetch_key_set
from bridge.settings import Settings

HTML = {"Content-Type": "text/html; charset=utf-8"}
PROXY_VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE")


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*PROXY_VARIABLES, "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CertificateAuthority:
    authority = CertificateAuthority(tmp_path)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.file))
    return authority


def fetch(url: str, seconds: float = 5) -> Any:
    config = {
        "BETTER_AUTH_URL": "https://app.example.com",
        "BETTER_AUTH_JWKS_URL": url,
        "BETTER_AUTH_JWKS_TIMEOUT": seconds,
        "BETTER_AUTH_ALLOW_HTTP": True,
    }
    return fetch_key_set(Settings.from_config(config))


def error_of(url: str, seconds: float = 5) -> IssuerError:
    with pytest.raises(IssuerError) as caught:
        fetch(url, seconds)
    return caught.value


class Proxy(HttpServer):
    """An outgoing proxy that responds with ``status`` and connects to nobody."""

    def __init__(self, status: int) -> None:
        self.requests: list[str] = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(handler) -> None:  # noqa: N805
                self.requests.append(handler.path)
                handler.send_response_only(status)
                handler.send_header("Content-Length", "0")
                handler.end_headers()

            do_CONNECT = do_GET  # noqa: N815

            def log_message(handler, format: str, *args: object) -> None:  # noqa: A002, N805
                """Log nothing."""

        super().__init__(Handler)


@pytest.fixture
def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


@pytest.fixture
def silent_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


# The outgoing proxy

URLS = ["http://issuer.test/api/auth/jwks", "https://issuer.test/api/auth/jwks"]


@pytest.mark.parametrize("url", URLS)
@pytest.mark.parametrize("variable", ["SCHEME_PROXY", "ALL_PROXY"])
def test_a_proxy_that_is_down_is_not_the_issuer_s_fault(
    monkeypatch: pytest.MonkeyPatch, closed_port: int, url: str, variable: str
):
    name = variable.replace("SCHEME", url.partition(":")[0].upper())
    monkeypatch.setenv(name, f"http://ada:s3cret@127.0.0.1:{closed_port}")
    error = error_of(url)
    assert error.kind == "proxy"
    assert f"the outgoing proxy http://127.0.0.1:{closed_port} refused" in str(error)
    assert "HTTPS_PROXY" in error.hint
    assert "NO_PROXY" in error.hint
    assert "s3cret" not in f"{error} {error.hint}"


@pytest.mark.parametrize("url", URLS)
@pytest.mark.parametrize(
    ("proxy", "reason"),
    [
        ("http://proxy.invalid:3128", "http://proxy.invalid:3128 cannot be resolved"),
        ("proxy.invalid", "proxy.invalid cannot be resolved"),
        ("http://", "malformed"),
        ("socks5://127.0.0.1:9", "SOCKS"),
    ],
)
def test_a_wrong_proxy_is_named(monkeypatch: pytest.MonkeyPatch, url: str, proxy: str, reason: str):
    monkeypatch.setenv("ALL_PROXY", proxy)
    error = error_of(url)
    assert error.kind == "proxy"
    assert reason in str(error)


@pytest.mark.parametrize("url", URLS)
@pytest.mark.parametrize(
    ("status", "reason", "fix"),
    [
        (403, "403", "NO_PROXY"),
        (407, "requires a user and a password", "http://user:password@host:port"),
        (502, "502", "NO_PROXY"),
        (503, "503", "NO_PROXY"),
    ],
)
def test_a_refusal_of_the_proxy_is_named(
    monkeypatch: pytest.MonkeyPatch, url: str, status: int, reason: str, fix: str
):
    with Proxy(status) as proxy:
        monkeypatch.setenv("ALL_PROXY", f"http://{proxy.address}")
        error = error_of(url)
    assert error.kind == "proxy"
    assert proxy.address in str(error)
    assert reason in str(error)
    assert fix in error.hint


def test_a_proxy_with_https_before_its_plain_address_is_named(monkeypatch: pytest.MonkeyPatch):
    with Proxy(200) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"https://{proxy.address}")
        error = error_of(URLS[1])
    assert error.kind == "proxy"
    assert "http://" in error.hint


def test_a_proxy_that_hangs_is_named(monkeypatch: pytest.MonkeyPatch, silent_port: int):
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{silent_port}")
    error = error_of(URLS[1], 0.3)
    assert error.kind == "timeout"
    assert f"through the outgoing proxy http://127.0.0.1:{silent_port}" in str(error)
    assert "NO_PROXY" in error.hint


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.8.9.10", "auth.localhost"])
def test_this_machine_is_never_reached_through_a_proxy(
    monkeypatch: pytest.MonkeyPatch, issuer: FaultyIssuer, host: str
):
    def resolve(name: str, port: int, *_: object) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    with Proxy(403) as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://{proxy.address}")
        monkeypatch.setattr(socket, "getaddrinfo", resolve)
        assert fetch(issuer.jwks_url.replace("127.0.0.1", host)).keys
    assert proxy.requests == []


def test_this_machine_is_reached_by_ipv6_without_a_proxy(
    monkeypatch: pytest.MonkeyPatch, closed_port: int
):
    with Proxy(403) as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://{proxy.address}")
        error = error_of(f"http://[::1]:{closed_port}/jwks")
    assert error.kind != "proxy"
    assert proxy.requests == []


def test_another_machine_is_reached_through_the_proxy(monkeypatch: pytest.MonkeyPatch):
    with Proxy(404) as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://{proxy.address}")
        assert error_of(URLS[0]).kind == "status"
    assert proxy.requests == [URLS[0]]


# TLS


def test_a_trusted_certificate_is_accepted(authority: CertificateAuthority):
    with FaultyIssuer(tls=authority.context()) as issuer:
        assert fetch(issuer.jwks_url).keys


@pytest.mark.parametrize(
    ("make", "kind", "reason", "fix"),
    [
        (lambda a: a.context(ends=-1), "tls_expired", "has expired", "renew"),
        (lambda a: a.context(starts=1, ends=2), "tls_expired", "not valid yet", "clock"),
        (lambda a: a.context("www.example.com"), "tls_host", "than localhost", "host name"),
    ],
)
def test_each_fault_of_a_certificate_has_its_own_fix(
    authority: CertificateAuthority,
    make: Callable[[CertificateAuthority], ssl.SSLContext],
    kind: str,
    reason: str,
    fix: str,
):
    with FaultyIssuer(tls=make(authority)) as issuer:
        error = error_of(issuer.jwks_url)
    assert error.kind == kind
    assert reason in str(error)
    assert fix in error.hint
    assert "REQUESTS_CA_BUNDLE" not in error.hint
    assert "_ssl.c" not in str(error)


def test_an_unknown_authority_needs_a_bundle(
    authority: CertificateAuthority, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    with FaultyIssuer(tls=authority.context()) as issuer:
        error = error_of(issuer.jwks_url)
    assert error.kind == "tls_authority"
    assert "REQUESTS_CA_BUNDLE" in error.hint
    assert "fullchain.pem" in error.hint


def test_a_certificate_for_another_ip_address_is_named(authority: CertificateAuthority):
    with FaultyIssuer(tls=authority.context()) as issuer:
        error = error_of(issuer.jwks_url.replace("localhost", "127.0.0.1"))
    assert error.kind == "tls_host"
    assert "127.0.0.1" in str(error)


def test_https_at_a_plain_port_is_named(issuer: FaultyIssuer):
    error = error_of(issuer.jwks_url.replace("http:", "https:"))
    assert error.kind == "tls_plain_port"
    assert "must begin with http" in error.hint
    assert "BUNDLE" not in error.hint


def test_http_at_a_tls_port_is_named(authority: CertificateAuthority):
    with FaultyIssuer(tls=authority.context()) as issuer:
        error = error_of(issuer.jwks_url.replace("https:", "http:"))
    assert error.kind == "connection"
    assert "https" in error.hint


def test_http_at_the_tls_port_of_nginx_is_named(issuer: FaultyIssuer):
    page = b"<h1>400 Bad Request</h1>The plain HTTP request was sent to HTTPS port"
    issuer.reply = Reply(page, 400, HTML)
    error = error_of(issuer.jwks_url)
    assert error.kind == "status"
    assert "https" in error.hint


def test_a_ca_bundle_that_does_not_exist_is_named(
    authority: CertificateAuthority, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/authority.pem")
    with FaultyIssuer(tls=authority.context()) as issuer:
        error = error_of(issuer.jwks_url)
    assert error.kind == "tls"
    assert "REQUESTS_CA_BUNDLE" in error.hint
    assert "/nowhere/authority.pem" in str(error)


def test_modules_that_gevent_replaced_too_late_are_named(monkeypatch: pytest.MonkeyPatch):
    """The properties of ssl.SSLContext then call themselves without an end."""

    def recurse(*_: object, **__: object) -> None:
        raise RecursionError

    monkeypatch.setattr("requests.adapters.HTTPAdapter.send", recurse)
    error = error_of("https://localhost:9/jwks")
    assert error.kind == "connection"
    assert "--preload" in error.hint


# Servers in front of the issuer


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_server_in_front_of_the_issuer_is_named(issuer: FaultyIssuer, status: int):
    issuer.reply = Reply(b"<h1>Bad Gateway</h1>", status, {**HTML, "Server": "nginx/1.22"})
    error = error_of(issuer.jwks_url)
    assert error.kind == "gateway"
    assert f"status {status} (Server: 'nginx/1.22')" in str(error)
    assert "is Better Auth running" in error.hint
    assert "jwks" not in error.hint


@pytest.mark.parametrize(
    "reply",
    [
        Reply(b"<title>Just a moment...</title>", 403, {**HTML, "cf-mitigated": "challenge"}),
        Reply(b"<title>Just a moment...</title>", 503, HTML),
        Reply(
            b"<title>Vercel Security Checkpoint</title>", 429, {"x-vercel-mitigated": "challenge"}
        ),
        Reply(b"", 202, {"x-amzn-waf-action": "challenge"}),
        Reply(b"", 405, {"x-amzn-waf-action": "captcha"}),
        Reply(b'<script src="/challenge-platform/a.js">', 403, HTML),
    ],
)
def test_a_bot_challenge_is_named(issuer: FaultyIssuer, reply: Reply):
    issuer.reply = reply
    error = error_of(issuer.jwks_url)
    assert error.kind == "challenge"
    assert "bypass rule" in error.hint


@pytest.mark.parametrize(
    "target",
    [
        "/login?next=/api/auth/jwks",
        "/sign-in",
        "https://vercel.com/sso-api?url=https%3A%2F%2Fapp.example.com",
        "https://team.cloudflareaccess.com/cdn-cgi/access/login/app.example.com",
        "https://accounts.google.com/o/oauth2/v2/auth?client_id=x",
        "/oauth2/start?rd=%2Fapi",
    ],
)
def test_a_redirect_to_a_login_page_is_named(issuer: FaultyIssuer, target: str):
    issuer.reply = Reply(b"", 302, {"Location": target})
    error = error_of(issuer.jwks_url)
    assert error.kind == "login"
    assert "must be public" in error.hint
    assert "final URL" not in error.hint


@pytest.mark.parametrize(
    "target", ["https://www.example.com/api/auth/jwks", "https://login.example.com/api/auth/jwks"]
)
def test_a_key_set_that_has_moved_is_a_redirect(issuer: FaultyIssuer, target: str):
    issuer.reply = Reply(b"", 308, {"Location": target})
    error = error_of(issuer.jwks_url)
    assert error.kind == "redirect"
    assert "final URL" in error.hint


def test_jwks_check_names_the_fault(
    make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch, closed_port: int
):
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{closed_port}")
    app = make_app()
    result = app.test_cli_runner().invoke(args=["jwks-check", "https://issuer.test/jwks"])
    assert result.exit_code == 1
    assert "Error (proxy): the outgoing proxy" in result.output
    assert "NO_PROXY" in result.output.split("Fix:")[1]
