"""An issuer with selectable faults, over real HTTP with real keys and signatures.

Tests use this issuer only for cases that a real Better Auth server can't produce. All other tests
use a real Better Auth server.
"""

import base64
import json
import ssl
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import get_default_algorithms

from support.http_server import HttpServer

_KEY_GENERATORS: dict[str, Callable[[], Any]] = {
    "EdDSA": ed25519.Ed25519PrivateKey.generate,
    "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "ES384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "ES512": lambda: ec.generate_private_key(ec.SECP521R1()),
    "RS256": lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048),
    "PS256": lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048),
}


@dataclass
class SigningKey:
    """A key pair that signs with ``algorithm``, a JWS algorithm name."""

    kid: str
    algorithm: str = "EdDSA"
    private: Any = None

    def __post_init__(self) -> None:
        self.private = self.private or _KEY_GENERATORS[self.algorithm]()

    def jwk(self, **members: Any) -> dict[str, Any]:
        """Return the public JWK as Better Auth publishes it, with ``members`` replaced."""
        algorithm = get_default_algorithms()[self.algorithm]
        public: dict[str, Any] = algorithm.to_jwk(self.private.public_key(), as_dict=True)
        public.pop("key_ops", None)
        return {"alg": self.algorithm, **public, "kid": self.kid, **members}

    def sign(self, message: bytes) -> bytes:
        """Return the raw signature over ``message``."""
        return get_default_algorithms()[self.algorithm].sign(message, self.private)


def encode(data: bytes | dict[str, Any]) -> str:
    """Return bytes, or a dictionary as JSON, in base64url without padding."""
    if isinstance(data, dict):
        data = json.dumps(data).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@dataclass
class Reply:
    """The response of the issuer to a request for its key set.

    ``before`` runs before the response and may block. ``write`` writes the body to the stream.
    """

    body: bytes
    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})
    before: Callable[[], object] = lambda: None
    write: Callable[[Any, bytes], object] = lambda stream, data: stream.write(data)


# Responses without a usable key set.
BROKEN = [
    Reply(b"", 500),
    Reply(b"", 404),
    Reply(b"", 429, {"Retry-After": "1"}),
    Reply(b"", 302, {"Location": "/elsewhere"}),
    Reply(b"<!doctype html>", headers={"Content-Type": "text/html"}),
    Reply(b""),
    Reply(b"{"),
    Reply(b"[]"),
    Reply(b'{"keys":[]}'),
    Reply(b'{"keys":[{"kty":"oct"}]}'),
    Reply(b'{"keys":' + b"[" * 100_000),
    Reply(b" " * (1 << 21)),
]


class FaultyIssuer(HttpServer):
    """An issuer that publishes ``keys`` and signs with the last key.

    ``reply`` replaces the response with the key set. ``asked`` counts the requests for the key set.
    With ``tls``, the issuer serves https.
    """

    def __init__(self, *keys: SigningKey, tls: ssl.SSLContext | None = None) -> None:
        self.keys = list(keys or [SigningKey("key-1")])
        self.reply: Reply | None = None
        self.asked = 0
        self.user_uuid = str(uuid.uuid4())
        super().__init__(self._handler())
        self.url = f"http://{self.address}"
        if tls:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True)
            self.url = f"https://localhost:{self.server.server_port}"
        self.jwks_url = f"{self.url}/api/auth/jwks"

    def key_set(self) -> bytes:
        """Return the published key set as JSON."""
        return json.dumps({"keys": [key.jwk() for key in self.keys]}).encode()

    def claims(self, **changes: Any) -> dict[str, Any]:
        """Return the claims of Better Auth's JWT plugin with ``changes``; None removes a claim."""
        now = int(time.time())
        claims = {
            "iat": now,
            "exp": now + 900,
            "iss": self.url,
            "aud": self.url,
            "sub": "w3kPzu0Yc7WbQn5o2HXhJdV9tRsLmA8E",
            "name": "Ada",
            "email": "ada@example.com",
            "emailVerified": False,
            "uuid": self.user_uuid,
            **changes,
        }
        return {name: value for name, value in claims.items() if value is not None}

    def token(self, *, header: dict[str, Any] | None = None, **changes: Any) -> str:
        """Return a signed token; ``header`` replaces the whole header."""
        key = self.keys[-1]
        if header is None:
            header = {"alg": key.algorithm, "kid": key.kid}
        return self.signed(encode(header), encode(self.claims(**changes)))

    def signed(self, header: str, payload: str) -> str:
        """Return a token of the encoded header and payload, with a valid signature."""
        message = f"{header}.{payload}"
        return f"{message}.{encode(self.keys[-1].sign(message.encode()))}"

    def rotate(self, kid: str, algorithm: str = "EdDSA") -> None:
        """Sign with a new key from now on; the old keys stay published."""
        self.keys.append(SigningKey(kid, algorithm))

    def _handler(issuer: "FaultyIssuer") -> type[BaseHTTPRequestHandler]:  # noqa: N805
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                issuer.asked += 1
                reply = issuer.reply or Reply(issuer.key_set())
                reply.before()
                self.send_response_only(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                if "Content-Length" not in reply.headers:
                    self.send_header("Content-Length", str(len(reply.body)))
                self.end_headers()
                reply.write(self.wfile, reply.body)

            def handle(self) -> None:
                try:
                    super().handle()
                except OSError:
                    return  # the client closed the connection, for example after a timeout

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Log nothing: tests count the requests instead."""

        return Handler


def hs256_token(secret: str = "a home-made secret of 32 bytes and more", **claims: Any) -> str:
    """Return a token as a home-made token endpoint would sign it: HS256, without a kid."""
    return jwt.encode(claims, secret, "HS256")
