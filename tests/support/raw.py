"""Connections for tests that write and read HTTP themselves."""

import json
import socket
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlsplit


@dataclass(frozen=True)
class RawResponse:
    """A response as it arrived; the names of ``headers`` are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """Return the JSON value of the body."""
        return json.loads(self.body)


class Raw:
    """A connection to a server, by default on TCP."""

    def __init__(
        self,
        url: str,
        *,
        receive_buffer: int | None = None,
        source: str | None = None,
        unix: str | None = None,
    ) -> None:
        parts = urlsplit(url)
        self.sock = socket.socket(socket.AF_UNIX if unix else socket.AF_INET)
        self.sock.settimeout(20)
        if receive_buffer is not None:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        if source is not None:
            self.sock.bind((source, 0))
        try:
            self.sock.connect(unix or (parts.hostname, parts.port))
        except OSError:
            self.sock.close()
            raise
        self._read = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.sock.close()

    def send(self, data: bytes) -> None:
        """Send ``data``."""
        self.sock.sendall(data)

    def get(self, path: str, *headers: str) -> None:
        """Send a GET request."""
        fields = "".join(f"{field}\r\n" for field in ("Host: test", *headers))
        self.send(f"GET {path} HTTP/1.1\r\n{fields}\r\n".encode())

    def response(self, *, has_body: bool = True) -> RawResponse:
        """Read one response; raise ConnectionError if the connection closes before its end."""
        status, headers = self.head()
        if not has_body:
            return RawResponse(status, headers, b"")
        if headers.get("transfer-encoding") == "chunked":
            return RawResponse(status, headers, b"".join(iter(self.chunk, b"")))
        if "content-length" in headers:
            return RawResponse(status, headers, self._exactly(int(headers["content-length"])))
        return RawResponse(status, headers, self.rest())

    def head(self) -> tuple[int, dict[str, str]]:
        """Read the head of a response."""
        lines = self._until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        fields = (line.split(": ", 1) for line in lines[1:] if line)
        return int(lines[0].split()[1]), {name.lower(): value for name, value in fields}

    def chunk(self) -> bytes:
        """Read one chunk of a chunked body; the last one is empty."""
        size = int(self._until(b"\r\n"), 16)
        return self._exactly(size + 2)[:size]

    def rest(self) -> bytes:
        """Read until the server closes the connection."""
        while data := self.sock.recv(65536):
            self._read += data
        rest, self._read = self._read, b""
        return rest

    def is_closed(self) -> bool:
        """Return whether the server closes the connection without sending anything more."""
        try:
            return not self._read and self.sock.recv(1) == b""
        except ConnectionResetError:
            return True

    def _until(self, end: bytes) -> bytes:
        while end not in self._read:
            self._receive()
        found, _, self._read = self._read.partition(end)
        return found

    def _exactly(self, size: int) -> bytes:
        while len(self._read) < size:
            self._receive()
        found, self._read = self._read[:size], self._read[size:]
        return found

    def _receive(self) -> None:
        data = self.sock.recv(65536)
        if not data:
            raise ConnectionError("the server closed the connection")
        self._read += data
