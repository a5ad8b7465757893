"""Flask extension that authenticates requests with the JWTs of a Better Auth server."""

from .errors import BetterAuthError, ConfigError, KeysUnavailable, Refusal, Unauthorized
from .extension import BetterAuth
from .guard import current_user, optional_user, require_user
from .signals import keys_refresh_failed, keys_refreshed, keys_rotated, token_refused
from .user import User

__all__ = [
    "BetterAuth",
    "BetterAuthError",
    "ConfigError",
    "KeysUnavailable",
    "Refusal",
    "Unauthorized",
    "User",
    "current_user",
    "keys_refresh_failed",
    "keys_refreshed",
    "keys_rotated",
    "optional_user",
    "require_user",
    "token_refused",
]
