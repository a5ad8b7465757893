"""A server between the front end and the service, for answers that the service gives only rarely.

It forwards each request to the service. A test can take over the next requests that stream an
answer: to refuse them, to send words one by one, or to cut the connection.
"""

import json
import select
import socket
import threading
from collections import deque
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Any

from support.http_server import HttpServer
from support.processes import free_port, local_session

STREAMED = {
    "threads.create",
    "threads.add_user_message",
    "threads.retry_after_item",
    "threads.custom_action",
}
WAIT_SECONDS = 20
FORWARDED = ("Accept", "Authorization", "Content-Type", "If-Match", "If-None-Match")

Event = dict[str, Any]


class Exchange:
    """One request to the chat endpoint, which a test answers."""

    def __init__(self, handler: "_Handler", body: bytes) -> None:
        self._handler = handler
        self._body = body
        self.request: dict[str, Any] = json.loads(body)
        self.authorization = handler.headers.get("Authorization", "")
        self.path = handler.path
        self.has_left = threading.Event()
        """Set after `wait_until_left` has seen that the front end closed the connection."""

    def refuse(self, status: int, code: str, **headers: str) -> None:
        """Respond with a problem."""
        body = {"type": "about:blank", "title": "", "status": status, "detail": "", "code": code}
        self._handler.respond(
            status,
            json.dumps(body | {"request_id": "r-1"}).encode(),
            {"Content-Type": "application/problem+json"}
            | {name.replace("_", "-"): value for name, value in headers.items()},
        )

    def start(self, **headers: str) -> None:
        """Begin a stream of events."""
        self._handler.begin_stream(
            200, {"Content-Type": "text/event-stream", "Cache-Control": "no-cache"} | headers
        )

    def send(self, *events: Event | bytes) -> None:
        """Send events, or bytes as they are."""
        for event in events:
            data = (
                event if isinstance(event, bytes) else b"data: %s\n\n" % json.dumps(event).encode()
            )
            self._handler.write_chunk(data)

    def end(self) -> None:
        """End the stream."""
        self._handler.write_chunk(b"")

    def cut(self) -> None:
        """Close the connection before the end of the stream."""
        self._handler.close_connection = True

    def forward(self, cut_after: int | None = None) -> None:
        """Send the response of the service: all of it, or its first events only."""
        self._handler.forward(self._body, cut_after)

    def wait_until_left(self) -> None:
        """Return when the front end has closed the connection."""
        select.select([self._handler.connection], [], [], WAIT_SECONDS)
        if self._handler.connection.recv(1, socket.MSG_PEEK) == b"":
            self.has_left.set()


class ChatServer(HttpServer):
    """The service, with a chat endpoint that a test can take over."""

    def __init__(self, service_url: str) -> None:
        self.service_url = service_url
        self.exchanges: list[Exchange] = []
        """All requests to the chat endpoint, in their order."""
        self.answers: deque[Callable[[Exchange], None]] = deque()
        """What answers the next requests for a stream. After that, the service does."""
        super().__init__(_Handler, free_port())
        self.url = f"http://{self.address}"
        self.server.chat = self  # type: ignore[attr-defined]

    def streams(self) -> list[Exchange]:
        """Return the requests for a stream."""
        return [one for one in self.exchanges if one.request["type"] in STREAMED]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the name in the base class)
        """Stay silent."""

    def _handle(self) -> None:
        chat: ChatServer = self.server.chat  # type: ignore[attr-defined]
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.headers.get("Transfer-Encoding") == "chunked":
            body = self._read_chunks()
        if not self.path.split("?")[0].endswith("/chat"):
            self.forward(body)
            return
        exchange = Exchange(self, body)
        chat.exchanges.append(exchange)
        if exchange.request["type"] in STREAMED and chat.answers:
            chat.answers.popleft()(exchange)
        else:
            exchange.forward()

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _handle  # noqa: N815

    def _read_chunks(self) -> bytes:
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def forward(self, body: bytes, cut_after: int | None = None) -> None:
        chat: ChatServer = self.server.chat  # type: ignore[attr-defined]
        headers = {name: self.headers[name] for name in FORWARDED if name in self.headers}
        with local_session() as http:
            response = http.request(
                self.command,
                chat.service_url + self.path,
                headers=headers,
                data=body or None,
                stream=True,
                timeout=60,
            )
            skipped = {"transfer-encoding", "connection", "content-length"}
            kept = {
                name: value
                for name, value in response.headers.items()
                if name.lower() not in skipped
            }
            if response.headers.get("Content-Type") != "text/event-stream":
                self.respond(response.status_code, response.content, kept)
                return
            self.begin_stream(response.status_code, kept)
            # With the first bytes, the browser has the response. Without them, Chromium sends the
            # request again by itself if the connection is lost.
            self.write_chunk(b":\n\n")
            is_cut = False
            for number, event in enumerate(response.iter_lines(delimiter=b"\n\n")):
                if number == cut_after:
                    is_cut = True
                if event and not is_cut:
                    self.write_chunk(event + b"\n\n")
            # The service has done its work: only the connection to the browser is lost.
            if is_cut:
                self.close_connection = True
            else:
                self.write_chunk(b"")

    def respond(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def begin_stream(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def write_chunk(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()
