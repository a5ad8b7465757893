"""The verified user of a token."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class User:
    """A verified user.

    ``id`` is the token's ``sub`` and ``issuer`` its ``iss``. ``identity`` is the value of the
    configured user claim: a UUID if the claim is ``uuid``, otherwise text. ``claims`` is the whole
    verified payload, read-only.
    """

    id: str
    uuid: UUID | None
    email: str | None
    name: str | None
    identity: UUID | str
    issuer: str
    claims: Mapping[str, Any] = field(compare=False, repr=False)

    def is_named(self, value: object) -> bool:
        """Return whether ``value``, a path argument, identifies this user.

        UUIDs are compared as UUIDs, in upper or lower case. Other text is compared exactly.
        """
        if isinstance(self.identity, UUID):
            return value == self.identity or parse_uuid(value) == self.identity
        if isinstance(value, UUID):
            return value == self.uuid
        return value == self.identity


def parse_uuid(value: object) -> UUID | None:
    """Return ``value`` as a UUID if it is text with hyphens (RFC 9562, section 4), or None."""
    if isinstance(value, str) and _UUID.fullmatch(value):
        return UUID(int=int(value.replace("-", ""), 16))  # UUID(value) would validate it again
    return None
