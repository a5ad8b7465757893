import re
from collections.abc import Iterator
from pathlib import Path

import bridge
from bridge import errors


def refusals(kind: type[errors.Refusal] = errors.Refusal) -> Iterator[type[errors.Refusal]]:
    """Yield every refusal of the bridge; subclasses of an application are not included."""
    for refusal_class in kind.__subclasses__():
        if "code" in vars(refusal_class) and refusal_class.__module__ == errors.__name__:
            yield refusal_class
        yield from refusals(refusal_class)


def test_each_refusal_has_its_documented_status_and_code():
    assert {refusal_class.code: refusal_class.status for refusal_class in refusals()} == {
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
        "user_mismatch": 403,
        "user_banned": 403,
        "check_failed": 403,
        "credentials_ambiguous": 400,
        "keys_unavailable": 503,
    }


def test_reasons_and_hints_are_not_sent_to_clients():
    for refusal_class in refusals():
        refusal = refusal_class("the secret reason", hint="the secret hint")
        assert "secret" not in f"{refusal.problem()} {refusal.headers}"


def test_details_are_valid_in_a_challenge():
    """RFC 6750, section 3: an error_description must not contain quotes or backslashes."""
    for refusal_class in refusals():
        assert re.fullmatch(r"[\x20-\x21\x23-\x5b\x5d-\x7e]+", refusal_class.detail)


def test_all_lists_every_public_name():
    modules = {file.stem for file in Path(bridge.__file__).parent.glob("*.py")}
    public = {name for name in vars(bridge) if not name.startswith("_")} - modules
    assert public == set(bridge.__all__)
