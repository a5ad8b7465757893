"""The verified user of a token."""

import json
import re
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True)
class User:
    """A verified user.

    ``id`` is the token's ``sub`` and ``issuer`` its ``iss``. ``identity`` is the value of the
    configured user claim: a UUID if the claim is ``uuid``, otherwise text. ``claims`` is the whole
    verified payload. Each access to ``claims`` returns a new dictionary.
    """

    id: str
    uuid: UUID | None
    email: str | None
    name: str | None
    identity: UUID | str
    issuer: str
    claims: dict[str, Any] = field(compare=False, repr=False)

    def is_named(self, value: object) -> bool:
        """Return whether ``value``, a path argument, identifies this user.

        UUIDs are compared as UUIDs, in upper or lower case. Other text is compared exactly.
        """
        if isinstance(self.identity, UUID):
            return value == self.identity or parse_uuid(value) == self.identity
        if isinstance(value, UUID):
            return value == self.uuid
        return value == self.identity


def _get_claims(user: User) -> dict[str, Any]:
    claims: dict[str, Any] = json.loads(vars(user)["claims"])
    return claims


def _set_claims(user: User, claims: dict[str, Any] | bytes) -> None:
    # An instance is frozen, so its constructor cannot assign attributes either.
    vars(user)["claims"] = claims if isinstance(claims, bytes) else json.dumps(claims).encode()


# Requests with the same token share one cached user, and no request may change the claims that
# another request sees. So an instance keeps the JSON text of its claims, which is also smaller than
# the parsed claims and costs nothing in requests that do not read the claims. The property is
# added here because @dataclass would take a property in the class for the default value.
setattr(User, "claims", property(_get_claims, _set_claims))  # noqa: B010


def parse_uuid(value: object) -> UUID | None:
    """Return ``value`` as a UUID if it is text with hyphens (RFC 9562, section 4), or None."""
    if isinstance(value, str) and _UUID.fullmatch(value):
        return UUID(int=int(value.replace("-", ""), 16))  # UUID(value) would validate it again
    return None
