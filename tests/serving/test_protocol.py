"""HTTP as clients speak it, on raw sockets."""

import hashlib
import re
from pathlib import Path

import pytest
from support.processes import Gunicorn, ProcessError, wait_until
from support.raw import Raw

from serving.request import MAX_BODY_BYTES, MAX_HEAD_BYTES
from todo.api.bodies import TASK_ROWS

from .conftest import Serve

POST = b"POST /echo HTTP/1.1\r\nHost: test\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"


def test_a_connection_is_used_for_several_requests(server: Gunicorn):
    with Raw(server.url) as client:
        for path in ("/echo/1", "/echo/2"):
            client.get(path)
            response = client.response()
            assert response.json()["PATH_INFO"] == path
            assert response.headers["connection"] == "keep-alive"


def test_pipelined_requests_are_answered_in_order(server: Gunicorn):
    with Raw(server.url) as client:
        request = "GET /echo/{} HTTP/1.1\r\nHost: test\r\n\r\n"
        client.send("".join(request.format(number) for number in range(20)).encode())
        paths = [client.response().json()["PATH_INFO"] for _ in range(20)]
        assert paths == [f"/echo/{number}" for number in range(20)]


def test_a_request_may_arrive_byte_by_byte(server: Gunicorn):
    with Raw(server.url) as client:
        for byte in POST + b"Content-Length: 3\r\n\r\nabc":
            client.send(bytes([byte]))
        assert client.response().json()["length"] == 3


@pytest.mark.parametrize("size", [0, 1, 60_000, 70_000, 1_000_000, MAX_BODY_BYTES])
def test_a_body_arrives_unchanged(server: Gunicorn, size: int):
    body = bytes(number % 251 for number in range(size))
    with Raw(server.url) as client:
        client.send(POST + f"Content-Length: {size}\r\n\r\n".encode() + body)
        assert client.response().json()["sha256"] == hashlib.sha256(body).hexdigest()
        client.get("/echo")
        assert client.response().json()["length"] == 0


def test_a_chunked_body_arrives_unchanged(server: Gunicorn):
    pieces = [b"a", b"b" * 100_000, b"c" * 17]
    with Raw(server.url) as client:
        client.send(CHUNKED)
        for piece in pieces:
            client.send(f"{len(piece):x};name=value\r\n".encode() + piece + b"\r\n")
        client.send(b"0\r\nTrailer: value\r\n\r\n")
        response = client.response()
        assert response.json()["sha256"] == hashlib.sha256(b"".join(pieces)).hexdigest()
        assert "HTTP_TRAILER" not in response.json()
        client.get("/echo")
        assert client.response().json()["length"] == 0


def test_a_request_behind_a_chunked_body_is_never_taken_for_a_part_of_it(server: Gunicorn):
    with Raw(server.url) as client:
        client.send(CHUNKED + b"1\r\na\r\n0\r\n\r\nGET /echo HTTP/1.1\r\nHost: test\r\n\r\n")
        response = client.response()
        assert (response.json()["length"], response.headers["connection"]) == (1, "close")
        assert client.is_closed()


def test_a_client_that_expects_it_gets_100_continue(server: Gunicorn):
    with Raw(server.url) as client:
        client.send(POST + b"Expect: 100-continue\r\nContent-Length: 3\r\n\r\n")
        assert client.head() == (100, {})
        client.send(b"abc")
        assert client.response().json()["length"] == 3


def test_an_expectation_is_ignored_if_the_body_has_arrived_or_is_too_large(server: Gunicorn):
    expect = POST + b"Expect: 100-continue\r\n"
    with Raw(server.url) as client:
        client.send(expect + b"Content-Length: 3\r\n\r\nabc")
        assert client.response().status == 200
        client.send(expect + b"Content-Length: 99999999\r\n\r\n")
        response = client.response()
        assert (response.json()["CONTENT_LENGTH"], response.json()["length"]) == ("99999999", 0)


def test_a_response_to_head_has_no_body(server: Gunicorn):
    with Raw(server.url) as client:
        client.send(b"HEAD /healthz HTTP/1.1\r\nHost: test\r\n\r\n")
        assert client.response(has_body=False).headers["content-length"] == "2"
        client.get("/healthz")
        assert client.response().body == b"ok"


@pytest.mark.parametrize(
    ("request_", "connection"),
    [
        (b"GET /healthz HTTP/1.0\r\n\r\n", "close"),
        (b"GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "keep-alive"),
        (b"GET /healthz HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n", "close"),
    ],
)
def test_the_client_decides_whether_the_connection_closes(
    server: Gunicorn, request_: bytes, connection: str
):
    with Raw(server.url) as client:
        client.send(request_)
        assert client.response().headers["connection"] == connection
        if connection == "close":
            assert client.is_closed()
        else:
            client.send(request_)
            assert client.response().status == 200


def test_a_client_that_has_ended_its_input_gets_its_response(server: Gunicorn):
    with Raw(server.url) as client:
        client.get("/healthz")
        client.sock.shutdown(1)
        assert client.response().body == b"ok"
        assert client.is_closed()


def test_a_stream_has_chunks_and_http_1_0_gets_them_without_framing(
    server: Gunicorn, tmp_path: Path
):
    for version, length in (("1.1", 8 * 1024 * 1024), ("1.0", 8 * 1024 * 1024)):
        with Raw(server.url) as client:
            client.send(
                f"GET /stream?sent={tmp_path}/sent HTTP/{version}\r\nHost: test\r\n\r\n".encode()
            )
            assert len(client.response().body) == length


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        (b"Content-Length: 3\r\nTransfer-Encoding: chunked", 400),
        (b"Transfer-Encoding: chunked\r\nContent-Length: 3", 400),
        (b"Content-Length: 3\r\nContent-Length: 3", 400),
        (b"Content-Length: 3\r\nContent-Length: 4", 400),
        (b"Content-Length: 3, 3", 400),
        (b"Content-Length: +3", 400),
        (b"Content-Length: 0x3", 400),
        (b"Content-Length: -3", 400),
        (b"Content-Length:", 400),
        (b"Content-Length: 99999999999999999999", 400),
        (b"Transfer-Encoding: gzip, chunked", 501),
        (b"Transfer-Encoding: chunked, gzip", 400),
        (b"Transfer-Encoding: xchunked", 400),
        (b"Transfer-Encoding: identity", 400),
        (b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", 400),
        (b"Transfer-Encoding : chunked", 400),
        (b"Transfer-Encoding: chunked\r\nUpgrade: a\r\nConnection: upgrade", 400),
        (b"X: a\r\n b", 400),
        (b"X: a\nY: b", 400),
        (b"X: a\rY: b", 400),
        (b"X: a\x00b", 400),
        (b"X", 400),
        (b": a", 400),
        (b"\xc3\xa9: a", 400),
        (b"Host: other", 400),
        (b"Content-Type: a\r\nContent-Type: b", 400),
        (b"Expect: something", 417),
        (b"X: " + b"a" * MAX_HEAD_BYTES, 431),
        (b"X: a\r\n" * 100 + b"Y: b", 431),
        (b"\r\n".join(b"X%d: " % n + b"a" * 4000 for n in range(20)), 431),
    ],
)
def test_ambiguous_or_oversized_headers_are_refused(server: Gunicorn, fields: bytes, status: int):
    expect_refusal(server, POST + fields + b"\r\n\r\n", status)


@pytest.mark.parametrize(
    ("line", "status"),
    [
        (b"GET /", 400),
        (b"GET / HTTP/2.0", 400),
        (b"GET / HTTP/0.9", 400),
        (b"GET / HTTP/1.1 ", 400),
        (b"GET /\xff HTTP/1.1", 400),
        (b"GET /a b HTTP/1.1", 400),
        (b"GET * HTTP/1.1", 400),
        (b"GET other:80 HTTP/1.1", 400),
        (b"get / HTTP/1.1", 400),
        (b"G=T / HTTP/1.1", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00", 400),
        (b"GET /" + b"a" * 8190 + b" HTTP/1.1", 414),
    ],
)
def test_malformed_request_lines_are_refused(server: Gunicorn, line: bytes, status: int):
    expect_refusal(server, line + b"\r\nHost: test\r\n\r\n", status)


@pytest.mark.parametrize("head", [b"GET /healthz HTTP/1.1\n\n", b"GET / HTTP/1.1\nHost: a\n\r\n"])
def test_lines_that_end_without_cr_are_refused_at_once(server: Gunicorn, head: bytes):
    expect_refusal(server, head, 400)


def test_an_endless_line_is_refused_before_it_ends(server: Gunicorn):
    expect_refusal(server, b"GET /" + b"a" * 10_000, 414)


def test_endless_headers_are_refused_before_they_end(server: Gunicorn):
    expect_refusal(server, POST + b"X: " + b"a" * (MAX_HEAD_BYTES + 1), 431)


@pytest.mark.parametrize(
    "chunks",
    [
        b"g\r\n",
        b"-1\r\na",
        b"0x1\r\na",
        b"1 \r\na",
        b"1\na\r\n",
        b"1\r\naXX",
        b"1\r\na\n",
        b"11111111111111111\r\n",
        b"0\r\n\n",
    ],
)
def test_malformed_chunks_are_refused(server: Gunicorn, chunks: bytes):
    expect_refusal(server, CHUNKED + chunks, 400, "body_malformed")


@pytest.mark.parametrize("head", [POST + b"Content-Length: 3\r\n\r\n", CHUNKED])
def test_a_body_that_breaks_off_is_refused(server: Gunicorn, head: bytes):
    with Raw(server.url) as client:
        client.send(head + b"2\r")
        client.sock.shutdown(1)
        assert client.response().json()["code"] == "body_malformed"


def test_a_chunked_body_over_the_limit_is_refused(server: Gunicorn):
    chunk = b"100000\r\n" + b"a" * 0x100000 + b"\r\n"
    expect_refusal(server, CHUNKED + chunk * 6, 413)


def test_a_body_of_one_byte_chunks_is_refused_when_it_costs_too_much(server: Gunicorn):
    expect_refusal(server, CHUNKED + b"1\r\na\r\n" * (MAX_BODY_BYTES // 2), 413)


def test_a_body_over_the_limit_is_left_to_the_application_and_dropped(server: Gunicorn):
    """The application knows the limit of each operation, and sends its own 413 response."""
    size = MAX_BODY_BYTES + 1
    with Raw(server.url) as client:
        client.send(POST + f"Content-Length: {size}\r\n\r\n".encode() + b"a" * size)
        response = client.response()
        assert response.json()["CONTENT_LENGTH"] == str(size)
        assert (response.json()["length"], response.headers["connection"]) == (0, "close")
        assert client.is_closed()


def test_the_limit_is_that_of_the_largest_operation():
    assert TASK_ROWS.max_bytes == MAX_BODY_BYTES


def test_a_body_that_is_not_read_does_not_disturb_the_next_request(server: Gunicorn):
    with Raw(server.url) as client:
        client.send(POST.replace(b"/echo", b"/unread") + b"Content-Length: 3\r\n\r\nabc")
        assert client.response().body == b"unread"
        client.get("/healthz")
        assert client.response().body == b"ok"


def test_a_method_unknown_to_the_parser_reaches_the_application(server: Gunicorn):
    with Raw(server.url) as client:
        client.send(b"BREW-IT /echo HTTP/1.1\r\nHost: test\r\n\r\n")
        assert client.response().json()["REQUEST_METHOD"] == "BREW-IT"


def test_an_upgrade_is_ignored(server: Gunicorn):
    with Raw(server.url) as client:
        client.get("/echo", "Connection: Upgrade", "Upgrade: h2c")
        assert client.response().status == 200


@pytest.mark.parametrize(
    ("target", "path", "query"),
    [
        ("/echo?a=1?b", "/echo", "a=1?b"),
        ("http://test/echo?a=1", "/echo", "a=1"),
        ("/echo/%C3%A9", "/echo/Ã©", ""),
        ("/echo#f", "/echo", ""),
    ],
)
def test_the_target_becomes_path_and_query(server: Gunicorn, target: str, path: str, query: str):
    with Raw(server.url) as client:
        client.get(target)
        seen = client.response().json()
        assert (seen["PATH_INFO"], seen["QUERY_STRING"], seen["RAW_URI"]) == (path, query, target)


def test_repeated_headers_are_joined_and_the_client_is_named(server: Gunicorn):
    with Raw(server.url) as client:
        client.get("/echo", "X-A: 1", "X-A: 2", "X-Empty:")
        seen = client.response().json()
        assert (seen["HTTP_X_A"], seen["HTTP_X_EMPTY"]) == ("1,2", "")
        assert (seen["REMOTE_ADDR"], seen["HTTP_HOST"]) == ("127.0.0.1", "test")


def test_a_header_with_an_underscore_is_dropped(server: Gunicorn):
    """It would look like X-Forwarded-For to the application."""
    with Raw(server.url) as client:
        client.get("/echo", "X_Forwarded_For: 1.2.3.4")
        assert "HTTP_X_FORWARDED_FOR" not in client.response().json()


def test_only_trusted_proxies_set_the_scheme(serve: Serve):
    for trusted, scheme in (("127.0.0.1", "https"), ("10.0.0.1", "http")):
        server = serve("--forwarded-allow-ips", trusted)
        with Raw(server.url) as client:
            client.get("/echo", "X-Forwarded-Proto: https")
            assert client.response().json()["wsgi.url_scheme"] == scheme


def test_contradictory_scheme_headers_are_refused(server: Gunicorn):
    fields = b"X-Forwarded-Proto: https\r\nX-Forwarded-Ssl: off\r\n\r\n"
    expect_refusal(server, b"GET /echo HTTP/1.1\r\nHost: test\r\n" + fields, 400)


def test_an_error_of_the_application_is_500_and_logged(server: Gunicorn):
    with Raw(server.url) as client:
        client.get("/crash")
        response = client.response()
        assert (response.status, response.json()["code"]) == (500, "internal")
        assert client.is_closed()
    wait_until(lambda: "RuntimeError: a bug of the application" in server.log)


@pytest.mark.parametrize("path", ["/crash_late", "/short"])
def test_a_response_that_breaks_off_is_not_taken_for_complete(server: Gunicorn, path: str):
    with Raw(server.url) as client:
        client.get(path)
        with pytest.raises(ConnectionError):
            client.response()


def test_a_unix_socket_can_be_used(serve: Serve, tmp_path: Path):
    path = tmp_path / "socket"
    server = serve("--bind", f"unix:{path}")
    with Raw(server.url, unix=str(path)) as client:
        client.get("/echo")
        assert client.response().json()["REMOTE_ADDR"] == ""


def test_the_workers_may_have_sockets_of_their_own(serve: Serve):
    server = serve("--reuse-port", workers=2)
    for _ in range(20):
        with Raw(server.url) as client:
            client.get("/healthz")
            assert client.response().body == b"ok"


@pytest.mark.parametrize("name", ["WEB_IO_SECONDS", "CHAT_STREAMS"])
@pytest.mark.parametrize("value", ["many", "-1", "1e9"])
def test_an_invalid_setting_stops_the_start(serve: Serve, name: str, value: str):
    with pytest.raises(ProcessError, match=f"Invalid setting: {name} is '{value}'") as error:
        serve(env={name: value})
    assert "Traceback" not in str(error.value)


@pytest.mark.parametrize("option", ["--certfile=README.md", "--proxy-protocol=v1"])
def test_settings_that_need_another_worker_class_stop_the_start(serve: Serve, option: str):
    with pytest.raises(ProcessError, match="needs --worker-class gthread"):
        serve(option)


def test_the_access_log_has_one_line_per_response(server: Gunicorn):
    with Raw(server.url) as client:
        client.get("/healthz/logged%0Aforged?secret")
        client.response()
    wait_until(lambda: "forged" in server.log)
    (line,) = [line for line in server.log.splitlines() if "forged" in line]
    pattern = r'127\.0\.0\.1 "GET /healthz/logged%0Aforged" 200 2 [0-9]+ms \[an-id\]'
    assert re.fullmatch(pattern, line)


def test_the_access_log_may_have_another_format(serve: Serve):
    server = serve("--access-logformat", "%(r)s %(q)s %({user-agent}i)s %({x-request-id}o)s %(D)s")
    with Raw(server.url) as client:
        client.get("/healthz?q", 'User-Agent: a"b')
        client.response()
    wait_until(lambda: 'GET /healthz?q HTTP/1.1 q a\\"b an-id ' in server.log)


def expect_refusal(server: Gunicorn, data: bytes, status: int, code: str = "") -> None:
    """Send ``data``; expect one problem, one line in the log, and the end of the connection."""
    with Raw(server.url) as client:
        client.send(data)
        response = client.response()
        problem = response.json()
        assert (response.status, problem["status"]) == (status, status)
        assert response.headers["content-type"] == "application/problem+json"
        assert problem["request_id"] == response.headers["x-request-id"]
        assert code in ("", problem["code"])
        assert response.headers["connection"] == "close"
    wait_until(lambda: f"[{problem['request_id']}]" in server.log)
    (line,) = [line for line in server.log.splitlines() if problem["request_id"] in line]
    assert f'" {status} {len(response.body)} 0ms [' in line
