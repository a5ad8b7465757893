"""Requests: parsed by llhttp (httptools), with gunicorn's rules for header fields."""

import re
from typing import IO, Any

import httptools
from gunicorn.config import Config
from gunicorn.http import errors
from gunicorn.http.message import RFC9112_TARGET_INVALID, Message
from gunicorn.util import split_request_uri

from .refusals import Refused, body_malformed, body_too_large, head_too_large, malformed

# The token of a user (16 KiB at most) decides the size; other headers are far smaller.
MAX_HEAD_BYTES = 64 * 1024
MAX_BODY_BYTES = 5 * 1024 * 1024
_VERSIONS = {"1.0": (1, 0), "1.1": (1, 1)}
_OTHER_METHOD = re.compile(rb"[A-Z][A-Z-]{2,19} ")


class Request(Message):  # type: ignore[misc]
    """A request with a complete head, in the shape that gunicorn's WSGI functions expect.

    ``length`` is the Content-Length, None if the body is chunked. Raises ``Refused``.
    """

    def __init__(self, cfg: Config, client: Any, trusted: tuple[Any, Any], head: bytes) -> None:
        # Message.__init__ is not called: it reads the request from a blocking socket.
        self.cfg = cfg
        self.peer_addr = self.remote_addr = client
        self.headers: list[tuple[str, str]] = []
        self.trailers: list[tuple[str, str]] = []
        self.body: IO[bytes]
        self.scheme = "http"
        self.must_close = False
        self._expected_100_continue = False
        self.proxy_protocol_info = None
        self._fields: list[tuple[bytes, bytes]] = []
        self._target = b""
        self._parser = httptools.HttpRequestParser(self)
        method = self._parse_head(head)
        version = self._parser.get_http_version()
        if version not in _VERSIONS:
            raise malformed("Only HTTP/1.0 and HTTP/1.1 are supported.")
        self.method = method.decode("ascii")
        self.version = _VERSIONS[version]
        self._set_target()
        self._set_headers(trusted)
        self.length = self._body_length()
        if self.length is not None:
            del self._parser  # it refers to this request, and gc would have to find the cycle

    def take_expectation(self) -> bool:
        """Return whether the client waits for "100 Continue", so that gunicorn does not send it."""
        expects, self._expected_100_continue = self._expected_100_continue, False
        return expects

    def chunk_decoder(self, received: Any) -> "ChunkDecoder":
        """Return the decoder of a chunked body; ``received`` is called with each piece."""
        return ChunkDecoder(self, self._parser, received)

    # Called by the parser.
    def on_url(self, url: bytes) -> None:
        self._target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self._fields.append((name, value))

    def on_body(self, piece: bytes) -> None:
        self.received(piece)

    def on_message_complete(self) -> None:
        self.is_complete = True

    def on_message_begin(self) -> None:
        self.has_successor = self.is_complete

    is_complete = False
    has_successor = False
    received: Any = None

    def _parse_head(self, head: bytes) -> bytes:
        """Parse the head; return the method."""
        method, _, rest = head.partition(b" ")
        try:
            self._parser.feed_data(head)
        except httptools.HttpParserUpgrade:
            # Upgrades are ignored: RFC 9110, section 7.8. The parser can't decode chunks after one.
            self.must_close = True
        except httptools.HttpParserInvalidMethodError as error:
            if not _OTHER_METHOD.match(head):
                raise malformed(f"{error}.") from None
            # llhttp knows a fixed set of methods, but the application responds to all (with 405).
            self._parser = httptools.HttpRequestParser(self)
            self._parse_head(b"POST " + rest)
        except httptools.HttpParserError as error:
            raise malformed(f"{error}.") from None
        return method

    def _set_target(self) -> None:
        self.uri = uri = self._target.decode("latin-1")
        if (
            RFC9112_TARGET_INVALID.search(uri)
            or not uri
            or (uri == "*" and self.method != "OPTIONS")
        ):
            raise malformed("The request target is invalid.")
        if uri.startswith("/") and not uri.startswith("//") and "#" not in uri:
            # urlsplit takes four times as long as this for the same result.
            self.path, _, self.query = uri.partition("?")
            self.fragment = ""
            return
        try:
            parts = split_request_uri(uri)
        except ValueError:
            raise malformed("The request target is invalid.") from None
        self.path, self.query, self.fragment = parts.path, parts.query, parts.fragment

    def _set_headers(self, trusted: tuple[Any, Any]) -> None:
        scheme_state, seen = [False], set[str]()
        try:
            for name, value in self._fields:
                kept = self._apply_header_policy(
                    name.decode("ascii").upper(),
                    value.decode("latin-1").strip(" \t"),
                    scheme_state,
                    seen,
                    *trusted,
                )
                if kept is not None:
                    self.headers.append(kept)
        except errors.ExpectationFailed as error:
            raise Refused(417, "expectation_failed", f"{error}.") from None
        except errors.ParseException as error:
            raise malformed(f"{error}.") from None
        if len(self._fields) > self.cfg.limit_request_fields:
            raise head_too_large("The request has too many header fields.")

    def _body_length(self) -> int | None:
        length: int | None = 0
        for name, value in self.headers:
            if name == "CONTENT-LENGTH":
                length = int(value)  # checked by the parser, as two lengths and other digits are
            elif name == "TRANSFER-ENCODING":
                if value.lower() != "chunked":
                    raise Refused(501, "not_implemented", "Send the body without transfer coding.")
                if self.version < (1, 1) or self.must_close:
                    raise malformed("The request can't have a chunked body.")
                length = None
        return length


class ChunkDecoder:
    """Decodes a chunked body as it arrives."""

    def __init__(self, request: Request, parser: Any, received: Any) -> None:
        self._request = request
        self._parser = parser
        self._raw_bytes = 0
        request.received = received

    def feed(self, data: bytes) -> bool:
        """Decode ``data``; return whether the body is complete. Raises ``Refused``."""
        request = self._request
        self._raw_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            if isinstance(error.__context__, Refused):  # raised by ``received``
                raise error.__context__ from None
            if not request.is_complete:
                raise body_malformed(
                    "The chunks of the body are malformed, or some are missing."
                ) from None
            request.has_successor = True
        # One chunk per byte would cost much more to decode than a body of this size.
        if self._raw_bytes > 2 * MAX_BODY_BYTES:
            raise body_too_large()
        # The parser does not tell where the next request begins, so the connection is closed.
        request.must_close = request.must_close or request.has_successor
        return request.is_complete
