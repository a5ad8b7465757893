"""Reads a JSON Web Key Set (RFC 7517) and judges its members one by one.

Knows nothing of where the set comes from or how long it serves.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt.algorithms import Algorithm, get_default_algorithms

from .errors import IssuerError

MIN_RSA_BITS = 2048  # RFC 7518, section 3.3

# What a key can verify follows from its type and curve. A label can't widen it: older
# releases of Better Auth publish old Ed25519 keys under whatever alg is configured now.
_ALGORITHMS: dict[tuple[str, str | None], tuple[str, ...]] = {
    ("OKP", "Ed25519"): ("EdDSA", "Ed25519"),  # two names of one algorithm: RFC 9864
    ("EC", "P-256"): ("ES256",),
    ("EC", "P-384"): ("ES384",),
    ("EC", "P-521"): ("ES512",),
    ("RSA", None): ("RS256", "PS256"),
}
SUPPORTED_ALGORITHMS = frozenset(name for names in _ALGORITHMS.values() for name in names)

_PUBLIC_MEMBERS = ("kty", "crv", "x", "y", "n", "e", "kid", "alg")
_PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_PYJWT = get_default_algorithms()
_VERIFIERS: dict[str, Algorithm] = {
    name: _PYJWT["EdDSA" if name == "Ed25519" else name] for name in SUPPORTED_ALGORITHMS
}


@dataclass(frozen=True, slots=True)
class Key:
    """One public key that may verify tokens."""

    kid: str
    kty: str
    crv: str | None
    alg: str | None
    algorithms: tuple[str, ...]
    material: Any = field(repr=False)
    jwk: Mapping[str, str] = field(repr=False, compare=False)  # its public members alone

    def verifies(self, algorithm: str, message: bytes, signature: bytes) -> bool:
        """Tell whether ``signature`` is this key's over ``message``."""
        return algorithm in self.algorithms and _VERIFIERS[algorithm].verify(
            message, self.material, signature
        )


@dataclass(frozen=True, slots=True)
class SetAside:
    """A member of the set that may not verify anything, and why."""

    kid: str | None
    kty: str | None
    crv: str | None
    alg: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class KeySet:
    """The usable keys by ``kid``, and the members set aside."""

    keys: Mapping[str, Key]
    set_aside: tuple[SetAside, ...] = ()


EMPTY = KeySet(MappingProxyType({}))


class _Unusable(Exception):
    """Why a member is set aside."""


def parse(body: bytes) -> KeySet:
    """Return the key set in ``body``.

    Raises ``IssuerError`` if it isn't one, or if no member of it can be used.
    """
    candidates: dict[str, list[Key]] = {}
    set_aside: list[SetAside] = []
    for member in _members(body):
        try:
            key = _key(member)
        except _Unusable as unusable:
            set_aside.append(_set_aside(member, str(unusable)))
        else:
            candidates.setdefault(key.kid, []).append(key)
    usable: dict[str, Key] = {}
    for kid, (key, *twins) in candidates.items():
        if all(twin == key for twin in twins):
            usable[kid] = key
        else:
            # Exactly one key must match a token, so none of these may.
            set_aside += [
                SetAside(twin.kid, twin.kty, twin.crv, twin.alg, "another key has the same kid")
                for twin in (key, *twins)
            ]
    if not usable:
        reasons = "; ".join(f"{aside.kid!r}: {aside.reason}" for aside in set_aside[:5])
        raise IssuerError("unusable", f"no key of the set can be used ({reasons})")
    return KeySet(MappingProxyType(usable), tuple(set_aside))


def _members(body: bytes) -> list[Any]:
    try:
        document = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        raise IssuerError(
            "json",
            f"the answer is not JSON; it begins {body[:60].decode('utf-8', 'replace')!r}",
            hint="the address may be wrong: an HTML page is often a front end's 404",
        ) from None
    members = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(members, list):
        raise IssuerError(
            "shape",
            "the answer is JSON without a list of keys",
            hint="the address must be that of the key set, by default …/api/auth/jwks",
        )
    if not members:
        raise IssuerError(
            "empty",
            "the key set is empty",
            hint="Better Auth makes its first key when the set is first asked for or a token is "
            "first signed; if it stays empty, the jwks table may hold 100 expired rows: delete "
            "them, or raise advanced.database.defaultFindManyLimit",
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
        raise _Unusable("its private part is published: replace it")
    if member.get("use", "sig") != "sig":
        raise _Unusable("its use is not sig")
    key_ops = member.get("key_ops", ["verify"])
    if not isinstance(key_ops, list) or "verify" not in key_ops:
        raise _Unusable("its key_ops do not allow verify")
    algorithms = _algorithms(kty, crv, alg)
    material = _material(member, algorithms[0])
    public = {name: member[name] for name in _PUBLIC_MEMBERS if isinstance(member.get(name), str)}
    return Key(kid, str(kty), crv, alg, algorithms, material, MappingProxyType(public))


def _algorithms(kty: object, crv: object, alg: object) -> tuple[str, ...]:
    fitting = _ALGORITHMS.get((_text(kty) or "", _text(crv)))
    if fitting is None:
        raise _Unusable("its type or curve is not supported")
    if alg is None:
        return fitting
    if alg not in fitting:
        raise _Unusable("its alg does not fit its type and curve")
    return (str(alg),) if kty == "RSA" else fitting


def _material(member: dict[str, Any], algorithm: str) -> Any:
    try:
        material = jwt.PyJWK(member, algorithm).key
    except (jwt.PyJWTError, ValueError, TypeError, AttributeError, OverflowError):
        raise _Unusable("its numbers do not make a key") from None
    if isinstance(material, RSAPublicKey) and material.key_size < MIN_RSA_BITS:
        raise _Unusable(f"RSA with {material.key_size} bits; at least {MIN_RSA_BITS} are needed")
    return material


def _set_aside(member: object, reason: str) -> SetAside:
    labels = member if isinstance(member, dict) else {}
    kid, kty, crv, alg = (_text(labels.get(name)) for name in ("kid", "kty", "crv", "alg"))
    return SetAside(kid, kty, crv, alg, reason)


def _text(value: object) -> str | None:
    return value[:200] if isinstance(value, str) else None
