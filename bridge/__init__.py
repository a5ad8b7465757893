"""Guards Flask views with the users of a Better Auth server."""

from .errors import BetterAuthError, ConfigError, KeysUnavailable, Refusal, Unauthorized
from .extension import BetterAuth
from .guard import current_user, require_user
from .tokens import User

__all__ = [
    "BetterAuth",
    "BetterAuthError",
    "ConfigError",
    "KeysUnavailable",
    "Refusal",
    "Unauthorized",
    "User",
    "current_user",
    "require_user",
]
