"""Settings of the service: read from the environment once and validated."""

import re
from collections.abc import Mapping

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
    return {
        "SQLALCHEMY_DATABASE_URI": _database_url(present.get("DATABASE_URL", DEFAULT_DATABASE_URL)),
        "SQLALCHEMY_ENGINE_OPTIONS": {
            # One connection per thread of the API, and one for /readyz. Streams of the assistant
            # have further threads, but hold no connection while they stream.
            "pool_size": _whole_number(present, "WEB_THREADS", "8") + 1,
            "max_overflow": 0,
            # A thread waits no longer for a connection; the others must be left to serve.
            "pool_timeout": 2,
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


def _database_url(text: str) -> URL:
    try:
        url = make_url(text)
        driver = DRIVERS[url.drivername]
    except (ArgumentError, ValueError, KeyError):
        raise _wrong_database_url(text) from None
    if driver == "sqlite":
        if url.database in (None, "", ":memory:"):
            raise _wrong_database_url(text)
        return url
    return url.set(drivername=driver, query={**POSTGRESQL_OPTIONS, **url.query})


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
