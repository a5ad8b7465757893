"""Response headers for browsers: CORS and security headers."""

from collections.abc import Iterator

import pytest
import requests
from flask import Flask
from support.client import serving
from support.processes import Gunicorn, Issuer

from todo.plumbing import cors

ORIGIN, IPV6_ORIGIN = "https://app.example.com", "http://[::1]:3000"


@pytest.fixture(scope="module")
def open_service(better_auth: Issuer) -> Iterator[Gunicorn]:
    with serving(better_auth, env={"CORS_ORIGINS": f"{ORIGIN}, {IPV6_ORIGIN}"}) as service:
        yield service


def ask(
    service: Gunicorn, method: str, path: str, origin: str, **headers: str
) -> requests.Response:
    return requests.request(
        method, service.url + path, headers={"Origin": origin, **headers}, timeout=60
    )


@pytest.mark.parametrize(
    ("path", "status"),
    [("/healthz", 200), ("/nowhere", 404), ("/api/v1/me", 401)],
)
def test_an_allowed_origin_may_read_responses_and_errors(
    open_service: Gunicorn, path: str, status: int
):
    response = ask(open_service, "GET", path, ORIGIN)
    assert response.status_code == status
    assert response.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "X-Request-ID" in response.headers["Access-Control-Expose-Headers"]
    assert "Access-Control-Allow-Credentials" not in response.headers


def test_an_ipv6_origin_may_read_responses(open_service: Gunicorn):
    response = ask(open_service, "GET", "/healthz", IPV6_ORIGIN)
    assert response.headers["Access-Control-Allow-Origin"] == IPV6_ORIGIN


@pytest.mark.parametrize(
    "origin",
    [
        "http://1:3000",
        "http://::3000",
        "https://appXexample.com",
        "https://evil.example",
        "https://app.example.com.evil.example",
        "null",
        f"{ORIGIN}:8443",
    ],
)
def test_other_origins_may_not_read_responses(open_service: Gunicorn, origin: str):
    for path in ("/healthz", "/nowhere"):
        assert "Access-Control-Allow-Origin" not in ask(open_service, "GET", path, origin).headers


def test_a_preflight_request_needs_no_token(open_service: Gunicorn):
    response = ask(
        open_service,
        "OPTIONS",
        "/api/v1/00000000-0000-4000-8000-000000000000/tasks",
        ORIGIN,
        **{
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization, content-type, if-match",
        },
    )
    assert response.status_code == 200
    assert response.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "POST" in response.headers["Access-Control-Allow-Methods"]
    allowed = response.headers["Access-Control-Allow-Headers"].lower()
    assert {"authorization", "content-type", "if-match"} <= set(allowed.split(", "))


def test_no_origin_is_allowed_by_default(service: Gunicorn):
    assert "Access-Control-Allow-Origin" not in ask(service, "GET", "/healthz", ORIGIN).headers


@pytest.mark.parametrize(
    ("setting", "shown"),
    [(ORIGIN, ORIGIN), (f"{ORIGIN},{IPV6_ORIGIN}", IPV6_ORIGIN), ("", "not set")],
)
def test_a_refused_origin_is_logged_with_the_setting_at_most_once_a_minute(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, setting: str, shown: str
):
    now = 1_000.0
    monkeypatch.setattr(cors, "monotonic", lambda: now)
    app = Flask("cors")
    app.config["CORS_ORIGINS"] = list(filter(None, setting.split(",")))
    cors.init_app(app)
    client = app.test_client()
    for origin in (ORIGIN if setting else "http://localhost", "http://localhost"):
        client.get("/", headers={"Origin": origin})  # allowed, or the service's own origin
    assert caplog.messages == []
    for origin in ("http://app.example.com", "https://other.example", "http://[", "null"):
        client.get("/", headers={"Origin": origin})
    [line] = caplog.messages
    assert "'http://app.example.com'" in line
    assert "CORS_ORIGINS is " in line
    assert shown in line
    now += 60
    client.get("/", headers={"Origin": "x" * 5000})
    assert "xxx" in caplog.messages[1]
    assert len(caplog.messages[1]) < 300


@pytest.mark.parametrize("path", ["/healthz", "/nowhere", "/api/v1/me"])
def test_every_response_has_security_headers(service: Gunicorn, path: str):
    headers = requests.get(service.url + path, timeout=60).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert headers["Cache-Control"] in ("private, no-cache", "no-store")
