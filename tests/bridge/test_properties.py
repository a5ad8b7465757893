"""Properties of all headers and tokens; `make fuzz` tries many more examples."""

import json
import math
import time
from typing import Any

import jwt
import pytest
from flask import Flask, g
from hypothesis import given
from hypothesis import strategies as st
from support.faulty_issuer import SigningKey, encode

from bridge import BetterAuth, Refusal, jwks, require_user
from bridge.errors import KeyUnknown
from bridge.jws import decode_segment
from bridge.settings import Settings
from bridge.testing import Issuer
from bridge.tokens import Verifier

NOW = int(time.time())
ISSUER = "https://auth.test"
KEY = SigningKey("key-1")
LEEWAY = 10


class Known:
    key_set = jwks.parse(json.dumps({"keys": [KEY.jwk()]}).encode())

    def get(self, kid: str) -> jwks.Key:
        if kid not in self.key_set.keys:
            raise KeyUnknown(f"unknown kid {kid!r}")
        return self.key_set.keys[kid]

    def get_replacement(self, refused: jwks.Key) -> None:
        """No key is replaced."""


VERIFIER = Verifier(Settings.from_config({"BETTER_AUTH_URL": ISSUER}), Known(), lambda: NOW)


def claims(**changes: Any) -> dict[str, Any]:
    whole = {
        "iss": ISSUER,
        "aud": ISSUER,
        "sub": "ada",
        "uuid": "00000000-0000-4000-8000-000000000001",
        "iat": NOW,
        "exp": NOW + 900,
    }
    return whole | changes


def signed(header: bytes, payload: bytes) -> str:
    message = f"{encode(header)}.{encode(payload)}"
    return f"{message}.{encode(KEY.sign(message.encode()))}"


def good_token(**changes: Any) -> str:
    header = json.dumps({"alg": "EdDSA", "kid": "key-1"}).encode()
    return signed(header, json.dumps(claims(**changes)).encode())


def accepts(token: str) -> bool:
    try:
        VERIFIER.verify(token)
    except Refusal:
        return False
    return True


@pytest.fixture(scope="module")
def app() -> Any:
    with Issuer(ISSUER):
        app = Flask("any")
        app.config |= {"BETTER_AUTH_URL": ISSUER, "PROPAGATE_EXCEPTIONS": True}
        BetterAuth(app)
        app.get("/me")(require_user(lambda: g.user.id))
        yield app


TOKEN_LIKE = st.text('abcXYZ019-_.=+/ ,"{}', max_size=60)


@given(
    header=st.one_of(
        st.binary(max_size=300).map(lambda data: data.decode("latin-1")),
        st.builds("{} {}".format, st.sampled_from(["Bearer", "bearer", "Basic"]), TOKEN_LIKE),
        st.builds("Bearer {}.{}.{}".format, TOKEN_LIKE, TOKEN_LIKE, TOKEN_LIKE),
    )
)
def test_no_header_grants_access_or_causes_an_error(app: Flask, header: str):
    statuses: list[str] = []
    environ = app.test_request_context("/me").request.environ | {"HTTP_AUTHORIZATION": header}
    b"".join(app.wsgi_app(environ, lambda status, *_: statuses.append(status)))  # type: ignore[arg-type]
    assert statuses[0][:3] in ("400", "401")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda children: (
        st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=5), children)
    ),
    max_leaves=8,
)
MEMBERS = st.sampled_from(["alg", "kid", "typ", "crit", "cty", "jwk", "x5u", "b64", "any"])


@given(members=st.dictionaries(MEMBERS, JSON | st.sampled_from(["EdDSA", "key-1", "JWT", "none"])))
def test_a_signed_header_is_accepted_only_by_the_policy(members: dict[str, Any]):
    header = {"alg": "EdDSA", "kid": "key-1"} | members
    token = signed(json.dumps(header).encode(), json.dumps(claims()).encode())
    kind = header.get("typ", "JWT")
    expected = (
        header["alg"] in ("EdDSA", "Ed25519")
        and header["kid"] == "key-1"
        and isinstance(kind, str)
        and kind.upper() == "JWT"
        and not {"crit", "cty", "b64"} & header.keys()
        and is_json(header)
    )
    assert accepts(token) == expected


def is_json(value: Any) -> bool:
    """Return whether ``value`` is JSON: Python writes NaN and Infinity, which are not JSON."""
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, dict):
        return all(map(is_json, value.values()))
    return all(map(is_json, value)) if isinstance(value, list) else True


@given(payload=st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()))
def test_no_payload_without_the_required_claims_is_accepted(payload: bytes):
    assert not accepts(signed(b'{"alg":"EdDSA","kid":"key-1"}', payload))


@given(position=st.integers(min_value=0), character=st.characters(codec="latin-1"))
def test_a_token_with_one_changed_character_is_refused(position: int, character: str):
    token = good_token()
    position %= len(token)
    other = token[:position] + character + token[position + 1 :]
    assert accepts(other) == (other == token)


@given(position=st.integers(min_value=0), inserted=st.text(min_size=1, max_size=3))
def test_a_token_with_inserted_characters_is_refused(position: int, inserted: str):
    token = good_token()
    position %= len(token) + 1
    assert not accepts(token[:position] + inserted + token[position:])


TIMES = st.one_of(
    st.integers(NOW - 30, NOW + 30),
    st.floats(NOW - 30, NOW + 30),
    st.sampled_from([0, -1, 1e300, 2**63, 2**2000]),
)
ISSUERS = st.sampled_from([ISSUER, ISSUER + "/", "", "https://auth.test.evil", "HTTPS://AUTH.TEST"])


@given(
    exp=TIMES,
    iat=TIMES,
    nbf=st.none() | TIMES,
    iss=ISSUERS,
    aud=ISSUERS | st.lists(ISSUERS, max_size=3),
)
def test_times_issuer_and_audience_are_checked_as_by_pyjwt(
    exp: float, iat: float, nbf: float | None, iss: str, aud: object
):
    changes = {"exp": exp, "iat": iat, "iss": iss, "aud": aud}
    token = good_token(**changes, **({} if nbf is None else {"nbf": nbf}))
    assert accepts(token) == pyjwt_accepts(token)


def pyjwt_accepts(token: str) -> bool:
    """Return whether PyJWT accepts ``token`` at the time NOW; a time after 5138 is refused."""
    try:
        decoded = jwt.decode(
            token,
            KEY.private.public_key(),
            ["EdDSA"],
            issuer=ISSUER,
            audience=ISSUER,
            options={
                "require": ["exp", "iat", "iss", "aud", "sub"],
                # PyJWT rounds times to seconds and has no clock parameter: checked below.
                "verify_exp": False,
                "verify_iat": False,
                "verify_nbf": False,
            },
        )
        exp, iat, nbf = (float(decoded.get(name, NOW)) for name in ("exp", "iat", "nbf"))
    except (jwt.PyJWTError, OverflowError):
        return False
    if max(exp, iat, nbf) >= 1e11:
        return False
    return exp > NOW - LEEWAY and iat <= NOW + LEEWAY and nbf <= NOW + LEEWAY


@given(data=st.binary(max_size=100))
def test_a_segment_has_one_encoding(data: bytes):
    segment = encode(data)
    assert decode_segment(segment) == data
    last = segment[-1:]
    for other in "ABCQgwxyz089-_":
        if len(data) % 3 and other != last:
            encoded = segment[:-1] + other
            try:
                assert encode(decode_segment(encoded)) == encoded
            except Refusal:
                continue


@given(body=st.binary(max_size=300) | JSON.map(lambda value: json.dumps({"keys": value}).encode()))
def test_no_key_set_causes_an_unexpected_error(body: bytes):
    try:
        found = jwks.parse(body)
    except jwks.IssuerError:
        return
    assert found.keys == {}, "generated keys are not keys"


MEMBER = st.fixed_dictionaries(
    {"kty": st.sampled_from(["OKP", "EC", "RSA", "oct"])},
    optional={
        "kid": st.text(max_size=5) | st.none() | st.integers(),
        "crv": st.sampled_from(["Ed25519", "P-256", "P-521", "Ed448", "X25519", ""]),
        "alg": st.sampled_from(["EdDSA", "ES256", "RS256", "HS256", "none"]) | st.integers(),
        "use": st.sampled_from(["sig", "enc"]),
        "x": TOKEN_LIKE | st.integers(),
        "y": TOKEN_LIKE | st.none(),
        "n": TOKEN_LIKE,
        "e": st.sampled_from(["AQAB", "", "AA"]),
        "d": TOKEN_LIKE,
        "k": TOKEN_LIKE,
    },
)


@given(members=st.lists(MEMBER, max_size=4))
def test_a_bad_key_never_affects_a_good_key(members: list[dict[str, Any]]):
    others = [member for member in members if member.get("kid") != "key-1"]
    found = jwks.parse(json.dumps({"keys": [*others, KEY.jwk(), *others]}).encode())
    assert found.keys["key-1"].kid == "key-1"
