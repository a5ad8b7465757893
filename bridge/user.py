"""The verified user of a token."""

import json
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID


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

    def __init__(
        self,
        id: str,  # noqa: A002
        uuid: UUID | None,
        email: str | None,
        name: str | None,
        identity: UUID | str,
        issuer: str,
        claims: dict[str, Any] | bytes,
    ) -> None:
        """Store the values; ``claims`` may be JSON text in UTF-8."""
        # The constructor that @dataclass generates for a frozen class takes twice as long.
        vars(self).update(
            id=id,
            uuid=uuid,
            email=email,
            name=name,
            identity=identity,
            issuer=issuer,
            claims=claims if isinstance(claims, bytes) else json.dumps(claims).encode(),
        )

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


# Requests with the same token share one cached user, and no request may change the claims that
# another request sees. So an instance keeps the JSON text of its claims, which is also smaller than
# the parsed claims and costs nothing in requests that do not read the claims. The property is
# added here because @dataclass would take a property in the class for the default value.
setattr(User, "claims", property(_get_claims))  # noqa: B010


def parse_uuid(value: object) -> UUID | None:
    """Return ``value`` as a UUID if it is text with hyphens (RFC 9562, section 4), or None."""
    # UUID(value) also accepts braces and a prefix. A regular expression takes longer.
    if not isinstance(value, str) or len(value) != 36:
        return None
    if not value[8] == value[13] == value[18] == value[23] == "-":
        return None
    try:
        data = bytes.fromhex(value.replace("-", ""))  # may skip spaces, so the length counts
    except ValueError:
        return None
    return UUID(int=int.from_bytes(data)) if len(data) == 16 else None
