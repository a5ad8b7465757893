import re
from collections.abc import Iterator
from pathlib import Path

import bridge
from bridge import errors


def outcomes(kind: type[errors.Refusal] = errors.Refusal) -> Iterator[type[errors.Refusal]]:
    """Every outcome of the bridge; what an application adds is its own affair."""
    for outcome in kind.__subclasses__():
        if "code" in vars(outcome) and outcome.__module__ == errors.__name__:
            yield outcome
        yield from outcomes(outcome)


def test_each_refusal_has_the_status_and_code_that_are_promised():
    assert {outcome.code: outcome.status for outcome in outcomes()} == {
        "token_missing": 401,
        "token_malformed": 401,
        "token_kind": 401,
        "key_unknown": 401,
        "signature_invalid": 401,
        "token_expired": 401,
        "token_not_yet_valid": 401,
        "claims_invalid": 401,
        "user_claim_missing": 401,
        "user_claim_invalid": 401,
        "user_mismatch": 403,
        "check_failed": 403,
        "credentials_ambiguous": 400,
        "keys_unavailable": 503,
    }


def test_reasons_stay_with_us():
    for outcome in outcomes():
        refusal = outcome("the secret reason", hint="the secret hint")
        assert "secret" not in f"{refusal.problem()} {refusal.headers}"


def test_details_fit_into_a_challenge():
    """RFC 6750, section 3: an error_description has neither quotes nor backslashes."""
    for outcome in outcomes():
        assert re.fullmatch(r"[\x20-\x21\x23-\x5b\x5d-\x7e]+", outcome.detail)


def test_all_is_what_is_public():
    modules = {file.stem for file in Path(bridge.__file__).parent.glob("*.py")}
    public = {name for name in vars(bridge) if not name.startswith("_")} - modules
    assert public == set(bridge.__all__)
