"""Verify tokens: the complete policy for their content, and the cache of results.

A token is a compact JWS (RFC 7515, section 7.1) whose payload is a JWT claims set (RFC 7519),
signed with a key of the issuer. This module knows nothing about HTTP requests.
"""

import json
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Protocol
from uuid import UUID

from .errors import (
    ClaimsInvalid,
    ConfigError,
    InvalidToken,
    KeyUnknown,
    SignatureInvalid,
    TimeInMilliseconds,
    TokenExpired,
    TokenKind,
    TokenMalformed,
    TokenNotYetValid,
    UserBanned,
    UserClaimInvalid,
    UserClaimMissing,
)
from .jwks import ROWS_HINT, Key
from .jws import (
    WHAT_TO_SEND,
    decode_segment,
    has_unusable_text,
    parse_object,
    replace_unusable_text,
    split,
)
from .result_cache import Result, ResultCache
from .settings import Settings
from .user import User, parse_uuid

# Access tokens (RFC 9068) and ID tokens (OpenID Connect Core 1.0, section 2) have some of these
# claims. The tokens of Better Auth's JWT plugin have none of them.
_CLAIMS_OF_OTHER_KINDS = frozenset({"azp", "scope", "client_id", "at_hash", "nonce", "acr", "cnf"})
# All tokens of a key share one header, so a key set has few headers.
_MAX_HEADERS = 1024
_NUMBERS = (int, float)  # not bool, which is a subclass of int
# 10^11 seconds is the year 5138, and 10^11 milliseconds is the year 1973. 10^14 milliseconds is the
# year 5138.
_MILLISECONDS = 10.0**11
_OUT_OF_RANGE = 10.0**14
_ID_TEXT = "text without NUL and without halves of surrogate pairs"
_MISSING_TIME_HINTS = {
    "exp": "GET /api/auth/token always sets exp; a custom jwt.sign function must keep the exp of "
    "its payload",
    "iat": "GET /api/auth/token sets iat unless definePayload returns another iat; for "
    "auth.api.signJWT() and a custom jwt.sign function, write iat into the payload",
}
_EXPIRED_WHEN_ISSUED = (
    'Better Auth reads a numeric expirationTime as an absolute time; write it as "15m"'
)


class Keys(Protocol):
    """Source of the keys of a verifier."""

    def get(self, kid: str) -> Key:
        """Return the key named ``kid``; raise ``KeyUnknown`` or ``KeysUnavailable``."""

    def get_replacement(self, refused: Key) -> Key | None:
        """Return the key that has replaced ``refused`` under its kid, or None."""


class Verifier:
    """Verify the tokens of one issuer with its ``settings`` and ``keys``.

    ``clock`` returns Unix time in seconds. Results are cached by the digest of the token. A cached
    result is used until the token expires, its key is withdrawn, or the result is evicted.
    """

    def __init__(
        self, settings: Settings, keys: Keys, clock: Callable[[], float] = time.time
    ) -> None:
        self.settings = settings
        self._keys = keys
        self._clock = clock
        self._cache = ResultCache(settings.token_cache_size)
        # The algorithm and the kid of each header that was verified with its token's signature.
        # Headers of forged tokens are never cached: anyone could fill the memory with them.
        self._headers: dict[str, tuple[str, str]] = {}

    def verify(self, token: str) -> User:
        """Return the user that ``token`` identifies, or raise a ``Refusal``."""
        digest = sha256(token.encode("utf-8", "surrogatepass")).digest()
        result = self._cache.get(digest)
        if (
            result is None
            or self._clock() >= result.expires_at
            or self._key(result.kid, token) is not result.key
        ):
            result = self._verify_uncached(token)
            self._cache.add(digest, result, self._clock())
        return result.user

    def _verify_uncached(self, token: str) -> Result:
        header, payload, encoded_signature = split(token)
        algorithm, kid = self._headers.get(header) or self._check_header(header)
        signature = decode_segment(encoded_signature)
        key = self._key(kid, token)
        message = f"{header}.{payload}".encode()
        if not key.verifies(algorithm, message, signature):
            replacement = self._keys.get_replacement(key)
            if replacement is None or not replacement.verifies(algorithm, message, signature):
                raise SignatureInvalid(
                    f"the signature does not match the key {_quote(kid)} with {algorithm}",
                    hint="the token was changed, or it comes from another environment whose key "
                    "has the same kid",
                )
            key = replacement
        if len(self._headers) < _MAX_HEADERS:
            self._headers[header] = algorithm, kid
        encoded_claims = decode_segment(payload)
        claims = parse_object(encoded_claims, "payload")
        expires_at = self._check_times(claims)
        self._check_issuer_and_audience(claims)
        _refuse_other_claims(claims)
        self._check_ban(claims)
        subject, identity = self._subject(claims), self._identity(claims)
        if b"\\u" in encoded_claims:  # only escapes can express the text that is replaced here
            claims = replace_unusable_text(claims)
            encoded_claims = json.dumps(claims, ensure_ascii=False).encode()
        email, name = claims.get("email"), claims.get("name")
        user = User(
            id=subject,
            uuid=identity if isinstance(identity, UUID) else parse_uuid(identity),
            email=email if isinstance(email, str) else None,
            name=name if isinstance(name, str) else None,
            identity=identity,
            issuer=claims["iss"],
            claims=encoded_claims,
        )
        return Result(user, kid, key, expires_at)

    def _key(self, kid: str, token: str) -> Key:
        try:
            return self._keys.get(kid)
        except KeyUnknown as error:
            with suppress(TokenMalformed):
                error.hint = self._unknown_key_hint(unverified_issuer(token))
            raise

    def _unknown_key_hint(self, issuer: object) -> str:
        hint = (
            f"keys come from {self.settings.jwks_url}, the token says it is from {_quote(issuer)}"
        )
        if issuer in self.settings.issuers:
            return (
                f"{hint}: was the key deleted, or is the token from another environment with the "
                f"same URL? Also, {ROWS_HINT}"
            )
        return f"{hint}: another environment?"

    def _check_header(self, segment: str) -> tuple[str, str]:
        """Return the algorithm and the kid of an acceptable header (RFC 8725, section 3)."""
        header = parse_object(decode_segment(segment), "header")
        algorithm = header.get("alg")
        if not isinstance(algorithm, str):
            raise TokenMalformed("the header has no alg")
        _refuse_other_kinds(header)
        # The settings choose the algorithms, never the token: RFC 8725, section 3.1.
        if algorithm not in self.settings.algorithms:
            raise TokenKind(
                _not_accepted("alg", algorithm, self.settings.algorithms),
                hint=self._algorithm_hint(algorithm),
            )
        kid = header.get("kid")
        if not isinstance(kid, str) or not kid:
            raise TokenKind(
                "the header has no kid",
                hint="Better Auth sets the kid of each token that it signs itself; a custom "
                "jwt.sign function must set the kid of a published key. If this is no token of "
                f"Better Auth, {WHAT_TO_SEND}",
            )
        return algorithm, kid

    def _algorithm_hint(self, algorithm: str) -> str:
        if algorithm == "none" or algorithm.startswith("HS"):
            return f"a custom token? Do not sign your own tokens for the service: {WHAT_TO_SEND}"
        return f"{self.settings.name_of('ALGORITHMS')} lists the accepted algorithms"

    def _check_times(self, claims: Mapping[str, Any]) -> float:
        """Return the Unix time at which these claims expire, including the leeway."""
        now = self._clock()
        leeway = self.settings.leeway_seconds
        expires, issued = _time_claim(claims, "exp"), _time_claim(claims, "iat")
        if now >= expires + leeway:
            raise TokenExpired(
                f"exp was {now - expires:.0f} s ago, leeway {leeway:g} s",
                hint=_EXPIRED_WHEN_ISSUED if expires <= issued else "",
            )
        not_before = _time_claim(claims, "nbf", default=issued)
        start = max(issued, not_before)
        if start > now + leeway:
            raise TokenNotYetValid(
                f"{'iat' if start == issued else 'nbf'} is {start - now:.0f} s in the future, "
                f"leeway {leeway:g} s",
                hint="compare the clocks of the two servers",
            )
        return expires + leeway

    def _check_issuer_and_audience(self, claims: Mapping[str, Any]) -> None:
        issuer = claims.get("iss")
        if not isinstance(issuer, str) or issuer not in self.settings.issuers:
            raise ClaimsInvalid(
                _not_accepted("iss", issuer, self.settings.issuers),
                hint="the token is from another environment, or "
                f"{self.settings.name_of('ISSUER')} differs from Better Auth's baseURL (or "
                "jwt.issuer); without a baseURL, Better Auth uses the host name of each request",
            )
        audience = claims.get("aud")
        if not self._accepts_audience(audience):
            raise ClaimsInvalid(
                _not_accepted("aud", audience, self.settings.audiences),
                hint=f"{self.settings.name_of('AUDIENCE')} must equal Better Auth's jwt.audience",
            )

    def _accepts_audience(self, audience: object) -> bool:
        if isinstance(audience, str):
            return audience in self.settings.audiences
        named = audience if isinstance(audience, list) else ()
        return any(isinstance(one, str) and one in self.settings.audiences for one in named)

    def _check_ban(self, claims: Mapping[str, Any]) -> None:
        """Refuse users whom the admin plugin has banned; the claims are columns of its user."""
        if claims.get("banned") is not True:
            return
        # Better Auth lifts a ban only at the next sign-in, so an expired ban is still in the row.
        with suppress(KeyError, TypeError, ValueError):
            until = datetime.fromisoformat(claims["banExpires"])
            if until <= datetime.fromtimestamp(self._clock(), UTC):
                return
        raise UserBanned(
            f"banned is true for sub {_quote(claims.get('sub'))}, "
            f"banExpires is {_quote(claims.get('banExpires'))}",
            hint="if the user may sign in again, lift the ban with authClient.admin.unbanUser()",
        )

    def _subject(self, claims: Mapping[str, Any]) -> str:
        subject = claims.get("sub")
        # An id is never changed: two ids could become one.
        if not isinstance(subject, str) or not subject or has_unusable_text(subject):
            raise ClaimsInvalid(f"sub is {_quote(subject)}; expected {_ID_TEXT}")
        return subject

    def _identity(self, claims: Mapping[str, Any]) -> UUID | str:
        name = self.settings.user_claim
        value = claims.get(name)
        if value is None:
            raise UserClaimMissing(
                f"the claim {name} is {'null' if name in claims else 'missing'}",
                hint=self._missing_claim_hint(is_null=name in claims),
            )
        if name != "uuid":
            if not isinstance(value, str) or not value or has_unusable_text(value):
                raise UserClaimInvalid(f"the claim {name} is {_quote(value)}; expected {_ID_TEXT}")
            return value
        identity = parse_uuid(value)
        if identity is None:
            raise UserClaimInvalid(
                f"the claim uuid is {_quote(value)}; expected a UUID",
                hint="if Better Auth's own user ids identify your users, set "
                f"{self.settings.name_of('USER_CLAIM')} to sub",
            )
        return identity

    def _missing_claim_hint(self, *, is_null: bool) -> str:
        if self.settings.user_claim != "uuid":
            return (
                f"{self.settings.name_of('USER_CLAIM')} names the claim; definePayload in Better "
                "Auth decides which claims a token has"
            )
        if is_null:
            return "the user was created before the uuid field: give such users a uuid"
        return (
            "declare the field in Better Auth: user: {additionalFields: {uuid: {type: 'string', "
            "required: false, unique: true, input: false}}}, with a default in the database; and "
            "if definePayload is used, let it return uuid too"
        )


class Verifiers:
    """Verify the tokens of several issuers, each with the keys and settings of its issuer only."""

    def __init__(self) -> None:
        self._verifiers: list[Verifier] = []

    def add(self, verifier: Verifier) -> None:
        """Accept the tokens of ``verifier`` too; raise ``ConfigError`` if its issuer is known."""
        for other in self._verifiers:
            if shared := verifier.settings.issuers & other.settings.issuers:
                raise ConfigError(
                    f"{other.settings.name_of('ISSUER')} and {verifier.settings.name_of('ISSUER')} "
                    f"both accept the issuer {min(shared)!r}; expected different issuers"
                )
        self._verifiers.append(verifier)

    def verify(self, token: str) -> User:
        """Return the user that ``token`` identifies, or raise a ``Refusal``."""
        return self.select(token).verify(token)

    def select(self, token: str) -> Verifier:
        """Return the verifier for the ``iss`` in ``token``, or the first verifier."""
        first, *others = self._verifiers
        if others:
            with suppress(InvalidToken):  # the first verifier refuses the token for the same reason
                return self.of_issuer(unverified_issuer(token))
        return first

    def of_issuer(self, issuer: object) -> Verifier:
        """Return the verifier that accepts ``issuer``, or the first verifier."""
        first, *others = self._verifiers
        return next((one for one in others if issuer in one.settings.issuers), first)


def unverified_issuer(token: str) -> object:
    """Return the ``iss`` in ``token``, or raise ``TokenMalformed`` or ``TokenKind``."""
    _, payload, _ = split(token)
    issuer = parse_object(decode_segment(payload), "payload").get("iss")
    return issuer if isinstance(issuer, str) else None


def fingerprint(token: str) -> str:
    """Return a short digest that identifies ``token`` in logs without revealing the token."""
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _refuse_other_kinds(header: Mapping[str, Any]) -> None:
    """Refuse other kinds of tokens that the same keys may sign (RFC 8725, section 3.11)."""
    kind = header.get("typ", "JWT")
    if not isinstance(kind, str) or kind.upper() != "JWT":
        raise TokenKind(f"typ is {_quote(kind)}; expected JWT or no typ", hint=WHAT_TO_SEND)
    for name in (
        "crit",
        "cty",
        "b64",
    ):  # b64: RFC 7797 requires crit, but checks must not rely on it
        if name in header:
            raise TokenKind(f"the header has {name}, which Better Auth's tokens never have")


def _refuse_other_claims(claims: Mapping[str, Any]) -> None:
    """Refuse OAuth access tokens and ID tokens, which older releases sign without a typ."""
    if not _CLAIMS_OF_OTHER_KINDS.isdisjoint(claims):
        found = ", ".join(sorted(_CLAIMS_OF_OTHER_KINDS.intersection(claims)))
        raise TokenKind(
            f"the token has {found}: an OAuth access token or an ID token, not the user's own JWT",
            hint=f"{WHAT_TO_SEND}; if definePayload or a field of your users adds such a claim to "
            "this token, rename the claim",
        )


def _time_claim(claims: Mapping[str, Any], name: str, default: float | None = None) -> float:
    value = claims.get(name, default)
    if type(value) not in _NUMBERS:
        raise ClaimsInvalid(
            f"{name} is {_quote(value)}; expected a number of seconds",
            hint="" if name in claims else _MISSING_TIME_HINTS[name],
        )
    if abs(value) < _MILLISECONDS:
        return float(value)
    if abs(value) < _OUT_OF_RANGE:
        raise TimeInMilliseconds(
            f"{name} is {value:.0f}, which is a time in milliseconds; expected seconds",
            hint="write Math.floor(Date.now() / 1000) instead of Date.now() where Better Auth's "
            f"payload gets its {name}; exp is derived from iat",
        )
    raise ClaimsInvalid(f"{name} is out of range")


def _not_accepted(claim: str, found: object, accepted: frozenset[str]) -> str:
    return f"{claim} is {_quote(found)}; accepted: {', '.join(map(repr, sorted(accepted)))}"


def _quote(value: object) -> str:
    """Return ``value`` as at most 200 printable ASCII characters, so that it fits in a log line."""
    return "missing" if value is None else ascii(value)[:200]
