"""Parse a JSON Web Key Set (RFC 7517) and check each of its keys.

This module does not know how the set is fetched or how long the set is used.
"""

import base64
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import jwt
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt.algorithms import Algorithm, get_default_algorithms

from .errors import IssuerError

# The number of rows that Better Auth reads from its table jwks by default.
BETTER_AUTH_ROWS = 100
ROWS_HINT = (
    f"Better Auth reads only {BETTER_AUTH_ROWS} rows of its table jwks: if the table has more, "
    "delete the expired rows, or increase advanced.database.defaultFindManyLimit"
)
MIN_RSA_BITS = 2048  # RFC 7518, section 3.3

# The algorithms of a key follow from its type and curve. The alg of a JWK cannot add algorithms:
# older releases of Better Auth publish old Ed25519 keys with the alg that is configured today.
_ALGORITHMS: dict[tuple[str, str | None], tuple[str, ...]] = {
    ("OKP", "Ed25519"): ("EdDSA", "Ed25519"),  # two names of one algorithm: RFC 9864
    ("EC", "P-256"): ("ES256",),
    ("EC", "P-384"): ("ES384",),
    ("EC", "P-521"): ("ES512",),
    ("RSA", None): ("RS256", "PS256"),
}
SUPPORTED_ALGORITHMS = frozenset(name for names in _ALGORITHMS.values() for name in names)

# Keys for encrypted tokens: RFC 7518, section 4 and RFC 8037, section 3.2.
_ENCRYPTION_CURVES = ("X25519", "X448")
_ENCRYPTION_ALGORITHMS = ("RSA-OAEP", "RSA1_5", "ECDH-ES")

_ED25519_PRIME = 2**255 - 19

_PUBLIC_MEMBERS = ("kty", "crv", "x", "y", "n", "e", "kid", "alg")
_PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_PYJWT = get_default_algorithms()


class _Ed25519:
    """Verifies without PyJWT, whose checks of types take time and are not needed here."""

    def verify(self, message: bytes, key: Ed25519PublicKey, signature: bytes) -> bool:
        try:
            key.verify(signature, message)
        except InvalidSignature:
            return False
        return True


_VERIFIERS: dict[str, Algorithm | _Ed25519] = {
    name: _Ed25519() if name in ("EdDSA", "Ed25519") else _PYJWT[name]
    for name in SUPPORTED_ALGORITHMS
}


@dataclass(frozen=True, slots=True)
class Key:
    """A public key that can verify tokens."""

    kid: str
    kty: str
    crv: str | None
    alg: str | None
    algorithms: tuple[str, ...]
    material: Any = field(repr=False)
    jwk: Mapping[str, str] = field(repr=False, compare=False)  # public members only

    def verifies(self, algorithm: str, message: bytes, signature: bytes) -> bool:
        """Return whether ``signature`` is a valid signature of ``message`` by this key."""
        return algorithm in self.algorithms and _VERIFIERS[algorithm].verify(
            message, self.material, signature
        )


@dataclass(frozen=True, slots=True)
class SkippedKey:
    """A key of the set that is not used, and the reason.

    ``is_fault`` is false for a key with another purpose, such as encryption.
    """

    kid: str | None
    kty: str | None
    crv: str | None
    alg: str | None
    reason: str
    is_fault: bool = True


@dataclass(frozen=True, slots=True)
class KeySet:
    """The usable keys by ``kid``, and the skipped keys."""

    keys: Mapping[str, Key]
    skipped: tuple[SkippedKey, ...] = ()


EMPTY = KeySet(MappingProxyType({}))


class _Unusable(Exception):
    """The reason for skipping a key."""


class _OtherPurpose(_Unusable):
    """The key is not meant for signatures, so skipping it is right."""


def parse(body: bytes) -> KeySet:
    """Return the key set in ``body``.

    Raises ``IssuerError`` if ``body`` is not a key set, or if none of its keys can be used.
    """
    candidates: dict[str, list[Key]] = {}
    skipped: list[SkippedKey] = []
    for member in _members(body):
        try:
            key = _key(member)
        except _Unusable as unusable:
            skipped.append(_skipped(member, unusable))
        else:
            candidates.setdefault(key.kid, []).append(key)
    usable: dict[str, Key] = {}
    for kid, (key, *duplicates) in candidates.items():
        if all(duplicate == key for duplicate in duplicates):
            usable[kid] = key
        else:
            # A kid must name exactly one key, so different keys with one kid are all skipped.
            skipped += [
                SkippedKey(one.kid, one.kty, one.crv, one.alg, "another key has the same kid")
                for one in (key, *duplicates)
            ]
    if not usable:
        reasons = "; ".join(f"{key.kid!r}: {key.reason}" for key in skipped[:5])
        raise IssuerError("unusable", f"no key of the set can be used ({reasons})")
    return KeySet(MappingProxyType(usable), tuple(skipped))


def _members(body: bytes) -> list[Any]:
    try:
        document = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        raise IssuerError(
            "json",
            f"the response is not JSON; it begins with {body[:60].decode('utf-8', 'replace')!r}",
            hint="the URL may be wrong: an HTML page is often the 404 page or the login page of a "
            "front end",
        ) from None
    members = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(members, list):
        raise IssuerError(
            "shape",
            "the response is JSON without a list of keys",
            hint="expected the URL of the key set, by default …/api/auth/jwks",
        )
    if not members:
        raise IssuerError(
            "empty",
            "the key set is empty",
            hint="Better Auth creates its first key at the first request for the key set or at the "
            f"first signed token; if the set stays empty, {ROWS_HINT}",
        )
    return members


def _key(member: Any) -> Key:
    if not isinstance(member, dict):
        raise _Unusable("not an object")
    kid, kty, crv, alg = (member.get(name) for name in ("kid", "kty", "crv", "alg"))
    if not isinstance(kid, str) or not kid:
        raise _Unusable("no kid")
    if kty == "oct":
        raise _Unusable("symmetric")
    if _PRIVATE_MEMBERS & member.keys():
        raise _Unusable("its private part is published: replace the key")
    # Some servers publish null for a member that is absent.
    if member.get("use") not in (None, "sig"):
        raise _OtherPurpose("its use is not sig")
    key_ops = member.get("key_ops")
    if key_ops is not None and not (isinstance(key_ops, list) and "verify" in key_ops):
        raise _OtherPurpose("its key_ops do not allow verify")
    if crv in _ENCRYPTION_CURVES or str(alg).startswith(_ENCRYPTION_ALGORITHMS):
        raise _OtherPurpose("an encryption key")
    algorithms = _algorithms(kty, crv, alg)
    material = _material(member, algorithms[0])
    if kty == "OKP":
        _check_ed25519(material.public_bytes_raw())
    public = {name: member[name] for name in _PUBLIC_MEMBERS if isinstance(member.get(name), str)}
    return Key(kid, str(kty), crv, alg, algorithms, material, MappingProxyType(public))


def _algorithms(kty: object, crv: object, alg: object) -> tuple[str, ...]:
    supported = _ALGORITHMS.get((_short_text(kty) or "", _short_text(crv)))
    if supported is None:
        raise _Unusable("its type or curve is not supported")
    if alg is None:
        return supported
    if alg not in supported:
        raise _Unusable("its alg does not fit its type and curve")
    return (str(alg),) if kty == "RSA" else supported


def _material(member: dict[str, Any], algorithm: str) -> Any:
    for name in ("x", "y", "n", "e"):
        _check_number(name, member.get(name, "AA"))
    try:
        material = jwt.PyJWK(member, algorithm).key
    except (jwt.PyJWTError, ValueError, TypeError, AttributeError, OverflowError):
        raise _Unusable("its numbers are not a valid key") from None
    if isinstance(material, RSAPublicKey) and material.key_size < MIN_RSA_BITS:
        raise _Unusable(f"RSA with {material.key_size} bits; at least {MIN_RSA_BITS} are required")
    return material


def _check_number(name: str, value: object) -> None:
    """Accept one encoding: base64url without padding, white space and unused bits (RFC 7515)."""
    if not isinstance(value, str):
        raise _Unusable("its numbers are not a valid key")
    with suppress(ValueError):
        data = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
        if base64.urlsafe_b64encode(data).rstrip(b"=") == value.encode("ascii"):
            # A leading zero is another encoding of n and e: RFC 7518, section 2. The coordinates
            # x and y have a fixed length.
            if name in ("n", "e") and len(data) > 1 and data[0] == 0:
                raise _Unusable(f"its {name} begins with a zero byte")
            return
    raise _Unusable(f"its {name} is not canonical base64url")


def _check_ed25519(public: bytes) -> None:
    """Refuse points whose order divides 8: anyone can sign for them (RFC 8032, section 5.1)."""
    y = int.from_bytes(public, "little") & ((1 << 255) - 1)
    if y >= _ED25519_PRIME:
        raise _Unusable("its x is not a canonical Ed25519 key")
    # The curve is -x^2 + y^2 = 1 + d x^2 y^2 with d = -121665/121666. The points of order 1, 2 and
    # 4 have y = 1, -1 and 0. A point of order 8 has the double y = 0, so y^2 = -x^2, which makes
    # the equation of the curve d y^4 + 2 y^2 - 1 = 0.
    small_orders = y * (y**2 - 1) * (-121665 * y**4 + 121666 * (2 * y**2 - 1))
    if small_orders % _ED25519_PRIME == 0:
        raise _Unusable("an Ed25519 key of small order: replace the key")


def _skipped(member: object, unusable: _Unusable) -> SkippedKey:
    members = member if isinstance(member, dict) else {}
    kid, kty, crv, alg = (_short_text(members.get(name)) for name in ("kid", "kty", "crv", "alg"))
    is_fault = not isinstance(unusable, _OtherPurpose)
    return SkippedKey(kid, kty, crv, alg, str(unusable), is_fault)


def _short_text(value: object) -> str | None:
    return value[:200] if isinstance(value, str) else None
