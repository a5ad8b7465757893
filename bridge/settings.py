"""Read and validate all settings of one issuer at start-up.

Values may be text, as in environment variables, or Python values. An empty text counts as not
set.
"""

import ipaddress
import logging
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

from .errors import ConfigError
from .jwks import SUPPORTED_ALGORITHMS

log = logging.getLogger(__name__)

DEFAULT_BASE_PATH = "/api/auth"
# The algorithms that Better Auth documents. Better Auth can also sign with ES384, which must be
# added explicitly.
DEFAULT_ALGORITHMS = ("EdDSA", "Ed25519", "ES256", "ES512", "PS256", "RS256")
DAY_SECONDS = 86400
# Environment variables of Better Auth itself; the service may run with the same environment.
BETTER_AUTH_VARIABLES = frozenset(
    f"BETTER_AUTH_{name}"
    for name in (
        "API_KEY",
        "API_URL",
        "KV_URL",
        "SECRET",
        "SECRETS",
        "TELEMETRY",
        "TELEMETRY_DEBUG",
        "TELEMETRY_ENDPOINT",
        "TELEMETRY_ID",
        "TRUSTED_ORIGINS",
        "URL",
    )
)
# The similarity (difflib's ratio) from which a name counts as misspelt.
_MISSPELT = 0.65
_SIMILAR_URL = 0.8
_DEFAULT_PORTS = {"http": 80, "https": 443}
# All on/off settings of the project accept these words; the documentation names true and false.
SWITCH_WORDS = {
    "true": True,
    "on": True,
    "yes": True,
    "1": True,
    "false": False,
    "off": False,
    "no": False,
    "0": False,
}


@dataclass(frozen=True, slots=True)
class Settings:
    """The validated settings of one issuer; ``prefix`` begins the names of its settings."""

    prefix: str
    jwks_url: str
    issuers: frozenset[str]
    audiences: frozenset[str]
    user_claim: str
    algorithms: frozenset[str]
    leeway_seconds: float
    max_age_seconds: float
    stale_limit_seconds: float
    timeout_seconds: float
    jwks_file: Path | None
    token_cache_size: int

    @classmethod
    def from_config(cls, config: Mapping[str, Any], prefix: str = "BETTER_AUTH") -> "Settings":
        """Return the settings in a Flask configuration whose names begin with ``prefix``.

        Raises ``ConfigError``, which names the first missing or wrong setting. Logs a warning for
        each name that looks like a misspelt setting.
        """
        read = _Reader(config, prefix)
        url = read.url("URL")
        base_path = url.path.rstrip("/") or DEFAULT_BASE_PATH
        jwks_url = f"{_origin(url)}{base_path}/jwks"
        issuers = read.names("ISSUER", [_origin(url)])
        audiences = read.names("AUDIENCE", issuers)
        max_age = read.seconds("JWKS_MAX_AGE", 300, 1, DAY_SECONDS)
        settings = cls(
            prefix=prefix,
            jwks_url=read.url("JWKS_URL", jwks_url).geturl(),
            issuers=_with_origins(issuers, base_path),
            audiences=_with_origins(audiences, base_path),
            user_claim=read.text("USER_CLAIM", "uuid"),
            algorithms=read.algorithms("ALGORITHMS", DEFAULT_ALGORITHMS),
            leeway_seconds=read.seconds("LEEWAY", 10, 0, 60),
            max_age_seconds=max_age,
            stale_limit_seconds=read.seconds(
                "JWKS_STALE_LIMIT", max(DAY_SECONDS, max_age), max_age, 30 * DAY_SECONDS
            ),
            timeout_seconds=read.seconds("JWKS_TIMEOUT", 5, 0.1, 60),
            jwks_file=read.file("JWKS_FILE"),
            token_cache_size=read.count("TOKEN_CACHE_SIZE", 4096, 1_000_000),
        )
        for name, nearest in read.misspelt():
            log.warning("%s is not a setting; did you mean %s?", name, nearest)
        return settings

    def name_of(self, suffix: str) -> str:
        """Return the full name of a setting, for messages: BETTER_AUTH_ISSUER for ISSUER."""
        return f"{self.prefix}_{suffix}"


class _Reader:
    """One method per type of setting.

    The methods raise ``ConfigError`` with the name, the value and the expected value.
    """

    def __init__(self, config: Mapping[str, Any], prefix: str) -> None:
        self._config = config
        self._prefix = prefix
        self._suffixes: set[str] = set()
        self._allow_http = self.switch("ALLOW_HTTP")

    def url(self, suffix: str, default: str | None = None) -> SplitResult:
        name, value = self._get(suffix, default)
        if value is None:
            raise ConfigError(
                f"{name} is not set; expected the public address of Better Auth, "
                f"such as https://app.example.com{self._similar_urls(name)}"
            )
        if not isinstance(value, str):
            raise ConfigError(f"{name} is {value!r}; expected text")
        url = parse_url(name, value)
        if url.scheme == "http" and not (self._allow_http or is_loopback(url.hostname or "")):
            raise ConfigError(
                f"{name} is {value!r}; expected https, because with http an attacker on the "
                "network could replace the keys. On a trusted internal network, set "
                f"{self._prefix}_ALLOW_HTTP to true"
            )
        return url

    def text(self, suffix: str, default: str) -> str:
        name, value = self._get(suffix, default)
        if not isinstance(value, str) or not value.strip():
            raise ConfigError(f"{name} is {value!r}; expected a name")
        return value.strip()

    def names(self, suffix: str, default: Sequence[str]) -> list[str]:
        name, value = self._get(suffix, default)
        parts = value.split(",") if isinstance(value, str) else value
        if not isinstance(parts, list | tuple | set | frozenset):
            raise ConfigError(f"{name} is {value!r}; expected text or a list of text")
        names = [part.strip() if isinstance(part, str) else "" for part in parts]
        if not names or not all(names):
            raise ConfigError(f"{name} is {value!r}; expected one or more names, none empty")
        return names

    def algorithms(self, suffix: str, default: Sequence[str]) -> frozenset[str]:
        names = frozenset(self.names(suffix, default))
        if unknown := names - SUPPORTED_ALGORITHMS:
            raise ConfigError(
                f"{self._prefix}_{suffix} names {min(unknown)!r}; "
                f"expected some of {', '.join(sorted(SUPPORTED_ALGORITHMS))}"
            )
        return names

    def seconds(self, suffix: str, default: float, least: float, most: float) -> float:
        name, value = self._get(suffix, default)
        try:
            seconds = float("nan") if isinstance(value, bool) else float(value)
        except (TypeError, ValueError):
            seconds = float("nan")
        if not least <= seconds <= most:
            raise ConfigError(
                f"{name} is {value!r}; expected a number of seconds from {least:g} to {most:g}"
            )
        return seconds

    def count(self, suffix: str, default: int, most: int) -> int:
        name, value = self._get(suffix, default)
        text = str(value)
        if isinstance(value, bool) or not text.isdecimal() or not 0 <= int(text[:20]) <= most:
            raise ConfigError(f"{name} is {value!r}; expected a whole number from 0 to {most}")
        return int(text)

    def file(self, suffix: str) -> Path | None:
        name, value = self._get(suffix, None)
        if value is None:
            return None
        if not isinstance(value, str | Path) or not Path(value).parent.is_dir():
            raise ConfigError(f"{name} is {value!r}; expected a file in a directory that exists")
        return Path(value).absolute()

    def switch(self, suffix: str) -> bool:
        name, value = self._get(suffix, default=False)
        try:
            return SWITCH_WORDS[str(value).strip().lower()]
        except KeyError:
            raise ConfigError(f"{name} is {value!r}; expected true or false") from None

    def misspelt(self) -> Iterator[tuple[str, str]]:
        """Yield each name that is similar to a setting that was read, and this setting.

        Names of another issuer are not misspelt, also if its prefix begins with this prefix.
        """
        start = f"{self._prefix}_"
        unknown = {
            name.removeprefix(start)
            for name in self._config
            if name.startswith(start) and name not in BETTER_AUTH_VARIABLES
        } - self._suffixes
        nearest = {
            suffix: match
            for suffix in unknown
            for match in get_close_matches(suffix, sorted(self._suffixes), 1, _MISSPELT)
        }
        other_prefixes = tuple(
            suffix.removesuffix("URL")
            for suffix in unknown
            if suffix.endswith("_URL") and suffix not in nearest
        )
        for suffix in sorted(nearest):
            if not suffix.startswith(other_prefixes):
                yield start + suffix, start + nearest[suffix]

    def _similar_urls(self, name: str) -> str:
        """Return the end of a message that names settings with a similar name, or an empty text."""
        similar = [
            other
            for other in self._config
            if other not in (name, f"{self._prefix}_JWKS_URL", *BETTER_AUTH_VARIABLES)
            and get_close_matches(name, [other], 1, _SIMILAR_URL)
        ]
        return f" ({', '.join(sorted(similar))} is not a setting)" if similar else ""

    def _get(self, suffix: str, default: Any) -> tuple[str, Any]:
        name = f"{self._prefix}_{suffix}"
        self._suffixes.add(suffix)
        value = self._config.get(name)
        return name, default if value is None or value == "" else value


def parse_url(name: str, text: str) -> SplitResult:
    """Return the parts of an absolute http or https URL, or raise ``ConfigError``.

    ``name`` is the setting that the error names.
    """
    without_password = re.sub(r"//[^/@]*@", "//***@", text)
    try:
        url = urlsplit(text.strip())
        is_readable = bool(url.hostname) and url.port != 0
    except ValueError:
        is_readable = False
    if not is_readable or url.scheme not in _DEFAULT_PORTS or not text.isascii():
        raise ConfigError(
            f"{name} is {without_password!r}; expected an absolute URL such as "
            "https://app.example.com (a host name that is not ASCII in its xn-- form)"
        )
    if url.username is not None or url.query or url.fragment:
        raise ConfigError(
            f"{name} is {without_password!r}; expected no user, password, query or fragment"
        )
    return url


def is_loopback(host: str) -> bool:
    """Return whether ``host`` is this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _origin(url: SplitResult) -> str:
    """Return the origin in the form of Better Auth's ``iss`` (RFC 6454, section 6.2)."""
    host = url.hostname or ""
    if ":" in host:
        host = f"[{host}]"
    port = "" if url.port in (None, _DEFAULT_PORTS[url.scheme]) else f":{url.port}"
    return f"{url.scheme}://{host}{port}"


def _with_origins(names: Iterable[str], base_path: str) -> frozenset[str]:
    """Return ``names`` and the origin of each name that is a URL of Better Auth.

    People often write the setting with a trailing slash, the base path or upper-case letters, which
    the token does not have. Better Auth's jwt.issuer may be any text, so the name is also accepted
    as written.
    """
    accepted = set(names)
    for name in names:
        try:
            url = urlsplit(name)
            if url.scheme in _DEFAULT_PORTS and url.path.rstrip("/") in ("", base_path):
                accepted.add(_origin(url))
        except ValueError:
            continue
    return frozenset(accepted)
