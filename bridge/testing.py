"""Test helpers for applications: an issuer inside the test process, and its users.

    with Issuer() as issuer:
        app = create_app({"BETTER_AUTH_URL": issuer.url})
        ada = issuer.user(name="Ada")
        assert ada.client(app).get(f"/api/v1/{ada.uuid}/notes").status_code == 200

The tokens are real and are verified like any other token. Only the key set is passed to the
application without a network. No setting can enable this issuer in production: a test must enter
it.
"""

import json
import secrets
import time
import uuid
from contextlib import ExitStack
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self
from unittest import mock

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask import Flask
from flask.testing import FlaskClient
from jwt.algorithms import OKPAlgorithm

from . import fetch, jwks
from .errors import IssuerError
from .settings import Settings

LIFETIME_SECONDS = 900


@dataclass(frozen=True)
class TestUser:
    """A user of ``issuer``; ``claims`` are in each of the user's tokens."""

    __test__ = False  # otherwise pytest would collect this class as a test

    issuer: "Issuer" = field(repr=False)
    id: str
    uuid: uuid.UUID
    claims: dict[str, Any]

    def token(self, *, expires_in: float = LIFETIME_SECONDS, **claims: Any) -> str:
        """Return a fresh token that expires in ``expires_in`` seconds.

        ``claims`` replace the user's claims. The value None removes a claim.
        """
        now = int(time.time())
        times = {"iat": now + min(0, int(expires_in)) - 1, "exp": now + expires_in}
        return self.issuer.sign(self.claims | times | claims)

    @property
    def headers(self) -> dict[str, str]:
        """The Authorization header with a fresh token."""
        return {"Authorization": f"Bearer {self.token()}"}

    def client(self, app: Flask) -> FlaskClient:
        """Return a test client of ``app`` that sends a token of this user."""
        client = app.test_client()
        client.environ_base["HTTP_AUTHORIZATION"] = self.headers["Authorization"]
        return client


class Issuer:
    """Replacement for the Better Auth server at ``url``, active inside a ``with`` block.

    All applications get its keys without a network, also applications created before the block.
    If ``fault`` is set, fetching the keys raises ``fault``.
    """

    def __init__(self, url: str = "https://auth.test") -> None:
        self.url = url
        self.fault: IssuerError | None = None
        self._keys: dict[str, Ed25519PrivateKey] = {}
        self._patches = ExitStack()
        self.rotate()

    def __enter__(self) -> Self:
        original = fetch.fetch_key_set

        def fetch_key_set(settings: Settings) -> jwks.KeySet:
            is_own = settings.jwks_url.startswith(f"{self.url}/")
            return self._key_set() if is_own else original(settings)

        self._patches.enter_context(mock.patch.object(fetch, "fetch_key_set", fetch_key_set))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._patches.close()

    def user(self, **claims: Any) -> TestUser:
        """Return a new user; ``claims`` such as ``name`` or ``email`` are in the user's tokens."""
        subject = secrets.token_hex(16)
        all_claims = {
            "iss": self.url,
            "aud": self.url,
            "sub": subject,
            "uuid": str(uuid.uuid4()),
            "name": "Test User",
            "email": f"{subject}@example.com",
            **claims,
        }
        return TestUser(
            self, str(all_claims["sub"]), uuid.UUID(str(all_claims["uuid"])), all_claims
        )

    def sign(self, claims: dict[str, Any]) -> str:
        """Return a token with exactly these claims, without the claims that are None."""
        kid, private = list(self._keys.items())[-1]
        present = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(present, private, "EdDSA", headers={"kid": kid, "typ": None})

    def rotate(self) -> str:
        """Create a new signing key and return its kid; the old keys stay published."""
        kid = secrets.token_urlsafe(24)
        self._keys[kid] = Ed25519PrivateKey.generate()
        return kid

    def withdraw(self, kid: str) -> None:
        """Stop publishing a key; raises ``KeyError`` if there is no such key."""
        del self._keys[kid]

    def _key_set(self) -> jwks.KeySet:
        if self.fault is not None:
            raise self.fault
        members = [
            OKPAlgorithm.to_jwk(private.public_key(), as_dict=True) | {"kid": kid, "alg": "EdDSA"}
            for kid, private in self._keys.items()
        ]
        return jwks.parse(json.dumps({"keys": members}).encode())
