"""Stops, reloads and events that streams need to know."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import psutil
import pytest
from support.processes import Gunicorn, wait_until
from support.raw import Raw

from .conftest import Serve

CLIENTS = 8


def test_a_stopping_worker_finishes_its_request_and_refuses_connections(
    serve: Serve, tmp_path: Path
):
    server = serve()
    with Raw(server.url) as client:
        client.get(f"/wait?begun={tmp_path}/begun&go={tmp_path}/go")
        wait_until((tmp_path / "begun").exists)
        os.kill(server.pid, signal.SIGTERM)
        wait_until(lambda: is_refused(server))
        (tmp_path / "go").touch()
        response = client.response()
        assert (response.body, response.headers["connection"]) == (b"waited", "close")
        assert client.is_closed()
    wait_until(lambda: "Shutting down: Master" in server.log)


def is_refused(server: Gunicorn) -> bool:
    """Return whether a new connection is refused; it may be served, but never reset."""
    try:
        with Raw(server.url) as client:
            client.get("/healthz")
            assert client.response().body == b"ok"
    except ConnectionRefusedError:
        return True
    return False


def test_slow_clients_do_not_delay_a_stop(serve: Serve):
    server = serve(env={"WEB_IO_SECONDS": "0.5"})
    with Raw(server.url) as head, Raw(server.url) as body, Raw(server.url) as idle:
        head.send(b"GET /healthz HTTP/1.1\r\n")
        body.send(b"POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: 10\r\n\r\na")
        idle.get("/healthz")
        idle.response()
        os.kill(server.pid, signal.SIGTERM)
        assert head.response().status == 408
        assert body.response().status == 408
        assert idle.is_closed()
    wait_until(lambda: "Shutting down: Master" in server.log)
    assert "SIGKILL" not in server.log


def test_a_request_on_an_open_connection_is_served_while_the_worker_stops(
    serve: Serve, tmp_path: Path
):
    server = serve()
    with Raw(server.url) as client, Raw(server.url) as waiting:
        client.get("/healthz")
        client.response()
        waiting.get(f"/wait?begun={tmp_path}/begun&go={tmp_path}/go")
        wait_until((tmp_path / "begun").exists)
        os.kill(server.pid, signal.SIGTERM)
        wait_until(lambda: is_refused(server))
        client.get("/healthz")
        response = client.response()
        assert (response.body, response.headers["connection"]) == (b"ok", "close")
        (tmp_path / "go").touch()


@pytest.mark.parametrize("args", [[], ["--preload"]], ids=["forked", "preloaded"])
def test_no_request_fails_during_reloads(serve: Serve, args: list[str]):
    server = serve(*args, workers=2)
    is_over = Event()

    def send_requests(keep_alive: bool) -> int:  # noqa: FBT001
        number = 0
        while not is_over.is_set():
            with Raw(server.url) as client:
                for _ in range(20 if keep_alive else 1):
                    client.get("/healthz")
                    response = client.response()
                    assert response.body == b"ok"
                    number += 1
                    if response.headers["connection"] == "close":
                        break
        return number

    with ThreadPoolExecutor(CLIENTS) as pool:
        counts = [pool.submit(send_requests, number % 2 == 0) for number in range(CLIENTS)]
        try:
            for _ in range(3):
                before = workers(server)
                os.kill(server.pid, signal.SIGHUP)
                wait_until(lambda: len(workers(server)) == 2 and not before & workers(server))  # noqa: B023
        finally:
            is_over.set()
        assert all(count.result() > 0 for count in counts)
    assert "Traceback" not in server.log


def workers(server: Gunicorn) -> set[int]:
    return {child.pid for child in psutil.Process(server.pid).children()}


def test_a_worker_is_replaced_after_its_number_of_requests(serve: Serve):
    server = serve("--max-requests", "5")
    before = workers(server)
    for _ in range(5):
        is_refused(server)
    wait_until(lambda: bool(workers(server)) and not before & workers(server))
    assert is_refused(server) is False


def test_a_quick_stop_does_not_wait_for_requests(serve: Serve, tmp_path: Path):
    server = serve()
    with Raw(server.url) as client:
        client.get(f"/wait?begun={tmp_path}/begun&go={tmp_path}/go")
        wait_until((tmp_path / "begun").exists)
        os.kill(server.pid, signal.SIGQUIT)
        wait_until(lambda: "Shutting down: Master" in server.log)
        assert client.is_closed()


def test_a_stream_sends_each_chunk_at_once_and_ends_when_its_client_leaves(
    server: Gunicorn, tmp_path: Path
):
    with Raw(server.url) as client:
        client.get(f"/events?end={tmp_path}/end")
        assert client.head()[0] == 200
        assert client.chunk() == b"data: first\n\n"
    wait_until((tmp_path / "end").exists)
    assert (tmp_path / "end").read_text() == "gone"


def test_streams_see_that_the_worker_stops(serve: Serve, tmp_path: Path):
    server = serve()
    with Raw(server.url) as client:
        client.get(f"/events?end={tmp_path}/end")
        client.head()
        assert client.chunk() == b"data: first\n\n"
        os.kill(server.pid, signal.SIGHUP)
        assert client.chunk() == b"data: stopping\n\n"
        assert client.chunk() == b""
    assert (tmp_path / "end").read_text() == "stopping"


def test_streams_do_not_take_the_threads_of_requests(serve: Serve, tmp_path: Path):
    server = serve(threads=1, env={"CHAT_STREAMS": "4"})
    with Raw(server.url) as first, Raw(server.url) as second:
        for number, client in enumerate((first, second)):
            client.get(f"/events?end={tmp_path}/{number}")
            client.head()
            assert client.chunk() == b"data: first\n\n"
        assert is_refused(server) is False


def test_a_paused_stream_is_closed_when_its_client_leaves(serve: Serve, tmp_path: Path):
    server = serve()
    with Raw(server.url, receive_buffer=4096) as client:
        client.get(f"/stream?sent={tmp_path}/sent")
        client.head()
    wait_until(lambda: '"GET /stream" 200' in server.log)
    assert int((tmp_path / "sent").read_text()) < 2047
    assert "Traceback" not in server.log
