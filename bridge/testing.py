"""What tests of an application need: an issuer in this process, and people who use it.

    with Issuer() as issuer:
        app = create_app({"BETTER_AUTH_URL": issuer.url})
        ada = issuer.user(name="Ada")
        assert ada.client(app).get(f"/api/v1/{ada.uuid}/notes").status_code == 200

Its tokens are real and are verified as any other; only the way to its key set is shorter. There is
no setting that brings it to an application: a test must open it.
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

LIFETIME_SECONDS = 900


@dataclass(frozen=True)
class TestUser:
    """Somebody whom ``issuer`` signs in; ``claims`` go into each of their tokens."""

    __test__ = False  # pytest would take it for a test

    issuer: "Issuer" = field(repr=False)
    id: str
    uuid: uuid.UUID
    claims: dict[str, Any]

    def token(self, *, expires_in: float = LIFETIME_SECONDS, **claims: Any) -> str:
        """Return a fresh token; ``claims`` replace those it would have, None takes one away."""
        now = int(time.time())
        times = {"iat": now + min(0, int(expires_in)) - 1, "exp": now + expires_in}
        return self.issuer.sign(self.claims | times | claims)

    @property
    def headers(self) -> dict[str, str]:
        """The headers of a request, with a fresh token."""
        return {"Authorization": f"Bearer {self.token()}"}

    def client(self, app: Flask) -> FlaskClient:
        """Return a test client of ``app`` that acts as this user."""
        client = app.test_client()
        client.environ_base["HTTP_AUTHORIZATION"] = self.headers["Authorization"]
        return client


class Issuer:
    """Stands for the Better Auth server at ``url`` while it is entered.

    Applications fetch its keys without a network, whether they were made before or after.
    ``fault`` is what they get in their place, if it is set.
    """

    def __init__(self, url: str = "https://auth.test") -> None:
        self.url = url
        self.fault: IssuerError | None = None
        self._keys: dict[str, Ed25519PrivateKey] = {}
        self._patches = ExitStack()
        self.rotate()

    def __enter__(self) -> Self:
        beyond = fetch.fetch_key_set

        def fetch_key_set(url: str, timeout_seconds: float) -> jwks.KeySet:
            ours = url.startswith(f"{self.url}/")
            return self._key_set() if ours else beyond(url, timeout_seconds)

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
        """Return a new person; ``claims`` such as ``name`` or ``email`` go into their tokens."""
        subject = secrets.token_hex(16)
        known_as = uuid.uuid4()
        whole = {
            "iss": self.url,
            "aud": self.url,
            "sub": subject,
            "uuid": str(known_as),
            "name": "Test User",
            "email": f"{subject}@example.com",
            **claims,
        }
        return TestUser(self, str(whole["sub"]), uuid.UUID(str(whole["uuid"])), whole)

    def sign(self, claims: dict[str, Any]) -> str:
        """Return a token with exactly these claims, but for those that are None."""
        kid, private = list(self._keys.items())[-1]
        present = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(present, private, "EdDSA", headers={"kid": kid, "typ": None})

    def rotate(self) -> str:
        """Sign with a new key from now on, and return its kid; the old ones stay published."""
        kid = secrets.token_urlsafe(24)
        self._keys[kid] = Ed25519PrivateKey.generate()
        return kid

    def withdraw(self, kid: str) -> None:
        """Publish a key no more; raises ``KeyError`` if it is not there."""
        del self._keys[kid]

    def _key_set(self) -> jwks.KeySet:
        if self.fault is not None:
            raise self.fault
        members = [
            OKPAlgorithm.to_jwk(private.public_key(), as_dict=True) | {"kid": kid, "alg": "EdDSA"}
            for kid, private in self._keys.items()
        ]
        return jwks.parse(json.dumps({"keys": members}).encode())
