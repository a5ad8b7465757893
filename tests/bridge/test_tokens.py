"""The verified user and the required claims; invalid tokens are in test_hostile."""

import copy
import pickle
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any
from uuid import UUID, uuid4

import jwt
import pytest
from flask import Flask
from support.faulty_issuer import FaultyIssuer, SigningKey, encode

from bridge import BetterAuth, KeysUnavailable, Refusal, User
from bridge.jwks import parse
from bridge.settings import Settings
from bridge.tokens import Verifier, fingerprint


class PublishedKeys:
    """The current keys of the issuer, without a cache."""

    def __init__(self, issuer: FaultyIssuer) -> None:
        self._issuer = issuer

    def get(self, kid: str) -> Any:
        return parse(self._issuer.key_set()).keys[kid]

    def get_replacement(self, refused: Any) -> None:
        """No key is replaced."""


class UnchangedKeys:
    """The keys that the issuer published at the start."""

    def __init__(self, issuer: FaultyIssuer) -> None:
        self._keys = parse(issuer.key_set()).keys

    def get(self, kid: str) -> Any:
        return self._keys[kid]

    def get_replacement(self, refused: Any) -> None:
        """No key is replaced."""


@pytest.fixture
def verify(issuer: FaultyIssuer) -> Callable[..., User]:
    def verify(token: str, *, clock: Callable[[], float] = time.time, **settings: Any) -> User:
        checked = Settings.from_config({"BETTER_AUTH_URL": issuer.url, **settings})
        return Verifier(checked, PublishedKeys(issuer), clock).verify(token)

    return verify


def code(call: Callable[[], object]) -> str:
    with pytest.raises(Refusal) as caught:
        call()
    return caught.value.code


def test_a_token_identifies_its_user(verify: Callable[..., User], issuer: FaultyIssuer):
    user = verify(issuer.token())
    assert user.id == "w3kPzu0Yc7WbQn5o2HXhJdV9tRsLmA8E"
    assert user.uuid == user.identity == UUID(issuer.user_uuid)
    assert (user.name, user.email) == ("Ada", "ada@example.com")
    assert user.claims["emailVerified"] is False


ROLES = {"roles": ["admin", ["nested"]], "plan": {"limits": {"tasks": 1}}}


def test_claims_are_plain_values(verify: Callable[..., User], issuer: FaultyIssuer):
    claims = issuer.claims(**ROLES)
    user = verify(issuer.signed(encode({"alg": "EdDSA", "kid": "key-1"}), encode(claims)))
    assert user.claims == claims
    assert user.claims["roles"] == ["admin", ["nested"]]
    assert asdict(user)["claims"] == claims
    for copied in (copy.deepcopy(user), pickle.loads(pickle.dumps(user)), replace(user, id="x")):  # noqa: S301
        assert copied.claims == claims
    assert User("id", None, None, None, "id", "", claims={"a": [1]}).claims == {"a": [1]}


def test_no_request_can_change_what_other_requests_see(issuer: FaultyIssuer):
    settings = Settings.from_config({"BETTER_AUTH_URL": issuer.url})
    verifier, token = Verifier(settings, UnchangedKeys(issuer)), issuer.token(**ROLES)
    user = verifier.verify(token)
    user.claims["roles"].append("root")
    user.claims["plan"]["limits"]["tasks"] = 9
    user.claims["admin"] = True
    assert verifier.verify(token).claims == user.claims
    assert {name: user.claims[name] for name in ROLES} == ROLES
    assert "admin" not in user.claims
    for name in ("id", "claims", "other"):
        with pytest.raises(AttributeError):
            setattr(user, name, {})


def test_text_that_utf_8_or_postgresql_refuse_is_replaced(
    verify: Callable[..., User], issuer: FaultyIssuer
):
    """JavaScript's slice() can cut a surrogate pair in half."""
    user = verify(
        issuer.token(
            name="Ada \ud83d", email="a\0@b", tags=["\udc00", {"\0": "\u00e9\U0001f600\\u0000"}]
        )
    )
    assert (user.name, user.email) == ("Ada \ufffd", "a\ufffd@b")
    assert user.claims["name"] == user.name
    assert user.claims["tags"] == ["\ufffd", {"\ufffd": "\u00e9\U0001f600\\u0000"}]


@pytest.mark.parametrize("text", ["ada\ud83d", "ada\0"])
def test_an_id_with_such_text_is_refused(
    verify: Callable[..., User], issuer: FaultyIssuer, text: str
):
    settings = {"BETTER_AUTH_USER_CLAIM": "login"}
    assert code(lambda: verify(issuer.token(login=text), **settings)) == "user_claim_invalid"


@pytest.mark.parametrize(
    "claims",
    [
        {"banned": False, "role": "user"},
        {"banned": True, "banExpires": "2020-01-01T00:00:00.000Z"},
    ],
)
def test_a_user_without_a_ban_or_with_an_expired_ban_is_accepted(
    verify: Callable[..., User], issuer: FaultyIssuer, claims: dict[str, object]
):
    assert verify(issuer.token(**claims)).id


@pytest.mark.parametrize("claim", ["azp", "scope", "client_id", "at_hash", "nonce", "acr", "cnf"])
def test_tokens_of_the_oauth_provider_are_refused_by_each_of_their_claims(
    verify: Callable[..., User], issuer: FaultyIssuer, claim: str
):
    with pytest.raises(Refusal) as caught:
        verify(issuer.token(**{claim: "x"}))
    assert (caught.value.code, claim in caught.value.reason) == ("token_kind", True)
    assert "rename the claim" in caught.value.hint


def test_the_repr_of_a_user_has_no_claims(verify: Callable[..., User], issuer: FaultyIssuer):
    assert "private" not in repr(verify(issuer.token(note="private")))


@pytest.mark.parametrize("algorithm", ["EdDSA", "ES256", "ES512", "PS256", "RS256"])
def test_every_algorithm_of_better_auth_verifies(
    verify: Callable[..., User], issuer: FaultyIssuer, algorithm: str
):
    issuer.rotate("new", algorithm)
    assert verify(issuer.token()).id


@pytest.mark.parametrize("algorithm", ["EdDSA", "ES256", "ES512", "PS256", "RS256"])
def test_tokens_signed_by_pyjwt_are_verified(
    verify: Callable[..., User], issuer: FaultyIssuer, algorithm: str
):
    issuer.rotate("new", algorithm)
    token = jwt.encode(issuer.claims(), issuer.keys[-1].private, algorithm, {"kid": "new"})
    assert verify(token).id


def test_ed25519_is_another_name_of_eddsa(verify: Callable[..., User], issuer: FaultyIssuer):
    assert verify(issuer.token(header={"alg": "Ed25519", "kid": "key-1"})).id


def test_an_algorithm_that_is_not_configured_is_refused(
    verify: Callable[..., User], issuer: FaultyIssuer
):
    assert code(lambda: verify(issuer.token(), BETTER_AUTH_ALGORITHMS="ES256")) == "token_kind"


def test_a_token_expires_at_exp_plus_the_leeway(verify: Callable[..., User], issuer: FaultyIssuer):
    token = issuer.token(iat=1000, exp=1900)
    assert verify(token, clock=lambda: 1909.9).id
    assert code(lambda: verify(token, clock=lambda: 1910)) == "token_expired"
    assert code(lambda: verify(token, clock=lambda: 1900, BETTER_AUTH_LEEWAY=0)) == "token_expired"


def test_a_token_is_valid_from_iat_and_nbf_minus_the_leeway(
    verify: Callable[..., User], issuer: FaultyIssuer
):
    token = issuer.token(iat=1000, nbf=1100, exp=1900)
    assert verify(token, clock=lambda: 1090).id
    assert code(lambda: verify(token, clock=lambda: 1089)) == "token_not_yet_valid"
    assert code(lambda: verify(token, clock=lambda: 900)) == "token_not_yet_valid"


def test_one_accepted_audience_of_several_is_enough(
    verify: Callable[..., User], issuer: FaultyIssuer
):
    assert verify(issuer.token(aud=["other", issuer.url])).id
    assert verify(issuer.token(aud="b"), BETTER_AUTH_AUDIENCE="a,b").id


def test_the_token_s_issuer_is_compared_exactly(verify: Callable[..., User], issuer: FaultyIssuer):
    assert code(lambda: verify(issuer.token(iss=f"{issuer.url}/"))) == "claims_invalid"
    assert verify(issuer.token(iss="mine", aud="mine"), BETTER_AUTH_ISSUER="mine").id


def test_the_reason_names_the_refused_and_the_accepted_issuer(
    verify: Callable[..., User], issuer: FaultyIssuer
):
    with pytest.raises(Refusal) as caught:
        verify(issuer.token(iss="http://web:3000"))
    assert "'http://web:3000'" in caught.value.reason
    assert repr(issuer.url) in caught.value.reason


def test_the_sub_can_identify_the_user(verify: Callable[..., User], issuer: FaultyIssuer):
    user = verify(issuer.token(uuid=None), BETTER_AUTH_USER_CLAIM="sub")
    assert user.identity == user.id
    assert user.uuid is None


def test_a_sub_that_is_a_uuid_is_parsed(verify: Callable[..., User], issuer: FaultyIssuer):
    name = uuid4()
    user = verify(issuer.token(sub=str(name)), BETTER_AUTH_USER_CLAIM="sub")
    assert user.uuid == name


@pytest.mark.parametrize(
    ("claims", "settings", "named"),
    [
        ({}, {}, lambda user: user.uuid),
        ({}, {}, lambda user: str(user.uuid)),
        ({}, {}, lambda user: str(user.uuid).upper()),
        ({"uuid": str(UUID(int=10)).upper()}, {}, lambda _: UUID(int=10)),
        ({}, {"BETTER_AUTH_USER_CLAIM": "sub"}, lambda user: user.id),
        ({"sub": str(UUID(int=10))}, {"BETTER_AUTH_USER_CLAIM": "sub"}, lambda _: UUID(int=10)),
    ],
)
def test_a_user_is_named_by_the_claim_that_identifies_them(
    verify: Callable[..., User],
    issuer: FaultyIssuer,
    claims: dict[str, str],
    settings: dict[str, str],
    named: Callable[[User], object],
):
    user = verify(issuer.token(**claims), **settings)
    assert user.is_named(named(user))


@pytest.mark.parametrize(
    ("settings", "other"),
    [
        ({}, lambda user: user.id),
        ({}, lambda _: uuid4()),
        ({}, lambda user: user.uuid.hex),
        ({}, lambda user: f"{{{user.uuid}}}"),
        ({}, lambda user: f"urn:uuid:{user.uuid}"),
        ({}, lambda _: ""),
        ({}, lambda _: None),
        ({}, lambda user: user.uuid.int),
        ({"BETTER_AUTH_USER_CLAIM": "sub"}, lambda user: user.id.lower()),
        ({"BETTER_AUTH_USER_CLAIM": "sub"}, lambda user: f" {user.id}"),
        ({"BETTER_AUTH_USER_CLAIM": "sub"}, lambda _: uuid4()),
        ({"BETTER_AUTH_USER_CLAIM": "sub"}, lambda _: None),
    ],
)
def test_a_user_is_not_named_by_anything_else(
    verify: Callable[..., User],
    issuer: FaultyIssuer,
    settings: dict[str, str],
    other: Callable[[User], object],
):
    user = verify(issuer.token(), **settings)
    assert not user.is_named(other(user))


@pytest.mark.parametrize(
    ("iss", "hint", "other_hint"),
    [
        (None, "defaultFindManyLimit", "another environment?"),
        ("https://staging.example.com", "another environment?", "defaultFindManyLimit"),
    ],
)
def test_the_hint_for_an_unknown_key_depends_on_the_issuer_of_the_token(
    app: Flask, issuer: FaultyIssuer, iss: str | None, hint: str, other_hint: str
):
    """After 100 rotations, the key set of the right issuer lacks its newest key."""
    token = issuer.token(header={"alg": "EdDSA", "kid": "new"}, iss=iss or issuer.url)
    with app.app_context(), pytest.raises(Refusal) as caught:
        BetterAuth().verify(token)
    assert caught.value.code == "key_unknown"
    assert hint in caught.value.hint
    assert other_hint not in caught.value.hint


def test_an_outage_of_the_issuer_is_keys_unavailable(issuer: FaultyIssuer):
    class NoKeys:
        def get(self, kid: str) -> Any:
            raise KeysUnavailable("down")

    settings = Settings.from_config({"BETTER_AUTH_URL": issuer.url})
    assert code(lambda: Verifier(settings, NoKeys()).verify(issuer.token())) == "keys_unavailable"


def test_a_refused_header_needs_no_key(issuer: FaultyIssuer):
    class ForbiddenKeys:
        def get(self, kid: str) -> Any:
            raise AssertionError("a key was requested")

    verifier = Verifier(Settings.from_config({"BETTER_AUTH_URL": issuer.url}), ForbiddenKeys())
    for header in ({"alg": "HS256", "kid": "k"}, {"alg": "EdDSA"}, {"alg": "EdDSA", "typ": "x"}):
        with pytest.raises(Refusal):
            verifier.verify(issuer.token(header=header))


def test_a_token_that_was_expired_when_issued_is_explained(
    verify: Callable[..., User], issuer: FaultyIssuer
):
    with pytest.raises(Refusal) as caught:
        verify(issuer.token(exp=900))
    assert 'write it as "15m"' in caught.value.hint


def test_a_fingerprint_covers_the_whole_token(issuer: FaultyIssuer):
    assert fingerprint(issuer.token(a=1)) != fingerprint(issuer.token(a=2))


def test_an_rsa_key_verifies_only_the_algorithm_of_its_alg(
    verify: Callable[..., User], issuer: FaultyIssuer
):
    issuer.keys = [SigningKey("rsa", "RS256")]
    token = issuer.token(header={"alg": "PS256", "kid": "rsa"})
    assert code(lambda: verify(token)) == "signature_invalid"
