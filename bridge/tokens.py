"""Decides what a token proves: the whole policy, and the ``User`` it speaks for.

A token is a compact JWS (RFC 7515, section 7.1) whose payload is a JWT claims set (RFC 7519),
signed by a key of the issuer. Knows nothing of requests.
"""

import binascii
import hashlib
import json
import math
import re
import string
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from types import MappingProxyType
from typing import Any, NoReturn, Protocol
from uuid import UUID

from .errors import (
    ClaimsInvalid,
    ConfigError,
    InvalidToken,
    KeyUnknown,
    SignatureInvalid,
    TokenExpired,
    TokenKind,
    TokenMalformed,
    TokenNotYetValid,
    UserClaimInvalid,
    UserClaimMissing,
)
from .jwks import Key
from .settings import Settings

MAX_TOKEN_CHARACTERS = 16 * 1024
_BASE64URL = (string.ascii_letters + string.digits + "-_").encode()
_COMPACT_JWE = re.compile(r"[\w-]+(\.[\w-]*){4}", re.ASCII)
# Better Auth's session token, alone or with the signature that its cookie carries.
_SESSION_TOKEN = re.compile(r"\w{32}(\.[\w+/%=-]+)?", re.ASCII)
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
# By the number of characters after the last whole four: what a canonical end may be.
_LAST_CHARACTERS = ("", "", "AQgw", "AEIMQUYcgkosw048")
_PADDING = (b"", b"", b"==", b"=")
_TO_BASE64 = bytes.maketrans(b"-_", b"+/")
_BORN_EXPIRED = 'expirationTime as a number is an absolute time in Better Auth; write it as "15m"'
_WHAT_TO_SEND = "send the token of authClient.token(), or of GET /api/auth/token"


@dataclass(frozen=True, slots=True)
class User:
    """A verified person.

    ``id`` is the token's ``sub`` and ``issuer`` its ``iss``; ``identity`` is the value of the
    configured user claim, a UUID where that is ``uuid``. ``claims`` is the whole verified
    payload, read-only.
    """

    id: str
    uuid: UUID | None
    email: str | None
    name: str | None
    identity: UUID | str
    issuer: str
    claims: Mapping[str, Any] = field(compare=False, repr=False)

    def is_named(self, value: object) -> bool:
        """Tell whether ``value``, from a path, names this user: UUIDs in any case, else exactly."""
        if isinstance(self.identity, UUID):
            return value == self.identity or parse_uuid(value) == self.identity
        if isinstance(value, UUID):
            return value == self.uuid
        return value == self.identity


class Keys(Protocol):
    """Where a verifier finds its keys."""

    def get(self, kid: str) -> Key:
        """Return the key named ``kid``; raise ``KeyUnknown`` or ``KeysUnavailable``."""


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What a token proved: for whom, by which key, and until when in Unix time."""

    user: User
    kid: str
    key: Key
    ends_at: float


class _Verdicts:
    """The last verdicts by the digest of their tokens, at most ``size`` of them."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._kept: dict[bytes, _Verdict] = {}
        self._lock = threading.Lock()

    def get(self, digest: bytes) -> _Verdict | None:
        return self._kept.get(digest)

    def keep(self, digest: bytes, verdict: _Verdict, now: float) -> None:
        # A verdict that is not kept is only made again, so nobody waits for the lock; not even
        # a process that was forked while somebody held it.
        if self._size and self._lock.acquire(blocking=False):
            try:
                self._kept[digest] = verdict
                self._forget(now)
            finally:
                self._lock.release()

    def _forget(self, now: float) -> None:
        # Tokens of one issuer live equally long: the oldest end first.
        for digest, oldest in list(islice(self._kept.items(), 2)):
            if len(self._kept) > self._size or oldest.ends_at <= now:
                del self._kept[digest]


class Verifier:
    """Accepts the tokens that ``settings`` describe and ``keys`` verify; ``clock`` is Unix time.

    A token that was seen before costs a look-up: its verdict stands until the token ends, its
    key is gone, or it is among the oldest of too many.
    """

    def __init__(
        self, settings: Settings, keys: Keys, clock: Callable[[], float] = time.time
    ) -> None:
        self.settings = settings
        self._keys = keys
        self._clock = clock
        self._verdicts = _Verdicts(settings.token_cache_size)

    def verify(self, token: str) -> User:
        """Return the user that ``token`` speaks for, or raise the ``Refusal`` it deserves."""
        digest = _digest(token)
        verdict = self._verdicts.get(digest)
        if verdict is None or not self._stands(verdict, token):
            verdict = self._judge(token)
            self._verdicts.keep(digest, verdict, self._clock())
        return verdict.user

    def _stands(self, verdict: _Verdict, token: str) -> bool:
        return self._clock() < verdict.ends_at and self._key(verdict.kid, token) is verdict.key

    def _judge(self, token: str) -> _Verdict:
        header, payload, encoded_signature = split(token)
        algorithm, kid = self._named_key(header)
        signature = decode_segment(encoded_signature)
        key = self._key(kid, token)
        if not key.verifies(algorithm, f"{header}.{payload}".encode(), signature):
            raise SignatureInvalid(
                f"not signed by the key {_shown(kid)} with {algorithm}",
                hint="the token was changed, or is from another environment with a key of this kid",
            )
        claims = parse_object(payload, "payload")
        ends_at = self._check_times(claims)
        self._check_parties(claims)
        return _Verdict(self._user(claims), kid, key, ends_at)

    def _key(self, kid: str, token: str) -> Key:
        try:
            return self._keys.get(kid)
        except KeyUnknown as unknown:
            with suppress(TokenMalformed):
                unknown.hint = (
                    f"keys come from {self.settings.jwks_url}, the token says it is from "
                    f"{_shown(unverified_issuer(token))}: another environment?"
                )
            raise

    def _named_key(self, segment: str) -> tuple[str, str]:
        """Return the algorithm and the kid of a header that may be ours: RFC 8725, section 3."""
        header = parse_header(segment)
        algorithm = header.get("alg")
        if not isinstance(algorithm, str):
            raise TokenMalformed("the header has no alg")
        _refuse_other_kinds(header)
        # Ours to choose, never the token's: RFC 8725, section 3.1.
        if algorithm not in self.settings.algorithms:
            raise TokenKind(
                _expected("alg", self.settings.algorithms, algorithm),
                hint=_algorithm_hint(algorithm),
            )
        kid = header.get("kid")
        if not isinstance(kid, str) or not kid:
            raise TokenKind(
                "the header has no kid",
                hint=f"Better Auth's tokens always name their key; {_WHAT_TO_SEND}",
            )
        return algorithm, kid

    def _check_times(self, claims: Mapping[str, Any]) -> float:
        """Return when these claims end, leeway included."""
        now = self._clock()
        leeway = self.settings.leeway_seconds
        expires, issued = _time(claims, "exp"), _time(claims, "iat")
        if now >= expires + leeway:
            raise TokenExpired(
                f"exp was {now - expires:.0f} s ago, leeway {leeway:g} s",
                hint=_BORN_EXPIRED if expires <= issued else "",
            )
        for name, start in (("iat", issued), ("nbf", _time(claims, "nbf", default=issued))):
            if start > now + leeway:
                raise TokenNotYetValid(
                    f"{name} is {start - now:.0f} s ahead, leeway {leeway:g} s",
                    hint="compare the clocks of the two servers",
                )
        return expires + leeway

    def _check_parties(self, claims: Mapping[str, Any]) -> None:
        issuer = claims.get("iss")
        if not isinstance(issuer, str) or issuer not in self.settings.issuers:
            raise ClaimsInvalid(
                _expected("iss", self.settings.issuers, issuer),
                hint="the token is from another environment, or BETTER_AUTH_ISSUER must be what "
                "Better Auth's baseURL (or jwt.issuer) says; without a baseURL it follows each "
                "request's host name",
            )
        audience = claims.get("aud")
        named = audience if isinstance(audience, tuple) else (audience,)
        if not self.settings.audiences.intersection(one for one in named if isinstance(one, str)):
            raise ClaimsInvalid(
                _expected("aud", self.settings.audiences, audience),
                hint="BETTER_AUTH_AUDIENCE must be what Better Auth's jwt.audience says",
            )

    def _user(self, claims: Mapping[str, Any]) -> User:
        subject = claims.get("sub")
        if not isinstance(subject, str) or not subject:
            raise ClaimsInvalid(f"sub is {_shown(subject)}; expected text")
        identity = self._identity(claims)
        return User(
            id=subject,
            uuid=identity if isinstance(identity, UUID) else parse_uuid(identity),
            email=_text(claims.get("email")),
            name=_text(claims.get("name")),
            identity=identity,
            issuer=claims["iss"],
            claims=claims,
        )

    def _identity(self, claims: Mapping[str, Any]) -> UUID | str:
        name = self.settings.user_claim
        value = claims.get(name)
        if value is None:
            raise UserClaimMissing(
                f"the claim {name} is {'null' if name in claims else 'absent'}",
                hint=_missing_claim_hint(name, null=name in claims),
            )
        if name != "uuid":
            if not isinstance(value, str) or not value:
                raise UserClaimInvalid(f"the claim {name} is {_shown(value)}; expected text")
            return value
        identity = parse_uuid(value)
        if identity is None:
            raise UserClaimInvalid(
                f"the claim uuid is {_shown(value)}; expected a UUID",
                hint="where user ids are the identity, set BETTER_AUTH_USER_CLAIM to sub",
            )
        return identity


class Verifiers:
    """Accepts the tokens of several issuers, each by its own keys and settings alone."""

    def __init__(self) -> None:
        self._verifiers: list[Verifier] = []

    def add(self, verifier: Verifier) -> None:
        """Accept the tokens of ``verifier`` too; raise ``ConfigError`` if its issuer is known."""
        for other in self._verifiers:
            if shared := verifier.settings.issuers & other.settings.issuers:
                raise ConfigError(f"two sets of settings accept the issuer {min(shared)!r}")
        self._verifiers.append(verifier)

    def verify(self, token: str) -> User:
        """Return the user that ``token`` speaks for, or raise the ``Refusal`` it deserves."""
        return self.of(token).verify(token)

    def of(self, token: str) -> Verifier:
        """Return the verifier that a token is for by the ``iss`` it claims, else the first."""
        first, *others = self._verifiers
        if others:
            with suppress(InvalidToken):  # whichever looks at it will refuse it for that
                issuer = unverified_issuer(token)
                return next((one for one in others if issuer in one.settings.issuers), first)
        return first


def unverified_issuer(token: str) -> object:
    """Return the ``iss`` that a token claims, or raise ``TokenMalformed`` or ``TokenKind``."""
    _, payload, _ = split(token)
    issuer = parse_object(payload, "payload").get("iss")
    return issuer if isinstance(issuer, str) else None


def split(token: str) -> tuple[str, str, str]:
    """Return the three segments of a compact JWS, or raise ``TokenMalformed`` or ``TokenKind``."""
    if len(token) > MAX_TOKEN_CHARACTERS:
        raise TokenMalformed(f"{len(token)} characters; at most {MAX_TOKEN_CHARACTERS}")
    # What is left without the letters of base64url: faster than an expression by half.
    if token.isascii() and token.encode().translate(None, _BASE64URL) == b"..":
        header, payload, signature = token.split(".")
        if header and payload:
            return header, payload, signature
    _refuse_known_strangers(token)
    raise TokenMalformed(f"{len(token)} characters that are no compact JWS")


def _refuse_known_strangers(token: str) -> None:
    """Name what people send in place of the JWT."""
    if _SESSION_TOKEN.fullmatch(token):
        raise TokenKind("an opaque session token", hint=f"not session.token: {_WHAT_TO_SEND}")
    if _COMPACT_JWE.fullmatch(token):
        raise TokenKind("an encrypted token (JWE)", hint=_WHAT_TO_SEND)
    if token in ("undefined", "null", "[object Object]"):
        raise TokenMalformed(
            f"the text {token!r}",
            hint="the client did not wait for authClient.token(), or ignored its error",
        )


def _refuse_other_kinds(header: Mapping[str, Any]) -> None:
    """Refuse what the same keys may sign for other ends: RFC 8725, section 3.11."""
    kind = header.get("typ", "JWT")
    if not isinstance(kind, str) or kind.upper() != "JWT":
        raise TokenKind(f"typ is {_shown(kind)}; expected JWT or none", hint=_WHAT_TO_SEND)
    for name in ("crit", "cty"):
        if name in header:
            raise TokenKind(f"the header has {name}, which no token of Better Auth has")


def _algorithm_hint(algorithm: str) -> str:
    if algorithm == "none" or algorithm.startswith("HS"):
        return f"a home-made token? Do not sign one for the back end: {_WHAT_TO_SEND}"
    return "BETTER_AUTH_ALGORITHMS lists what is accepted"


def _missing_claim_hint(name: str, *, null: bool) -> str:
    if name != "uuid":
        return "BETTER_AUTH_USER_CLAIM names the claim; definePayload decides which there are"
    if null:
        return "the user is older than the uuid field: give such rows a uuid"
    return (
        "declare the field in Better Auth: user: {additionalFields: {uuid: {type: 'string', "
        "required: false, unique: true, input: false}}}, with a default in the database; and "
        "if definePayload is used, let it return uuid too"
    )


@lru_cache(maxsize=1024)
def parse_header(segment: str) -> Mapping[str, Any]:
    """Return a JOSE header; not verified. A key's tokens share theirs, so it is kept."""
    return parse_object(segment, "header")


def parse_object(segment: str, part: str) -> Mapping[str, Any]:
    """Return the JSON object in a segment, read-only throughout, or raise ``TokenMalformed``."""
    try:
        # Text, since json would guess UTF-16 or skip a BOM in bytes: RFC 8259, section 8.1.
        value = _JSON.decode(decode_segment(segment).decode("utf-8"))
    except (ValueError, RecursionError):
        raise TokenMalformed(f"the {part} is not JSON as a token has it") from None
    if not isinstance(value, MappingProxyType):
        raise TokenMalformed(f"the {part} is not a JSON object")
    return value


def decode_segment(segment: str) -> bytes:
    """Return the bytes of a segment that ``split`` found: base64url, RFC 7515, appendix C.

    Raises ``TokenMalformed`` unless it is the one canonical form of them.
    """
    beyond = len(segment) % 4
    # Spare bits would let one signature appear under several spellings.
    if beyond and segment[-1] not in _LAST_CHARACTERS[beyond]:
        raise TokenMalformed("a part is not canonical base64url")
    return binascii.a2b_base64(segment.encode().translate(_TO_BASE64) + _PADDING[beyond])


def _object(pairs: list[tuple[str, Any]]) -> Mapping[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("duplicate member")  # two readers would see two tokens: RFC 7519, 4
    for name, value in pairs:
        if isinstance(value, list):
            members[name] = _frozen(value)
    return MappingProxyType(members)


def _frozen(value: Any) -> Any:
    return tuple(_frozen(item) for item in value) if isinstance(value, list) else value


def _number(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("beyond the range of numbers")
    return number


def _refuse(text: str) -> NoReturn:
    raise ValueError(f"{text} is not JSON")


_JSON = json.JSONDecoder(object_pairs_hook=_object, parse_float=_number, parse_constant=_refuse)


def parse_uuid(value: object) -> UUID | None:
    """Return the UUID that ``value`` spells with hyphens (RFC 9562, section 4), or None."""
    if isinstance(value, str) and _UUID.fullmatch(value):
        return UUID(int=int(value.replace("-", ""), 16))  # UUID(value) would check it all again
    return None


def fingerprint(token: str) -> str:
    """Return what stands for a token in logs: the same for the same token, useless to others."""
    return _digest(token).hex()[:16]


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def _time(claims: Mapping[str, Any], name: str, default: float | None = None) -> float:
    value = claims.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ClaimsInvalid(f"{name} is {_shown(value)}; expected a number of seconds")
    try:
        return float(value)
    except OverflowError:
        raise ClaimsInvalid(f"{name} is beyond the range of numbers") from None


def _expected(claim: str, accepted: frozenset[str], found: object) -> str:
    return f"{claim} is {_shown(found)}; accepted: {', '.join(map(repr, sorted(accepted)))}"


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _shown(value: object) -> str:
    return "absent" if value is None else ascii(value)[:200]
