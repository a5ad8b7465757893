"""Slow and hostile clients: others are served, and deadlines end what the clients began."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
import pytest
from support.processes import Gunicorn, wait_until
from support.raw import Raw

from .conftest import Serve, connections

ATTACKERS = 500
OTHERS = 20
SECONDS = 5  # less than the deadlines of the attackers, and enough for a busy machine
BODY = b"POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: 1000000\r\n\r\n"
PARTS = {
    "nothing": b"",
    "half a request line": b"GET /heal",
    "half a header": b"GET /healthz HTTP/1.1\r\nHost: te",
    "half a body": BODY + b"a" * 10_000,
    "half a chunked body": BODY.replace(b"Content-Length: 1000000", b"Transfer-Encoding: chunked")
    + b"10\r\naaaa",
}


@contextmanager
def attackers(server: Gunicorn, number: int = ATTACKERS) -> Iterator[list[Raw]]:
    """Open connections with small receive buffers, from many addresses of the loopback network."""
    with ExitStack() as stack:
        yield [
            stack.enter_context(
                Raw(server.url, receive_buffer=4096, source=f"127.1.{n % 200}.{n % 250 + 1}")
            )
            for n in range(number)
        ]


def expect_service(server: Gunicorn) -> None:
    """Expect responses in time, on new connections and on one that stays open."""
    with Raw(server.url) as open_connection:
        open_connection.sock.settimeout(SECONDS)
        for _ in range(OTHERS):
            expect_response(server)
            open_connection.get("/healthz")
            assert open_connection.response().body == b"ok"


def expect_response(server: Gunicorn) -> None:
    with Raw(server.url) as client:
        client.sock.settimeout(SECONDS)
        client.get("/healthz")
        assert client.response().body == b"ok"


@pytest.mark.parametrize("kind", PARTS)
def test_others_are_served_while_requests_stay_incomplete(server: Gunicorn, kind: str):
    with attackers(server) as clients:
        for client in clients:
            client.send(PARTS[kind])
        expect_service(server)


def test_others_are_served_while_connections_are_idle_after_a_response(server: Gunicorn):
    with attackers(server) as clients:
        for client in clients:
            client.get("/healthz")
            assert client.response().body == b"ok"
        expect_service(server)


@pytest.mark.parametrize("data", [PARTS["half a header"] * 3, BODY], ids=["header", "body"])
def test_others_are_served_while_requests_arrive_byte_by_byte(server: Gunicorn, data: bytes):
    with attackers(server) as clients:
        for byte in data[:40]:
            for client in clients:
                client.send(bytes([byte]))
        expect_service(server)


@pytest.mark.parametrize("path", ["/big", "/stream?sent={}/sent"])
def test_others_are_served_while_clients_do_not_read(serve: Serve, tmp_path: Path, path: str):
    server = serve(threads=2, env={"CHAT_STREAMS": "1"})
    with attackers(server) as clients:
        for client in clients:
            client.get(path.format(tmp_path))
        expect_service(server)


def test_the_memory_for_clients_that_do_not_read_is_bounded(serve: Serve):
    """500 responses of 1 MiB would take 500 MiB."""
    server = serve()
    (worker,) = psutil.Process(server.pid).children()
    with attackers(server) as clients:
        for client in clients:
            client.get("/big")
        wait_until(lambda: server.log.count('"GET /big" 200') > ATTACKERS / 2)
        expect_service(server)
        assert worker.memory_info().rss < 200 * 1024 * 1024


def test_a_stream_pauses_without_a_thread_while_its_client_does_not_read(
    serve: Serve, tmp_path: Path
):
    server = serve(env={"CHAT_STREAMS": "1", "WEB_IO_SECONDS": "300"})
    with attackers(server, 20) as clients:
        for number, client in enumerate(clients):
            client.get(f"/stream?sent={tmp_path}/{number}")
        for client in clients:
            assert client.head()[0] == 200
        with Raw(server.url) as reader:
            reader.get(f"/stream?sent={tmp_path}/read")
            assert len(reader.response().body) == 8 * 1024 * 1024
        assert all(int((tmp_path / str(number)).read_text()) < 2047 for number in range(20))
        assert sum(map(len, iter(clients[0].chunk, b""))) == 8 * 1024 * 1024


def test_the_oldest_idle_connections_are_closed_for_new_ones(serve: Serve):
    server = serve("--worker-connections", "50")
    with Raw(server.url) as busy, ExitStack() as stack:
        busy.send(BODY.replace(b"\r\n\r\n", b"\r\nExpect: 100-continue\r\n\r\n"))
        assert busy.head()[0] == 100
        clients = stack.enter_context(attackers(server, 100))
        for client in clients:
            client.send(b"GET")
        for _ in range(OTHERS):
            expect_response(server)
        assert clients[0].is_closed()
        busy.send(b"a" * 1_000_000)
        assert busy.response().json()["length"] == 1_000_000


def test_a_worker_full_of_slow_uploads_closes_some_for_new_connections(serve: Serve):
    server = serve("--worker-connections", "50")
    with attackers(server, 100) as clients:
        for client in clients:
            client.send(BODY)
        for _ in range(OTHERS):
            expect_response(server)
        assert connections(server)[0] <= 50


def test_more_connections_than_files_are_no_error(serve: Serve):
    server = serve()
    (worker,) = psutil.Process(server.pid).children()
    worker.rlimit(psutil.RLIMIT_NOFILE, (100, 100))
    with attackers(server, 200):
        expect_service(server)
    assert "Traceback" not in server.log


@pytest.mark.parametrize("kind", PARTS)
def test_incomplete_requests_end_at_the_deadline(serve: Serve, kind: str):
    server = serve(env={"WEB_IO_SECONDS": "0.5"})
    with Raw(server.url) as client:
        client.send(PARTS[kind])
        if kind == "nothing":
            assert client.is_closed()
            return
        response = client.response()
        assert (response.status, response.json()["code"]) == (408, "request_timeout")
        assert client.is_closed()
    wait_until(lambda: f" 408 {len(response.body)} 0ms" in server.log)


def test_a_client_that_does_not_read_is_closed_at_the_deadline(serve: Serve, tmp_path: Path):
    server = serve(env={"WEB_IO_SECONDS": "0.5"})
    with Raw(server.url, receive_buffer=4096) as client:
        client.get(f"/stream?sent={tmp_path}/sent")
        wait_until(lambda: '"GET /stream" 200' in server.log)
        with pytest.raises(ConnectionError):
            client.response()


def test_small_packets_of_a_head_do_not_cost_quadratic_time(server: Gunicorn):
    """Each packet is searched once: 60,000 of them, not the whole head 60,000 times."""
    (worker,) = psutil.Process(server.pid).children()
    before = sum(worker.cpu_times()[:2])
    with Raw(server.url) as client:
        client.send(b"GET /healthz HTTP/1.1\r\nHost: test\r\nX: ")
        for _ in range(3_000):
            client.send(b"a" * 20)
        client.send(b"\r\n\r\n")
        assert client.response().body == b"ok"
    assert sum(worker.cpu_times()[:2]) - before < 2
