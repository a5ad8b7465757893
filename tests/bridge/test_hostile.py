"""Hostile and mistaken credentials: each gets exactly its status and code."""

import base64
import json
import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from flask import Flask
from flask.testing import FlaskClient
from support.faulty_issuer import FaultyIssuer, SigningKey, encode, hs256_token

from bridge import BetterAuth, require_user

Make = Callable[[FaultyIssuer], str]
GENUINE = {"alg": "EdDSA", "kid": "key-1"}
SESSION_TOKEN = "kY3vQ8sD1mZ0pXc7LbNf4gHt6JwRaUeI"
STATUS = {
    "token_missing": 401,
    "token_malformed": 401,
    "token_kind": 401,
    "key_unknown": 401,
    "signature_invalid": 401,
    "token_expired": 401,
    "token_not_yet_valid": 401,
    "time_in_milliseconds": 401,
    "claims_invalid": 401,
    "user_claim_missing": 401,
    "user_claim_invalid": 401,
    "credentials_ambiguous": 400,
    "user_banned": 403,
}
LIBRARY_WORDS = re.compile(
    r"pyjwt|jwt\.|segments|padding|codec|traceback|exception|expecting", re.IGNORECASE
)


def with_header(**members: Any) -> Make:
    """Return a signed token with changed header ``members``; the value ``...`` removes a member."""
    header = {name: value for name, value in {**GENUINE, **members}.items() if value is not ...}
    return lambda issuer: issuer.token(header=header)


def with_claims(**claims: Any) -> Make:
    return lambda issuer: issuer.token(**claims)


def with_raw_header(header: bytes) -> Make:
    return lambda issuer: issuer.signed(encode(header), encode(issuer.claims()))


def with_raw_payload(payload: bytes) -> Make:
    return lambda issuer: issuer.signed(encode(GENUINE), encode(payload))


def with_member(text: str) -> Make:
    """Return a signed token with the JSON text ``text`` at the end of its payload."""
    return lambda issuer: issuer.signed(
        encode(GENUINE), encode(f"{json.dumps(issuer.claims())[:-1]},{text}}}".encode())
    )


def with_parts(change: Callable[[str, str, str], str]) -> Make:
    return lambda issuer: change(*issuer.token().split("."))


def signed_by_another_key(issuer: FaultyIssuer) -> str:
    other = SigningKey("key-1")
    message = f"{encode(GENUINE)}.{encode(issuer.claims())}"
    return f"{message}.{encode(other.sign(message.encode()))}"


def hs256_with_the_public_key(issuer: FaultyIssuer) -> str:
    """Algorithm confusion (CVE-2015-9235): the public key used as an HS256 secret."""
    raw = (
        issuer.keys[0]
        .private.public_key()
        .public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    )
    return hs256_token(raw.hex(), **issuer.claims())


def with_embedded_key(issuer: FaultyIssuer) -> str:
    """A header that contains the attacker's key (RFC 8725, section 3.10)."""
    attacker = SigningKey("key-1")
    header = encode({**GENUINE, "jwk": attacker.jwk(), "x5c": ["AAAA"]})
    message = f"{header}.{encode(issuer.claims())}"
    return f"{message}.{encode(attacker.sign(message.encode()))}"


def spare_bits_set(part: str) -> str:
    """Return another encoding of the same bytes: the last character has unused bits."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return part[:-1] + alphabet[alphabet.index(part[-1]) + 1]


def plus_order(signature: str) -> str:
    """Return another encoding of an Ed25519 signature: S plus the group order (RFC 8032, 5.1.7)."""
    raw = base64.urlsafe_b64decode(signature + "==")
    order = 2**252 + 27742317777372353535851937790883648493
    return encode(raw[:32] + (int.from_bytes(raw[32:], "little") + order).to_bytes(32, "little"))


def expired(issuer: FaultyIssuer) -> str:
    return issuer.token(iat=1_700_000_000, exp=1_700_000_900)


def relative(claim: str, seconds: int) -> Make:
    return lambda issuer: issuer.token(**{claim: issuer.claims()["iat"] + seconds})


# Complete Authorization headers.
HEADERS: list[tuple[str, str, Make]] = [
    # No credential
    ("an empty header", "token_missing", lambda _: ""),
    ("blanks", "token_missing", lambda _: "   "),
    # Another scheme, or no scheme
    ("Basic", "token_malformed", lambda _: "Basic dXNlcjpwYXNz"),
    ("Digest", "token_malformed", lambda _: 'Digest username="a", realm="b", nonce="c"'),
    ("Negotiate", "token_malformed", lambda _: "Negotiate YIIB"),
    ("the token alone", "token_malformed", lambda issuer: issuer.token()),
    ("Token", "token_malformed", lambda issuer: f"Token {issuer.token()}"),
    ("JWT", "token_malformed", lambda issuer: f"JWT {issuer.token()}"),
    ("Bearer with a colon", "token_malformed", lambda issuer: f"Bearer: {issuer.token()}"),
    ("Bearer and a tab", "token_malformed", lambda issuer: f"Bearer\t{issuer.token()}"),
    ("Bearer joined", "token_malformed", lambda issuer: f"Bearer{issuer.token()}"),
    ("Bearer twice", "token_malformed", lambda issuer: f"Bearer Bearer {issuer.token()}"),
    ("DPoP", "token_malformed", lambda issuer: f"DPoP {issuer.token()}"),
    ("a lone comma", "token_malformed", lambda _: ","),
    ("Bearer alone", "token_malformed", lambda _: "Bearer"),
    ("Bearer and a blank", "token_malformed", lambda _: "Bearer "),
    # Two credentials
    ("two tokens", "credentials_ambiguous", lambda i: f"Bearer {i.token()}, Bearer {i.token()}"),
    ("a token twice", "credentials_ambiguous", lambda i: ",".join([f"Bearer {i.token()}"] * 2)),
    ("Basic and a token", "credentials_ambiguous", lambda i: f"Basic dXNlcjpw,Bearer {i.token()}"),
    ("a token and Basic", "credentials_ambiguous", lambda i: f"Bearer {i.token()},Basic dXNlcjpw"),
]  # fmt: skip

# Tokens, each sent as a Bearer token.
TOKENS: list[tuple[str, str, Make]] = [
    # Unreadable tokens
    ("undefined", "token_malformed", lambda _: "undefined"),
    ("null", "token_malformed", lambda _: "null"),
    ("an object", "token_malformed", lambda _: "[object Object]"),
    ("a word", "token_malformed", lambda _: "token"),
    ("quotes", "token_malformed", lambda issuer: f'"{issuer.token()}"'),
    ("angle brackets", "token_malformed", lambda issuer: f"<{issuer.token()}>"),
    ("a blank in it", "token_malformed", with_parts(lambda h, p, s: f"{h}. {p}.{s}")),
    ("latin letters", "token_malformed", lambda _: "\xe9\xe8.\xe9.\xe9"),
    ("one part", "token_malformed", with_parts(lambda h, p, s: h)),
    ("two parts", "token_malformed", with_parts(lambda h, p, s: f"{h}.{p}")),
    ("two parts and a dot before", "token_malformed", with_parts(lambda h, p, s: f".{p}.{s}")),
    ("four parts", "token_malformed", with_parts(lambda h, p, s: f"{h}.{p}.{s}.{s}")),
    ("six parts", "token_malformed", lambda _: "a.b.c.d.e.f"),
    ("only dots", "token_malformed", lambda _: ".."),
    ("many dots", "token_malformed", lambda _: "." * 5000),
    ("a detached payload", "token_malformed", with_parts(lambda h, p, s: f"{h}..{s}")),
    ("a dot behind", "token_malformed", with_parts(lambda h, p, s: f"{h}.{p}.{s}.")),
    ("a JSON serialisation", "token_malformed", lambda _: '{"payload":"e30","signatures":[]}'),
    ("too long", "token_malformed", with_claims(note="x" * 13_000)),
    ("far too long", "token_malformed", lambda _: "a" * 1_000_000),
    # Segments that are not canonical base64url
    ("a padded header", "token_malformed", with_parts(lambda h, p, s: f"{h}=.{p}.{s}")),
    ("a padded payload", "token_malformed", with_parts(lambda h, p, s: f"{h}.{p}==.{s}")),
    ("a padded signature", "token_malformed", with_parts(lambda h, p, s: f"{h}.{p}.{s}==")),
    ("spare bits", "token_malformed", with_parts(lambda h, p, s: f"{h}.{p}.{spare_bits_set(s)}")),
    ("plus and slash", "token_malformed", with_parts(lambda h, p, s: f"{h}.{p}.{s[:-2]}+/")),
    ("an impossible length", "token_malformed", with_parts(lambda h, p, s: f"{h}.{p}.{s}AAA")),
    ("a header of one letter", "token_malformed", with_parts(lambda h, p, s: f"A.{p}.{s}")),
    # Unreadable headers
    ("a header of bytes", "token_malformed", with_raw_header(b"\x00\xff\xfe")),
    ("a header that is a list", "token_malformed", with_raw_header(b"[]")),
    ("a header that is text", "token_malformed", with_raw_header(b'"alg"')),
    ("a header that is null", "token_malformed", with_raw_header(b"null")),
    ("an empty header object", "token_malformed", with_raw_header(b"{}")),
    ("a header cut short", "token_malformed", with_raw_header(b'{"alg":"EdDSA"')),
    ("a header and more", "token_malformed", with_raw_header(b'{"alg":"EdDSA","kid":"key-1"}{}')),
    ("a header behind a BOM", "token_malformed", with_raw_header(b'\xef\xbb\xbf{"alg":"EdDSA"}')),
    ("a header in UTF-16", "token_malformed", with_raw_header('{"alg":"EdDSA"}'.encode("utf-16"))),
    ("a header in UTF-32", "token_malformed", with_raw_header('{"alg":"none"}'.encode("utf-32"))),
    ("alg twice", "token_malformed", with_raw_header(b'{"alg":"none","alg":"EdDSA","kid":"key-1"}')),
    ("kid twice", "token_malformed", with_raw_header(b'{"alg":"EdDSA","kid":"a","kid":"key-1"}')),
    ("a header with NaN", "token_malformed", with_raw_header(b'{"alg":"EdDSA","x":NaN}')),
    ("a header too deep", "token_malformed", with_raw_header(b'{"alg":' + b"[" * 9000)),
    ("a header of huge digits", "token_malformed", with_raw_header(b'{"alg":' + b"9" * 9000 + b"}")),
    ("a header too long", "token_malformed", with_header(x="x" * 800)),
    ("a kid of 8,000 letters", "token_malformed", with_header(kid="k" * 8000)),
    ("alg null", "token_malformed", with_header(alg=None)),
    ("alg a number", "token_malformed", with_header(alg=1)),
    ("alg a list", "token_malformed", with_header(alg=["EdDSA"])),
    ("alg an object", "token_malformed", with_header(alg={"EdDSA": 1})),
    ("no alg", "token_malformed", with_header(alg=...)),
    # Tokens of another kind
    ("an opaque session token", "token_kind", lambda _: f"{SESSION_TOKEN}"),
    ("a session cookie", "token_kind", lambda _: f"{SESSION_TOKEN}.{'a' * 43}="),
    ("a session cookie, quoted", "token_kind", lambda _: f"{SESSION_TOKEN}.{'a' * 43}%3D"),
    ("an encrypted token", "token_kind", lambda _: "eyJhbGciOiJkaXIifQ..aaaa.bbbb.cccc"),
    ("alg none, unsigned", "token_kind", with_parts(lambda h, p, s: f"{encode({'alg': 'none'})}.{p}.")),
    ("alg none, signed", "token_kind", with_header(alg="none")),
    ("alg None", "token_kind", with_header(alg="None")),
    ("alg NONE", "token_kind", with_header(alg="NONE")),
    ("HS256 without a kid", "token_kind", lambda i: hs256_token(**i.claims())),
    ("HS256 with the public key", "token_kind", hs256_with_the_public_key),
    ("HS256 under our kid", "token_kind", with_header(alg="HS256")),
    ("HS384", "token_kind", with_header(alg="HS384")),
    ("HS512", "token_kind", with_header(alg="HS512")),
    ("an empty alg", "token_kind", with_header(alg="")),
    ("alg in lower case", "token_kind", with_header(alg="eddsa")),
    ("alg with a blank", "token_kind", with_header(alg="EdDSA ")),
    ("ES256K", "token_kind", with_header(alg="ES256K")),
    ("ES384, not configured", "token_kind", with_header(alg="ES384")),
    ("RS512", "token_kind", with_header(alg="RS512")),
    ("Ed448", "token_kind", with_header(alg="Ed448")),
    ("RSA-OAEP", "token_kind", with_header(alg="RSA-OAEP")),
    ("an alg with a line break", "token_kind", with_header(alg="EdDSA\nforged log line")),
    ("no kid", "token_kind", with_header(kid=...)),
    ("kid null", "token_kind", with_header(kid=None)),
    ("an empty kid", "token_kind", with_header(kid="")),
    ("kid a number", "token_kind", with_header(kid=1)),
    ("kid a list", "token_kind", with_header(kid=["key-1"])),
    ("kid an object", "token_kind", with_header(kid={})),
    ("an access token", "token_kind", with_header(typ="at+jwt")),
    ("an access token, long name", "token_kind", with_header(typ="application/at+jwt")),
    ("a log-out token", "token_kind", with_header(typ="logout+jwt")),
    ("a session cache", "token_kind", with_header(typ="better-auth.session-cache+jwt")),
    ("a DPoP proof", "token_kind", with_header(typ="dpop+jwt")),
    ("an empty typ", "token_kind", with_header(typ="")),
    ("typ null", "token_kind", with_header(typ=None)),
    ("typ a list", "token_kind", with_header(typ=["JWT"])),
    ("crit", "token_kind", with_header(crit=["exp"])),
    ("an empty crit", "token_kind", with_header(crit=[])),
    ("crit and b64", "token_kind", with_header(crit=["b64"], b64=False)),
    ("b64 without crit", "token_kind", with_header(b64=False)),
    ("b64 true", "token_kind", with_header(b64=True)),
    ("a nested token", "token_kind", with_header(cty="JWT")),
    # Unknown keys
    ("an unknown kid", "key_unknown", with_header(kid="key-2")),
    ("a kid in other case", "key_unknown", with_header(kid="KEY-1")),
    ("a kid that is a path", "key_unknown", with_header(kid="../../../../dev/null")),
    ("a kid that is SQL", "key_unknown", with_header(kid="x' UNION SELECT 'secret'--")),
    ("a kid that is an address", "key_unknown", with_header(kid="http://127.0.0.1/jwks")),
    ("a kid with NUL", "key_unknown", with_header(kid="key-1\x00")),
    ("a kid with a line break", "key_unknown", with_header(kid="key-1\nforged log line")),
    ("a kid of a lone surrogate", "key_unknown", with_raw_header(b'{"alg":"EdDSA","kid":"\\ud800"}')),
    ("a kid of 700 letters", "key_unknown", with_header(kid="k" * 700)),
    ("a kid named as a method", "key_unknown", with_header(kid="__class__")),
    # Signatures that do not match the key
    ("the signature of another key", "signature_invalid", signed_by_another_key),
    ("an embedded key", "signature_invalid", with_embedded_key),
    ("no signature", "signature_invalid", with_parts(lambda h, p, s: f"{h}.{p}.")),
    ("a short signature", "signature_invalid", with_parts(lambda h, p, s: f"{h}.{p}.AAAA")),
    ("a long signature", "signature_invalid", with_parts(lambda h, p, s: f"{h}.{p}.{'A' * 4000}")),
    ("a signature of zeros", "signature_invalid", with_parts(lambda h, p, s: f"{h}.{p}.{encode(bytes(64))}")),
    ("S plus the order", "signature_invalid", with_parts(lambda h, p, s: f"{h}.{p}.{plus_order(s)}")),
    ("the payload changed", "signature_invalid", with_parts(lambda h, p, s: f"{h}.{encode({'sub': 'x'})}.{s}")),
    ("the header changed", "signature_invalid", with_parts(lambda h, p, s: f"{encode({**GENUINE, 'a': 1})}.{p}.{s}")),
    ("parts swapped", "token_malformed", with_parts(lambda h, p, s: f"{p}.{h}.{s}")),
    ("RS256 over an Ed25519 key", "signature_invalid", with_header(alg="RS256")),
    ("ES256 over an Ed25519 key", "signature_invalid", with_header(alg="ES256")),
    ("PS256 over an Ed25519 key", "signature_invalid", with_header(alg="PS256")),
    # Signed, but unreadable
    ("a payload of text", "token_malformed", with_raw_payload(b"hello")),
    ("a payload of bytes", "token_malformed", with_raw_payload(b"\xff\xff\xff")),
    ("a payload that is a list", "token_malformed", with_raw_payload(b"[]")),
    ("a payload behind a BOM", "token_malformed", with_raw_payload(b"\xef\xbb\xbf{}")),
    ("a payload in UTF-16", "token_malformed", with_raw_payload("{}".encode("utf-16"))),
    ("a claim twice", "token_malformed", with_member('"sub":"someone else"')),
    ("a nested claim twice", "token_malformed", with_member('"x":{"a":1,"a":2}')),
    ("NaN", "token_malformed", with_member('"x":NaN')),
    ("Infinity", "token_malformed", with_member('"x":[Infinity]')),
    ("1e999", "token_malformed", with_member('"x":1e999')),
    ("5,000 digits", "token_malformed", with_member(f'"x":{"9" * 5000}')),
    ("a nest of 5,000", "token_malformed", with_member(f'"x":{"[" * 5000}{"]" * 5000}')),
    # Times
    ("expired long ago", "token_expired", expired),
    ("expired just now", "token_expired", relative("exp", -11)),
    ("exp zero", "token_expired", with_claims(exp=0)),
    ("exp negative", "token_expired", with_claims(exp=-1)),
    ("exp a lifetime", "token_expired", with_claims(exp=900)),
    ("iat ahead", "token_not_yet_valid", relative("iat", 60)),
    ("nbf ahead", "token_not_yet_valid", relative("nbf", 60)),
    ("exp in milliseconds", "time_in_milliseconds", with_claims(exp=1_900_000_000_000)),
    ("iat in milliseconds", "time_in_milliseconds", with_claims(iat=1_700_000_000_000)),
    ("iat in milliseconds, a fraction", "time_in_milliseconds", with_claims(iat=1_700_000_000_000.5)),
    ("nbf in milliseconds", "time_in_milliseconds", with_claims(nbf=1_700_000_000_000)),
    ("all times in milliseconds", "time_in_milliseconds", lambda i: i.token(iat=i.claims()["iat"] * 1000, exp=i.claims()["iat"] * 1000 + 900)),
    ("exp in microseconds", "claims_invalid", with_claims(exp=1_900_000_000_000_000)),
    ("exp in the year 5138", "claims_invalid", with_claims(exp=1e14)),
    ("exp of 300 digits", "claims_invalid", with_claims(exp=1e300)),
    ("no exp", "claims_invalid", with_claims(exp=None)),
    ("no iat", "claims_invalid", with_claims(iat=None)),
    ("exp null", "claims_invalid", with_member('"nbf":null')),
    ("exp text", "claims_invalid", with_claims(exp="9999999999")),
    ("exp true", "claims_invalid", with_claims(exp=True)),
    ("exp a list", "claims_invalid", with_claims(exp=[9999999999])),
    ("iat text", "claims_invalid", with_claims(iat="now")),
    ("iat false", "claims_invalid", with_claims(iat=False)),
    ("nbf text", "claims_invalid", with_claims(nbf="0")),
    ("nbf true", "claims_invalid", with_claims(nbf=True)),
    ("exp out of range", "claims_invalid", with_claims(exp=10**400)),
    # Issuer, audience and subject
    ("no iss", "claims_invalid", with_claims(iss=None)),
    ("an empty iss", "claims_invalid", with_claims(iss="")),
    ("another iss", "claims_invalid", with_claims(iss="https://evil.example")),
    ("iss with a slash", "claims_invalid", lambda i: i.token(iss=i.url + '/')),
    ("iss in upper case", "claims_invalid", lambda i: i.token(iss=i.url.upper())),
    ("iss with more behind", "claims_invalid", lambda i: i.token(iss=i.url + '.evil')),
    ("iss a list", "claims_invalid", lambda i: i.token(iss=[i.url])),
    ("iss an object", "claims_invalid", with_claims(iss={})),
    ("no aud", "claims_invalid", with_claims(aud=None)),
    ("another aud", "claims_invalid", with_claims(aud="https://evil.example")),
    ("an empty aud list", "claims_invalid", with_claims(aud=[])),
    ("aud an object", "claims_invalid", lambda i: i.token(aud={i.url: 1})),
    ("aud a number", "claims_invalid", with_claims(aud=1)),
    ("aud nested", "claims_invalid", lambda i: i.token(aud=[[i.url]])),
    ("the aud of a session cache", "claims_invalid", with_claims(aud="better-auth:session-cache")),
    ("no sub", "claims_invalid", with_claims(sub=None)),
    ("an empty sub", "claims_invalid", with_claims(sub="")),
    ("sub a number", "claims_invalid", with_claims(sub=7)),
    ("sub a list", "claims_invalid", with_claims(sub=["a"])),
    ("sub with half a pair", "claims_invalid", with_claims(sub="ada\ud83d")),
    ("sub with NUL", "claims_invalid", with_claims(sub="ada\0")),
    # OAuth access tokens and ID tokens without a typ
    ("an access token without typ", "token_kind", with_claims(azp="client", scope="openid", sid="s")),
    ("a bound access token", "token_kind", with_claims(cnf={"jkt": "x"})),
    ("a client's token", "token_kind", with_claims(client_id="client", sub=None)),
    ("an ID token", "token_kind", with_claims(nonce="n", auth_time=1, acr="0")),
    ("an ID token with a hash", "token_kind", with_claims(at_hash="x")),
    # The user
    ("a banned user", "user_banned", with_claims(banned=True)),
    ("a user banned until 2999", "user_banned", with_claims(banned=True, banExpires="2999-01-01T00:00:00.000Z")),
    ("a user banned until a word", "user_banned", with_claims(banned=True, banExpires="soon")),
    ("a user banned until no zone", "user_banned", with_claims(banned=True, banExpires="2020-01-01")),
    ("a user banned until a number", "user_banned", with_claims(banned=True, banExpires=0)),
    ("no uuid", "user_claim_missing", with_claims(uuid=None)),
    ("uuid null", "user_claim_missing", lambda i: i.signed(encode(GENUINE), encode(i.claims() | {"uuid": None}))),
    ("an empty uuid", "user_claim_invalid", with_claims(uuid="")),
    ("uuid a word", "user_claim_invalid", with_claims(uuid="me")),
    ("uuid a number", "user_claim_invalid", with_claims(uuid=7)),
    ("uuid without hyphens", "user_claim_invalid", lambda i: i.token(uuid=i.user_uuid.replace('-', ''))),
    ("uuid in braces", "user_claim_invalid", lambda i: i.token(uuid='{' + i.user_uuid + '}')),
    ("uuid as urn", "user_claim_invalid", lambda i: i.token(uuid='urn:uuid:' + i.user_uuid)),
    ("uuid and a line break", "user_claim_invalid", lambda i: i.token(uuid=i.user_uuid + chr(10))),
    ("uuid in other digits", "user_claim_invalid", with_claims(uuid="\u0661" * 8 + "-0000-4000-8000-000000000000")),
]  # fmt: skip


@dataclass
class Service:
    """A guarded application and its issuer, shared by all tests of this module."""

    issuer: FaultyIssuer
    client: FlaskClient


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    with FaultyIssuer() as issuer:
        app = Flask("guarded")
        app.config["BETTER_AUTH_URL"] = issuer.url
        BetterAuth(app)
        app.add_url_rule("/me", view_func=require_user(dict), endpoint="me")
        client = app.test_client()
        # Load the keys with a valid token first. Otherwise the responses could be 503.
        header = {"Authorization": f"Bearer {issuer.token()}"}
        assert client.get("/me", headers=header).status_code == 200
        yield Service(issuer, client)


HOSTILE = [
    *HEADERS,
    *(
        (name, code, lambda issuer, make=make: f"Bearer {make(issuer)}")
        for name, code, make in TOKENS
    ),
]


def test_the_table_is_complete():
    assert len({name for name, _, _ in HOSTILE}) == len(HOSTILE) >= 120


@pytest.mark.parametrize(("code", "make"), [pytest.param(*row[1:], id=row[0]) for row in HOSTILE])
def test_each_credential_gets_its_status_and_code_and_no_more(
    service: Service, caplog: pytest.LogCaptureFixture, code: str, make: Make
):
    caplog.set_level(logging.DEBUG)
    header = make(service.issuer)
    response = service.client.get("/me", headers={"Authorization": header})
    assert (response.status_code, response.json["code"]) == (STATUS[code], code)
    assert response.content_type == "application/problem+json"
    assert is_expected_challenge(response.headers.get("WWW-Authenticate", ""), code)
    assert not LIBRARY_WORDS.search(response.text)
    assert f"{STATUS[code]} {code}:" in caplog.text
    assert "Traceback" not in caplog.text
    assert "\nforged" not in caplog.text
    for part in re.findall(r"[\w-]{24,}", header):
        assert part not in caplog.text
        assert part not in response.text


def is_expected_challenge(challenge: str, code: str) -> bool:
    """Return whether ``challenge`` is the challenge of RFC 6750 for this code."""
    if STATUS[code] != 401:
        return challenge == ""
    if code == "token_missing":
        return challenge == "Bearer"
    return challenge.startswith('Bearer error="invalid_token", error_description="')
