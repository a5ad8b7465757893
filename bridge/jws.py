"""Parse a compact JWS (RFC 7515, section 7.1): segments, base64url and strict JSON.

Nothing is verified here. Every error is a ``TokenMalformed`` or a ``TokenKind``.
"""

import binascii
import json
import math
import re
import string
from typing import Any, NoReturn

from .errors import TokenKind, TokenMalformed

MAX_TOKEN_CHARACTERS = 16 * 1024
# The headers of Better Auth have about 100 characters. Anyone can send a header, so a large header
# must be refused before it costs time and memory.
MAX_HEADER_CHARACTERS = 1024
WHAT_TO_SEND = "send the token that authClient.token() or GET /api/auth/token returns"

_BASE64URL = (string.ascii_letters + string.digits + "-_").encode()
_COMPACT_JWE = re.compile(r"[\w-]+(\.[\w-]*){4}", re.ASCII)
# Better Auth's session token, alone or with the signature that its cookie carries.
_SESSION_TOKEN = re.compile(r"\w{32}(\.[\w+/%=-]+)?", re.ASCII)
_UNUSABLE_TEXT = re.compile("[\0\ud800-\udfff]")
# The last characters allowed in a canonical segment, by the length of the segment modulo four.
_LAST_CHARACTERS = ("", "", "AQgw", "AEIMQUYcgkosw048")
_JSON_WHITESPACE = " \t\n\r"  # RFC 8259, section 2
_PADDING = (b"", b"", b"==", b"=")
_TO_BASE64 = bytes.maketrans(b"-_", b"+/")


def split(token: str) -> tuple[str, str, str]:
    """Return the header, payload and signature segments of a compact JWS."""
    if len(token) > MAX_TOKEN_CHARACTERS:
        raise TokenMalformed(f"{len(token)} characters; at most {MAX_TOKEN_CHARACTERS} are allowed")
    # Deleting the base64url characters takes half the time of a regular expression.
    if token.isascii() and token.encode().translate(None, _BASE64URL) == b"..":
        header, payload, signature = token.split(".")
        if len(header) > MAX_HEADER_CHARACTERS:
            raise TokenMalformed(
                f"a header of {len(header)} characters; at most {MAX_HEADER_CHARACTERS} are allowed"
            )
        if header and payload:
            return header, payload, signature
    _refuse_common_mistakes(token)
    raise TokenMalformed(f"{len(token)} characters, not a compact JWS")


def _refuse_common_mistakes(token: str) -> None:
    """Raise an error that names the value if clients often send this value instead of the JWT."""
    if _SESSION_TOKEN.fullmatch(token):
        raise TokenKind("an opaque session token", hint=f"not session.token: {WHAT_TO_SEND}")
    if _COMPACT_JWE.fullmatch(token):
        raise TokenKind("an encrypted token (JWE)", hint=WHAT_TO_SEND)
    if token in ("undefined", "null", "[object Object]"):
        raise TokenMalformed(
            f"the text {token!r}",
            hint="the client did not wait for authClient.token(), or ignored its error",
        )


def parse_object(data: bytes, part: str) -> dict[str, Any]:
    """Return the JSON object in ``data``, the bytes of a segment.

    ``part`` names the segment in error messages.
    """
    try:
        # Decode to text first: given bytes, json would accept UTF-16 and UTF-32 and skip a byte
        # order mark (RFC 8259, section 8.1).
        text = data.decode("utf-8").strip(_JSON_WHITESPACE)
        # decode() would search for white space with two regular expressions.
        value, end = _JSON.raw_decode(text)
    except (ValueError, RecursionError):
        raise TokenMalformed(f"the {part} is not valid JSON") from None
    if end != len(text):
        raise TokenMalformed(f"the {part} is not valid JSON")
    if not isinstance(value, dict):
        raise TokenMalformed(f"the {part} is not a JSON object")
    return value


def decode_segment(segment: str) -> bytes:
    """Return the bytes of a segment that ``split`` returned (base64url, RFC 7515, appendix C).

    Raises ``TokenMalformed`` unless ``segment`` is the canonical encoding of the bytes.
    """
    remainder = len(segment) % 4
    # The last character may have unused bits. If they could vary, one signature would have several
    # encodings.
    if remainder and segment[-1] not in _LAST_CHARACTERS[remainder]:
        raise TokenMalformed("a segment is not canonical base64url")
    return binascii.a2b_base64(segment.encode().translate(_TO_BASE64) + _PADDING[remainder])


def has_unusable_text(text: str) -> bool:
    """Return whether ``text`` has a NUL character or a half of a surrogate pair.

    JSON allows both, but UTF-8 has no surrogates, and PostgreSQL refuses NUL.
    """
    return _UNUSABLE_TEXT.search(text) is not None


def replace_unusable_text(value: Any) -> Any:
    """Return the JSON ``value`` with U+FFFD in place of characters that ``has_unusable_text``."""
    if isinstance(value, str):
        return _UNUSABLE_TEXT.sub("\ufffd", value)
    if isinstance(value, dict):
        return {replace_unusable_text(k): replace_unusable_text(v) for k, v in value.items()}
    return [replace_unusable_text(item) for item in value] if isinstance(value, list) else value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        # Two parsers could read two different tokens: RFC 7519, section 4.
        raise ValueError("duplicate member")
    return members


def _finite_float(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("number out of range")
    return number


def _refuse_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is not JSON")


_JSON = json.JSONDecoder(
    object_pairs_hook=_object, parse_float=_finite_float, parse_constant=_refuse_constant
)
