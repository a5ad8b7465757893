"""Settings of the service: read from the environment once and validated."""

import re
from collections.abc import Mapping
from typing import Any

from psycopg.pq import Conninfo
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

# Relative to instance/; `make run` gives the same file to Better Auth.
DEFAULT_DATABASE_URL = "sqlite:///app.db"
DRIVERS = {
    "sqlite": "sqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}
# Without these timeouts, an unreachable database would block a thread for minutes. Parameters in
# DATABASE_URL override them.
POSTGRESQL_OPTIONS = {"connect_timeout": "5", "tcp_user_timeout": "10000"}
SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
# Values of the parameter ssl, which drivers of JavaScript read -> sslmode.
SSL_WORDS = {
    "true": "require",
    "1": "require",
    "require": "require",
    "no-verify": "require",
    "verify-full": "verify-full",
    "false": "disable",
    "0": "disable",
    "disable": "disable",
}
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
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
MEBIBYTE = 1024 * 1024
_MODEL_URL = re.compile(r"https?://([A-Za-z0-9._-]+|\[[0-9a-fA-F:]+\])(:[0-9]{1,5})?(/[^\s?#@]*)?")
_ORIGIN = re.compile(r"https?://([a-z0-9.-]+|\[[0-9a-f:]+\])(:[0-9]{1,5})?")


class SettingError(ValueError):
    """A setting is wrong; the message names the setting, its value and the expected value."""


def from_env(env: Mapping[str, str]) -> dict[str, object]:
    """Return the Flask settings, or raise ``SettingError``.

    An empty variable counts as not set. The ``BETTER_AUTH_*`` settings are passed on unchanged,
    because the bridge validates them.
    """
    present = {name: value for name, value in env.items() if value}
    # Only Better Auth needs its secret, but both may run with the same environment.
    present.pop("BETTER_AUTH_SECRET", None)
    url, options = _database(present.get("DATABASE_URL", DEFAULT_DATABASE_URL))
    # One connection per thread of the API, and one for /readyz. Streams of the assistant have
    # further threads, but hold no connection while they stream.
    pool_size = _whole_number(present, "WEB_THREADS", "8") + 1
    return {
        "SQLALCHEMY_DATABASE_URI": url,
        "SQLALCHEMY_ENGINE_OPTIONS": {
            "max_overflow": 0,
            # A thread waits no longer for a connection; the others must be left to serve.
            "pool_timeout": 2,
            **options,
            "pool_size": min(pool_size, options.get("pool_size", pool_size)),
        },
        "CHAT_STREAMS": _whole_number(present, "CHAT_STREAMS", "16"),
        "CHAT_STREAMS_EACH": _whole_number(present, "CHAT_STREAMS_EACH", "2"),
        "CHAT_TURN_SECONDS": _whole_number(present, "CHAT_TURN_SECONDS", "90"),
        **_model(present),
        "MAX_CONTENT_LENGTH": MEBIBYTE,
        "CORS_ORIGINS": _origins(present.get("CORS_ORIGINS", "")),
        "METRICS": _metrics(present.get("METRICS", "false")),
        "LOG_LEVEL": _log_level(present.get("LOG_LEVEL", "INFO")),
        **{name: value for name, value in present.items() if name.startswith("BETTER_AUTH_")},
    }


def _database(text: str) -> tuple[URL, dict[str, Any]]:
    """Return the URL of the database and the options of its engine."""
    try:
        url = make_url(text)
        driver = DRIVERS[url.drivername]
    except (ArgumentError, ValueError, KeyError):
        raise _wrong_database_url(text) from None
    if driver == "sqlite":
        if url.database in (None, "", ":memory:"):
            raise _wrong_database_url(text)
        return url, {}
    query, options = _translated(url.query)
    return url.set(drivername=driver, query={**POSTGRESQL_OPTIONS, **query}), options


def _translated(query: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, Any]]:
    """Return the parameters for libpq, and the options of the engine.

    Better Auth may share the URL, whose parameters are then those of node-postgres or Prisma.
    """
    left = dict(query)
    for name, value in left.items():
        if not isinstance(value, str):
            raise _wrong_parameter(name, "is given more than once")
    if left.get("schema") == "public":
        del left["schema"]
    _translate_tls(left)
    options = _pool_options(left)
    for name in left.keys() - {option.keyword.decode() for option in Conninfo.get_defaults()}:
        fix = "remove it"
        if name == "schema":
            fix = f"write options=-csearch_path%3D{left[name]} instead"
        raise _wrong_parameter(name, f"is unknown to PostgreSQL's client library; {fix}")
    return left, options


def _translate_tls(left: dict[str, str]) -> None:
    left.pop("uselibpqcompat", None)  # its meaning of sslmode is libpq's own
    if "ssl" in left:
        ssl = left.pop("ssl")
        if ssl not in SSL_WORDS:
            raise _wrong_parameter("ssl", f"is {ssl!r}; expected {', '.join(SSL_WORDS)}")
        left.setdefault("sslmode", SSL_WORDS[ssl])
    if left.get("sslmode") == "no-verify":
        left["sslmode"] = "require"
    if left.get("sslmode", "prefer") not in SSL_MODES:
        expected = ", ".join(SSL_MODES)
        raise _wrong_parameter("sslmode", f"is {left['sslmode']!r}; expected {expected}")


def _pool_options(left: dict[str, str]) -> dict[str, Any]:
    options: dict[str, Any] = {}
    if "connection_limit" in left:
        options["pool_size"] = _whole_number(left, "connection_limit", "")
        del left["connection_limit"]
    # PgBouncer in transaction mode: the next statement may run on another connection.
    pgbouncer, cache_size = left.pop("pgbouncer", "false"), left.pop("statement_cache_size", "")
    if SWITCH_WORDS.get(pgbouncer.lower(), True) or cache_size == "0":
        options["connect_args"] = {"prepare_threshold": None}
    return options


def _wrong_parameter(name: str, reason: str) -> SettingError:
    return SettingError(f"DATABASE_URL: the parameter {name} {reason}")


def _wrong_database_url(text: str) -> SettingError:
    # Greedy up to the last @, because a password in a malformed URL may contain an @.
    without_password = re.sub(r"//.*@", "//***@", text)
    without_password = re.sub(r"(password=)[^&]*", r"\1***", without_password)
    return SettingError(
        f"DATABASE_URL is {without_password!r}; expected postgresql://user:password@host/name or "
        "sqlite:///file.db"
    )


def _whole_number(present: Mapping[str, str], name: str, default: str, least: int = 1) -> int:
    text = present.get(name, default)
    if re.fullmatch(r"[0-9]{1,10}", text) and least <= int(text) <= 1000:
        return int(text)
    raise SettingError(f"{name} is {text!r}; expected a whole number from {least} to 1000")


def _model(present: Mapping[str, str]) -> dict[str, object]:
    """Return the settings of the language model; without an address, the assistant has none."""
    url = present.get("CHAT_MODEL_URL", "").rstrip("/")
    name = present.get("CHAT_MODEL", "")
    key = present.get("CHAT_MODEL_KEY", "")
    if url and not (_MODEL_URL.fullmatch(url) and not url.endswith("/chat/completions")):
        without_secrets = re.sub(r"\?.*", "?***", re.sub("//.*@", "//***@", url))
        raise SettingError(
            f"CHAT_MODEL_URL is {without_secrets!r}; expected the address before "
            "/chat/completions, such as https://api.openai.com/v1 or http://localhost:11434/v1"
        )
    if url and not name:
        raise SettingError("CHAT_MODEL is missing; expected a model of CHAT_MODEL_URL")
    if (name or key) and not url:
        raise SettingError(
            "CHAT_MODEL_URL is missing; expected an address such as https://api.openai.com/v1, "
            "because CHAT_MODEL or CHAT_MODEL_KEY is set"
        )
    if not re.fullmatch("[!-~]*", key):
        raise SettingError("CHAT_MODEL_KEY has spaces or special characters; expected a key")
    return {
        "CHAT_MODEL_URL": url,
        "CHAT_MODEL": name,
        "CHAT_MODEL_KEY": key,
        "CHAT_MODEL_IDLE_SECONDS": _whole_number(present, "CHAT_MODEL_IDLE_SECONDS", "30"),
        "CHAT_MODEL_RETRIES": _whole_number(present, "CHAT_MODEL_RETRIES", "1", least=0),
    }


def _metrics(text: str) -> bool:
    try:
        return SWITCH_WORDS[text.strip().lower()]
    except KeyError:
        raise SettingError(f"METRICS is {text!r}; expected true or false") from None


def _origins(text: str) -> list[str]:
    origins = [origin.strip() for origin in text.split(",") if origin.strip()]
    for origin in origins:
        if not _ORIGIN.fullmatch(origin):
            raise SettingError(
                f"CORS_ORIGINS names {origin!r}; expected origins such as https://app.example.com, "
                "in lower case, without a path, separated by commas"
            )
    return origins


def _log_level(text: str) -> str:
    if text.upper() in LOG_LEVELS:
        return text.upper()
    raise SettingError(f"LOG_LEVEL is {text!r}; expected one of {', '.join(LOG_LEVELS)}")
