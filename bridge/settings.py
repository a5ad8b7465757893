"""Reads and checks every BETTER_AUTH_* setting once, at start-up.

Values may be text, as they come from the environment, or Python values.
"""

import ipaddress
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

from .errors import ConfigError
from .jwks import SUPPORTED_ALGORITHMS

DEFAULT_BASE_PATH = "/api/auth"
# Those that Better Auth documents; ES384, which it also signs with, must be asked for.
DEFAULT_ALGORITHMS = ("EdDSA", "Ed25519", "ES256", "ES512", "PS256", "RS256")
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Settings:
    """The checked settings of one application."""

    jwks_url: str
    issuers: frozenset[str]
    audiences: frozenset[str]
    user_claim: str
    algorithms: frozenset[str]
    leeway_seconds: float
    max_age_seconds: float
    stale_limit_seconds: float
    timeout_seconds: float

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> "Settings":
        """Return the settings in a Flask configuration.

        Raises ``ConfigError`` that names the first key that is missing or wrong.
        """
        allow_http = _switch(config, "BETTER_AUTH_ALLOW_HTTP")
        url = _url(config, "BETTER_AUTH_URL", allow_http=allow_http)
        base_path = url.path.rstrip("/") or DEFAULT_BASE_PATH
        jwks_url = f"{_origin(url)}{base_path}/jwks"
        if _given(config, "BETTER_AUTH_JWKS_URL"):
            jwks_url = _url(config, "BETTER_AUTH_JWKS_URL", allow_http=allow_http).geturl()
        issuers = _names(config, "BETTER_AUTH_ISSUER", [_origin(url)])
        audiences = _names(config, "BETTER_AUTH_AUDIENCE", issuers)
        max_age = _seconds(config, "BETTER_AUTH_JWKS_MAX_AGE", 300, at_least=1, at_most=86400)
        return cls(
            jwks_url=jwks_url,
            issuers=_with_origins(issuers, base_path),
            audiences=_with_origins(audiences, base_path),
            user_claim=_name(config, "BETTER_AUTH_USER_CLAIM", "uuid"),
            algorithms=_algorithms(config),
            leeway_seconds=_seconds(config, "BETTER_AUTH_LEEWAY", 10, at_least=0, at_most=60),
            max_age_seconds=max_age,
            stale_limit_seconds=_seconds(
                config, "BETTER_AUTH_JWKS_STALE_LIMIT", 86400, at_least=max_age, at_most=30 * 86400
            ),
            timeout_seconds=_seconds(
                config, "BETTER_AUTH_JWKS_TIMEOUT", 5, at_least=0.1, at_most=60
            ),
        )


def checked_url(text: str, name: str, *, allow_http: bool) -> SplitResult:
    """Return ``text`` as the parts of an address that may be asked, or raise ``ConfigError``."""
    try:
        url = urlsplit(text.strip())
        readable = bool(url.hostname) and url.port != 0
    except ValueError:
        readable = False
    if not readable or url.scheme not in _DEFAULT_PORTS or not text.strip().isascii():
        raise ConfigError(
            f"{name} is {_without_password(text)!r}; expected an absolute address such as "
            "https://app.example.com (a host name beyond ASCII in its xn-- form)"
        )
    if url.username is not None or url.query or url.fragment:
        raise ConfigError(
            f"{name} is {_without_password(text)!r}; expected no user, password, query or fragment"
        )
    if url.scheme == "http" and not (allow_http or is_loopback(url.hostname or "")):
        raise ConfigError(
            f"{name} is {text!r}; expected https, as anyone on the way could replace the keys. "
            "On an inner network that you trust, set BETTER_AUTH_ALLOW_HTTP to true"
        )
    return url


def _url(config: Mapping[str, Any], name: str, *, allow_http: bool) -> SplitResult:
    value = config.get(name)
    if value is None or value == "":
        raise ConfigError(
            f"{name} is not set; expected the public address of Better Auth, "
            "such as https://app.example.com"
        )
    if not isinstance(value, str):
        raise ConfigError(f"{name} is {value!r}; expected text")
    return checked_url(value, name, allow_http=allow_http)


def _origin(url: SplitResult) -> str:
    """Return the origin as Better Auth writes it into ``iss``: WHATWG URL, section 4.6."""
    host = url.hostname or ""
    if ":" in host:
        host = f"[{host}]"
    port = "" if url.port in (None, _DEFAULT_PORTS[url.scheme]) else f":{url.port}"
    return f"{url.scheme}://{host}{port}"


def _with_origins(names: Iterable[str], base_path: str) -> frozenset[str]:
    """Return ``names``, and for those that spell Better Auth's address, its origin.

    A slash, a base path or an upper-case letter more than the token has is how people write
    the setting; jwt.issuer may be any text, so the name as written is accepted too.
    """
    origins = set()
    for name in names:
        try:
            url = urlsplit(name)
            if url.scheme in _DEFAULT_PORTS and url.path.rstrip("/") in ("", base_path):
                origins.add(_origin(url))
        except ValueError:
            continue
    return frozenset({*names, *origins})


def _names(config: Mapping[str, Any], name: str, default: list[str]) -> list[str]:
    value = config[name] if _given(config, name) else default
    parts = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, list | tuple | set | frozenset):
        raise ConfigError(f"{name} is {value!r}; expected text or a list of texts")
    names = [part.strip() if isinstance(part, str) else part for part in parts]
    if not names or not all(isinstance(part, str) and part for part in names):
        raise ConfigError(f"{name} is {value!r}; expected one or several names, none of them empty")
    return names


def _name(config: Mapping[str, Any], name: str, default: str) -> str:
    value = config[name] if _given(config, name) else default
    if not isinstance(value, str) or not value.strip():
        raise ConfigError(f"{name} is {value!r}; expected the name of a claim")
    return value.strip()


def _algorithms(config: Mapping[str, Any]) -> frozenset[str]:
    names = _names(config, "BETTER_AUTH_ALGORITHMS", list(DEFAULT_ALGORITHMS))
    unknown = [name for name in names if name not in SUPPORTED_ALGORITHMS]
    if unknown:
        raise ConfigError(
            f"BETTER_AUTH_ALGORITHMS names {unknown[0]!r}; "
            f"expected some of {', '.join(sorted(SUPPORTED_ALGORITHMS))}"
        )
    return frozenset(names)


def _seconds(
    config: Mapping[str, Any], name: str, default: float, *, at_least: float, at_most: float
) -> float:
    value = config[name] if _given(config, name) else default
    try:
        seconds = float("nan") if isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        seconds = float("nan")
    if not at_least <= seconds <= at_most:
        raise ConfigError(
            f"{name} is {value!r}; expected a number of seconds from {at_least:g} to {at_most:g}"
        )
    return seconds


def _switch(config: Mapping[str, Any], name: str) -> bool:
    value = config.get(name)
    text = str(value if value is not None else "").strip().lower()
    if text not in ("", "true", "1", "yes", "on", "false", "0", "no", "off"):
        raise ConfigError(f"{name} is {value!r}; expected true or false")
    return text in ("true", "1", "yes", "on")


def _given(config: Mapping[str, Any], name: str) -> bool:
    return config.get(name) not in (None, "")


def is_loopback(host: str) -> bool:
    """Tell whether ``host`` is this machine itself."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _without_password(text: str) -> str:
    return re.sub(r"//[^/@]*@", "//***@", text)
