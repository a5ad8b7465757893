import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from support.faulty_issuer import SigningKey, encode

from bridge.errors import IssuerError
from bridge.jwks import KeySet, parse

GOOD = SigningKey("good")
RSA = SigningKey("rsa", "RS256")
P256 = SigningKey("p256", "ES256")


def key_set(*members: Any) -> KeySet:
    return parse(json.dumps({"keys": members}).encode())


@pytest.mark.parametrize(
    ("key", "labels", "algorithms"),
    [
        (GOOD, {}, ("EdDSA", "Ed25519")),
        (GOOD, {"alg": "Ed25519"}, ("EdDSA", "Ed25519")),
        (GOOD, {"alg": None}, ("EdDSA", "Ed25519")),
        (P256, {}, ("ES256",)),
        (P256, {"alg": None, "use": "sig", "key_ops": ["verify"]}, ("ES256",)),
        (P256, {"use": None, "key_ops": None}, ("ES256",)),
        (SigningKey("p384", "ES384"), {}, ("ES384",)),
        (SigningKey("p521", "ES512"), {}, ("ES512",)),
        (RSA, {}, ("RS256",)),
        (RSA, {"alg": "PS256"}, ("PS256",)),
        (RSA, {"alg": None}, ("RS256", "PS256")),
    ],
)
def test_the_algorithms_of_a_key_follow_from_its_type(
    key: SigningKey, labels: dict[str, Any], algorithms: tuple[str, ...]
):
    assert key_set(key.jwk(**labels)).keys[key.kid].algorithms == algorithms


@pytest.mark.parametrize("algorithm", ["EdDSA", "ES256", "ES384", "ES512", "RS256", "PS256"])
def test_a_key_verifies_only_its_own_signature(algorithm: str):
    signer = SigningKey("k", algorithm)
    key = key_set(signer.jwk()).keys["k"]
    signature = signer.sign(b"message")
    assert key.verifies(algorithm, b"message", signature)
    assert not key.verifies(algorithm, b"other", signature)
    assert not key.verifies(algorithm, b"message", b"")
    assert not key.verifies("HS256", b"message", signature)


def small_rsa() -> dict[str, Any]:
    private = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505
    return SigningKey("bad", "RS256", private).jwk()


def secp256k1() -> dict[str, Any]:
    private = ec.generate_private_key(ec.SECP256K1())
    return SigningKey("bad", "ES256", private).jwk()


def spare_bits_set(text: str) -> str:
    """Return another encoding of 32 bytes: the two unused bits of the last character are set."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return text[:-1] + alphabet[alphabet.index(text[-1]) | 3]


def standard_alphabet(text: str) -> str:
    return text[:5] + "+/" + text[7:]


@pytest.mark.parametrize(
    ("member", "reason"),
    [
        ("text", "not an object"),
        (None, "not an object"),
        ([], "not an object"),
        ({}, "no kid"),
        (GOOD.jwk(kid=None), "no kid"),
        (GOOD.jwk(kid=""), "no kid"),
        (GOOD.jwk(kid=7), "no kid"),
        ({"kid": "bad", "kty": "oct", "k": "c2VjcmV0"}, "symmetric"),
        (GOOD.jwk(kid="bad", d="AAAA"), "private part"),
        (RSA.jwk(kid="bad", d="AAAA"), "private part"),
        (RSA.jwk(kid="bad", p="AAAA"), "private part"),
        (GOOD.jwk(kid="bad", use="enc"), "use is not sig"),
        (GOOD.jwk(kid="bad", key_ops=["sign"]), "key_ops"),
        (GOOD.jwk(kid="bad", key_ops="verify"), "key_ops"),
        (GOOD.jwk(kid="bad", kty="RSA"), "type or curve"),
        (GOOD.jwk(kid="bad", kty=None), "type or curve"),
        (GOOD.jwk(kid="bad", kty=["OKP"]), "type or curve"),
        (GOOD.jwk(kid="bad", kty="AKP", alg="ML-DSA-44"), "type or curve"),
        (GOOD.jwk(kid="bad", crv="Ed448"), "type or curve"),
        (GOOD.jwk(kid="bad", crv="X25519"), "an encryption key"),
        (GOOD.jwk(kid="bad", crv={}), "type or curve"),
        (secp256k1(), "type or curve"),
        (GOOD.jwk(kid="bad", alg="RS256"), "alg does not fit"),
        (GOOD.jwk(kid="bad", alg="HS256"), "alg does not fit"),
        (GOOD.jwk(kid="bad", alg=["EdDSA"]), "alg does not fit"),
        (P256.jwk(kid="bad", alg="ES512"), "alg does not fit"),
        (RSA.jwk(kid="bad", alg="RS512"), "alg does not fit"),
        (small_rsa(), "RSA with 1024 bits"),
        (RSA.jwk(kid="bad", e="AQ"), "numbers"),
        (RSA.jwk(kid="bad", n=""), "numbers"),
        (RSA.jwk(kid="bad", n=7), "numbers"),
        (GOOD.jwk(kid="bad", x="AAAA"), "numbers"),
        (GOOD.jwk(kid="bad", x="not base64url"), "its x is not canonical base64url"),
        (GOOD.jwk(kid="bad", x="é"), "its x is not canonical base64url"),
        (GOOD.jwk(kid="bad", x=GOOD.jwk()["x"] + "="), "its x is not canonical base64url"),
        (GOOD.jwk(kid="bad", x=GOOD.jwk()["x"] + "\n"), "its x is not canonical base64url"),
        (GOOD.jwk(kid="bad", x=" " + GOOD.jwk()["x"]), "its x is not canonical base64url"),
        (GOOD.jwk(kid="bad", x=GOOD.jwk()["x"] + "A"), "numbers"),
        (GOOD.jwk(kid="bad", x=GOOD.jwk()["x"] + "*"), "its x is not canonical base64url"),
        (
            GOOD.jwk(kid="bad", x=spare_bits_set(GOOD.jwk()["x"])),
            "its x is not canonical base64url",
        ),
        (P256.jwk(kid="bad", y=P256.jwk()["y"] + "="), "its y is not canonical base64url"),
        (RSA.jwk(kid="bad", n=RSA.jwk()["n"] + "=="), "its n is not canonical base64url"),
        (
            RSA.jwk(kid="bad", n=standard_alphabet(RSA.jwk()["n"])),
            "its n is not canonical base64url",
        ),
        (RSA.jwk(kid="bad", e="AAEAAQ"), "its e begins with a zero byte"),
        (GOOD.jwk(kid="bad", x=None), "numbers"),
        (P256.jwk(kid="bad", y=P256.jwk()["x"]), "numbers"),
    ],
)
def test_a_bad_key_is_skipped_with_a_reason_and_the_others_are_used(member: Any, reason: str):
    found = key_set(member, GOOD.jwk())
    assert list(found.keys) == ["good"]
    assert [reason in key.reason for key in found.skipped] == [True]


@pytest.mark.parametrize(
    "labels",
    [
        {"use": "enc"},
        {"key_ops": ["encrypt"]},
        {"alg": "ECDH-ES"},
        {"crv": "X25519"},
    ],
)
def test_a_key_with_another_purpose_is_no_fault(labels: dict[str, Any]):
    (skipped,) = key_set(GOOD.jwk(kid="other", **labels), GOOD.jwk()).skipped
    assert not skipped.is_fault


@pytest.mark.parametrize("labels", [{"d": "AAAA", "use": "enc"}, {"alg": "RS256"}, {"x": "AA"}])
def test_a_bad_key_is_a_fault(labels: dict[str, Any]):
    (skipped,) = key_set(GOOD.jwk(kid="bad", **labels), GOOD.jwk()).skipped
    assert skipped.is_fault


# The encodings of all points whose order divides 8, also those that are not canonical, as listed in
# "Taming the many EdDSAs" (2020), table 6 a, and the same points with the other sign bit.
SMALL_ORDER = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
]


@pytest.mark.parametrize("sign", [0, 0x80])
@pytest.mark.parametrize("point", SMALL_ORDER)
def test_ed25519_keys_for_which_anyone_can_sign_are_skipped(point: str, sign: int):
    raw = bytearray.fromhex(point)
    raw[-1] |= sign
    found = key_set(GOOD.jwk(kid="bad", x=encode(bytes(raw))), GOOD.jwk())
    assert list(found.keys) == ["good"]
    assert ["Ed25519 key" in key.reason for key in found.skipped] == [True]


def test_the_second_ecdsa_signature_of_a_message_is_valid():
    """ECDSA itself allows (r, n - s), and Better Auth creates both forms. Others are refused."""
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    signature = P256.sign(b"message")
    r, s = signature[:32], int.from_bytes(signature[32:])
    key = key_set(P256.jwk()).keys["p256"]
    assert key.verifies("ES256", b"message", r + (order - s).to_bytes(32))
    der = encode_dss_signature(int.from_bytes(r), s)
    for other in (der, b"\0" + signature, signature + b"\0", r + (s + order).to_bytes(33)):
        assert not key.verifies("ES256", b"message", other)


def test_two_keys_with_one_kid_are_both_skipped():
    found = key_set(GOOD.jwk(), SigningKey("twin").jwk(), SigningKey("twin").jwk())
    assert list(found.keys) == ["good"]
    assert [key.kid for key in found.skipped] == ["twin", "twin"]


def test_a_key_published_twice_is_one_key():
    found = key_set(GOOD.jwk(), GOOD.jwk())
    assert list(found.keys) == ["good"]
    assert not found.skipped


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "json"),
        (b"<!doctype html><title>404</title>", "json"),
        (b'{"keys": [', "json"),
        (b'\xef\xbb\xbf{"keys": []}', "json"),
        (b"\xff\xfe", "json"),
        (b"[" * 200_000, "json"),
        (b'{"keys": ' + b"9" * 5000 + b"}", "json"),
        (b"[]", "shape"),
        (b"null", "shape"),
        (b"{}", "shape"),
        (b'{"keys": {}}', "shape"),
        (b'{"message": "not found"}', "shape"),
        (b'{"keys": []}', "empty"),
        (b'{"keys": [{"kty": "oct", "kid": "k"}]}', "unusable"),
    ],
)
def test_a_response_without_usable_keys_is_an_error_with_a_kind(body: bytes, kind: str):
    with pytest.raises(IssuerError) as caught:
        parse(body)
    assert caught.value.kind == kind


def test_a_thousand_keys_are_parsed():
    # One key pair with many kids, because creating a thousand key pairs is slow.
    assert len(key_set(*(GOOD.jwk(kid=f"k{n}") for n in range(1000))).keys) == 1000
