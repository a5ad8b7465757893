"""Measure the cost of verifying a token, compared with other JWT libraries.

All libraries verify the same Ed25519 tokens with the same checks (signature, exp, iss, aud), in
turns, in one process. Results are ratios to a bare signature check of the cryptography package:
the median over all rounds. `make bench` runs this script.
"""

import gc
import json
import statistics
import sys
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import cycle
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import joserfc.jwk
import joserfc.jwt
import jwcrypto.jwk
import jwcrypto.jwt
import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask import Flask
from jwt.algorithms import OKPAlgorithm

from bridge import BetterAuth, jwks, require_user
from bridge.jws import decode_segment
from bridge.settings import Settings
from bridge.tokens import Verifier

ISSUER = "https://app.example.com"
ROUNDS = 200
TOKENS = 300
BATCH = 20
GOALS = {
    "bridge, uncached": 1.15,
    "bridge, cached": 0.012,
    "bridge in Flask, uncached": 1.5,
    "bridge in Flask, cached": 0.15,
}

Verify = Callable[[str], object]


@dataclass(frozen=True)
class Signer:
    """A key pair with its public JWK; creates tokens."""

    private: Ed25519PrivateKey
    kid: str

    @property
    def jwk(self) -> dict[str, Any]:
        public = OKPAlgorithm.to_jwk(self.private.public_key(), as_dict=True)
        return {**public, "alg": "EdDSA", "kid": self.kid}

    def token(self, number: int) -> str:
        now = int(time.time())
        claims = {
            "iat": now,
            "name": "Ada Lovelace",
            "email": "ada@example.com",
            "emailVerified": False,
            "createdAt": "2026-01-01T00:00:00.000Z",
            "updatedAt": "2026-01-01T00:00:00.000Z",
            "uuid": f"00000000-0000-4000-8000-{number:012d}",
            "sub": f"w3kPzu0Yc7WbQn5o2HXhJdV9{number:08d}",
            "exp": now + 3600,
            "iss": ISSUER,
            "aud": ISSUER,
        }
        return jwt.encode(claims, self.private, "EdDSA", {"kid": self.kid, "typ": None})


class StaticKeys:
    """A key source with fixed keys, without a network."""

    def __init__(self, members: list[dict[str, Any]]) -> None:
        self.key_set = jwks.parse(json.dumps({"keys": members}).encode())

    def get(self, kid: str) -> jwks.Key:
        return self.key_set.keys[kid]

    def get_replacement(self, refused: jwks.Key) -> None:
        """No key is replaced."""


def main() -> None:
    signer = Signer(Ed25519PrivateKey.generate(), "key-1")
    with serve_key_set(signer) as url:
        ratios = measure(contenders(signer, url)) | in_flask(signer, url)
    print("Cost of verifying a token, as a ratio to a bare check of its Ed25519 signature\n")
    for name, ratio in ratios.items():
        print(f"{name:<38}{ratio:>8.3f}{goal_result(name, ratio)}")
    print()
    key_count_table()
    print()
    cache_table()


def goal_result(name: str, ratio: float) -> str:
    if name not in GOALS:
        return ""
    reached = "reached" if ratio <= GOALS[name] else "missed"
    return f"   goal {GOALS[name]}: {reached}"


def contenders(signer: Signer, url: str) -> dict[str, tuple[Verify, list[str]]]:
    """Return the verify function and the tokens of each contender, by name."""
    tokens = [signer.token(number) for number in range(TOKENS)]
    public = signer.private.public_key()
    settings = Settings.from_config({"BETTER_AUTH_URL": ISSUER})
    keys = StaticKeys([signer.jwk])
    first = Verifier(replace(settings, token_cache_size=0), keys)
    again = Verifier(settings, keys)
    return {
        "signature": signature_check(signer, tokens),
        "bridge, uncached": (first.verify, tokens),
        "bridge, cached": (again.verify, tokens),
        "PyJWT with PyJWKClient": (with_client(jwt.PyJWKClient(f"{url}/api/auth/jwks")), tokens),
        "PyJWT with a fixed key": (lambda token: with_pyjwt(token, public), tokens),
        "joserfc with a fixed key": (with_joserfc(signer.jwk), tokens),
        "jwcrypto with a fixed key": (with_jwcrypto(signer.jwk), tokens),
    }


def signature_check(signer: Signer, tokens: list[str]) -> tuple[Verify, list[str]]:
    public = signer.private.public_key()
    parts = {}
    for token in tokens:
        message, _, signature = token.rpartition(".")
        parts[token] = decode_segment(signature), message.encode()
    return lambda token: public.verify(*parts[token]), tokens


def with_pyjwt(token: str, key: Any) -> object:
    required = ["exp", "iat", "iss", "aud", "sub"]
    return jwt.decode(
        token, key, ["EdDSA"], options={"require": required}, issuer=ISSUER, audience=ISSUER
    )


def with_client(client: jwt.PyJWKClient) -> Verify:
    return lambda token: with_pyjwt(token, client.get_signing_key_from_jwt(token).key)


def with_joserfc(member: dict[str, Any]) -> Verify:
    key = joserfc.jwk.OKPKey.import_key(member)
    registry = joserfc.jwt.JWTClaimsRegistry(
        iss={"essential": True, "value": ISSUER},
        aud={"essential": True, "value": ISSUER},
        exp={"essential": True},
    )

    def verify(token: str) -> object:
        decoded = joserfc.jwt.decode(token, key, algorithms=["Ed25519", "EdDSA"])
        registry.validate(decoded.claims)
        return decoded.claims

    return verify


def with_jwcrypto(member: dict[str, Any]) -> Verify:
    key = jwcrypto.jwk.JWK(**member)
    claims = {"iss": ISSUER, "aud": ISSUER, "exp": None}

    def verify(token: str) -> object:
        return jwcrypto.jwt.JWT(jwt=token, key=key, check_claims=claims, algs=["EdDSA"]).claims

    return verify


def measure(ways: dict[str, tuple[Verify, list[str]]]) -> dict[str, float]:
    """Return the cost of each way to verify as a ratio to the first way.

    All ways take turns in each round, and the result is the median over the rounds. The rounds are
    short, so other load on the machine affects all ways of a round equally.
    """
    for verify, tokens in ways.values():
        for token in tokens:
            verify(token)
    (base, *_) = ways
    ratios: dict[str, list[float]] = {name: [] for name in ways}
    gc.disable()
    for turn in range(ROUNDS):
        seconds = {}
        for name, (verify, tokens) in ways.items():
            batch = tokens[turn * BATCH % len(tokens) :][:BATCH]
            started = time.perf_counter()
            for token in batch:
                verify(token)
            seconds[name] = time.perf_counter() - started
        for name in ways:
            ratios[name].append(seconds[name] / seconds[base])
        if not turn % 20:
            gc.collect()
    gc.enable()
    return {name: statistics.median(found) for name, found in ratios.items()}


def in_flask(signer: Signer, url: str) -> dict[str, float]:
    """Return the cost that the guard adds to a Flask request."""
    tokens = [signer.token(number) for number in range(TOKENS)]
    ways: dict[str, tuple[Verify, list[str]]] = {"signature": signature_check(signer, tokens)}
    for name, size in (("uncached", 0), ("cached", TOKENS)):
        app = Flask("bench")
        app.config |= {
            "BETTER_AUTH_URL": ISSUER,
            "BETTER_AUTH_JWKS_URL": f"{url}/api/auth/jwks",
            "BETTER_AUTH_TOKEN_CACHE_SIZE": size,
        }
        BetterAuth(app)
        app.get("/bare", endpoint="bare")(lambda: "")
        app.get("/guarded", endpoint="guarded")(require_user(lambda: ""))
        ways[f"bare {name}"] = (request_sender(app, "/bare"), tokens)
        ways[f"guarded {name}"] = (request_sender(app, "/guarded"), tokens)
    found = measure(ways)
    return {
        f"bridge in Flask, {name}": found[f"guarded {name}"] - found[f"bare {name}"]
        for name in ("uncached", "cached")
    }


def request_sender(app: Flask, path: str) -> Verify:
    """Return a function that sends a request with a token straight to the WSGI application."""
    environ = app.test_client().get(path).request.environ

    def send(token: str) -> None:
        statuses = []
        request = {**environ, "HTTP_AUTHORIZATION": f"Bearer {token}"}
        b"".join(app.wsgi_app(request, lambda status, *_: statuses.append(status)))
        assert statuses == ["200 OK"], statuses

    return send


def key_count_table() -> None:
    """Print the cost per token by the size of the key set: it should stay the same."""
    settings = replace(Settings.from_config({"BETTER_AUTH_URL": ISSUER}), token_cache_size=0)
    ways: dict[str, tuple[Verify, list[str]]] = {}
    for count in (1, 100, 1000):
        signers = [Signer(Ed25519PrivateKey.generate(), f"key-{i}") for i in range(count)]
        keys = StaticKeys([signer.jwk for signer in signers])
        turns = cycle(signers)
        tokens = [next(turns).token(number) for number in range(1000)]
        ways = ways or {"signature": signature_check(signers[0], tokens)}
        ways[str(count)] = (Verifier(settings, keys).verify, tokens)
    print("keys in the set   ratio, uncached")
    found = measure(ways)
    for count in ("1", "100", "1000"):
        print(f"{count:>15}{found[count]:>21.3f}")


class AcceptingKeys:
    """A key source that accepts every signature, to measure only the claim checks and the cache."""

    def __init__(self, member: dict[str, Any]) -> None:
        (key,) = StaticKeys([member]).key_set.keys.values()
        self._key = replace(key, material=self)
        jwks._VERIFIERS["EdDSA"] = self  # type: ignore[assignment]

    def get(self, _: str) -> jwks.Key:
        return self._key

    def verify(self, *_: object) -> bool:
        return True


def cache_table() -> None:
    """Print cost and memory by the number of different tokens: both should be bounded."""
    settings = Settings.from_config({"BETTER_AUTH_URL": ISSUER})
    signer = Signer(Ed25519PrivateKey.generate(), "key-1")
    keys, token = AcceptingKeys(signer.jwk), signer.token(0)
    print(f"distinct tokens   us each, unsigned   KiB for {settings.token_cache_size} cached")
    for count in (10, 1000, 100_000, 1_000_000):
        seconds = verify_many(Verifier(settings, keys), token, count) / count
        tracemalloc.start()
        verifier = Verifier(settings, keys)
        verify_many(verifier, token, min(count, 100_000))
        used = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
        print(f"{count:>15}{seconds * 1e6:>20.0f}{used / 1024:>26.0f}")


def verify_many(verifier: Verifier, token: str, count: int) -> float:
    """Verify ``count`` tokens of different users; return the time in seconds."""
    head, payload, signature = token.split(".")
    template, seconds = decode_segment(payload), 0.0
    for number in range(count):
        claims = template.replace(b"-000000000000", b"-%012d" % number)
        token_of_user = f"{head}.{encode(claims)}.{signature}"
        started = time.perf_counter()
        verifier.verify(token_of_user)
        seconds += time.perf_counter() - started
    return seconds


def encode(data: bytes) -> str:
    return jwt.utils.base64url_encode(data).decode()


@contextmanager
def serve_key_set(signer: Signer) -> Iterator[str]:
    """Serve the key set over HTTP for the libraries that fetch it; return the base URL."""
    body = json.dumps({"keys": [signer.jwk]}).encode()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()


if __name__ == "__main__":
    main()
