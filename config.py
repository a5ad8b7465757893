"""Settings of the service: read from the environment once, checked, and named when wrong."""

import re
from collections.abc import Mapping

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

# Relative, so in instance/; `make run` gives Better Auth the same file.
DEFAULT_DATABASE_URL = "sqlite:///app.db"
DRIVERS = {
    "sqlite": "sqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}
# A database that is gone must not hold a thread for minutes. The address may say otherwise.
POSTGRESQL_OPTIONS = {"connect_timeout": "5", "tcp_user_timeout": "10000"}
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
MEBIBYTE = 1024 * 1024
_ORIGIN = re.compile(r"https?://([a-z0-9.-]+|\[[0-9a-f:]+\])(:[0-9]{1,5})?")


class SettingError(ValueError):
    """A setting is wrong; the message names it, its value and what is expected."""


def from_env(env: Mapping[str, str]) -> dict[str, object]:
    """Return the Flask settings, or raise ``SettingError``.

    An empty variable counts as not set. Those of Better Auth are passed on as they are: the
    bridge checks them.
    """
    present = {name: value for name, value in env.items() if value}
    # Better Auth's alone, though both may be started from one environment.
    present.pop("BETTER_AUTH_SECRET", None)
    url = _database_url(present.get("DATABASE_URL", DEFAULT_DATABASE_URL))
    return {
        "SQLALCHEMY_DATABASE_URI": url,
        "SQLALCHEMY_ENGINE_OPTIONS": {
            # One connection for each thread of gunicorn, and one for /readyz.
            "pool_size": _number(present, "WEB_THREADS", 8, 1, 1000) + 1,
            "max_overflow": 0,
        },
        "MAX_CONTENT_LENGTH": MEBIBYTE,
        "CORS_ORIGINS": _origins(present.get("CORS_ORIGINS", "")),
        "METRICS": _switch(present, "METRICS"),
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
    # Greedy: what can't be read as an address may have an @ in its password.
    shown = re.sub(r"//.*@", "//***@", text)
    shown = re.sub(r"(password=)[^&]*", r"\1***", shown)
    return SettingError(
        f"DATABASE_URL is {shown!r}; expected postgresql://user:password@host/name or "
        "sqlite:///file.db"
    )


def _number(env: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    text = env.get(name, str(default))
    if re.fullmatch(r"[0-9]{1,10}", text) and least <= int(text) <= most:
        return int(text)
    raise SettingError(f"{name} is {text!r}; expected a whole number from {least} to {most}")


def _switch(env: Mapping[str, str], name: str) -> bool:
    text = env.get(name, "off")
    if text not in ("on", "off"):
        raise SettingError(f"{name} is {text!r}; expected on or off")
    return text == "on"


def _origins(text: str) -> list[str]:
    origins = [origin.strip() for origin in text.split(",") if origin.strip()]
    for origin in origins:
        if not _ORIGIN.fullmatch(origin):
            raise SettingError(
                f"CORS_ORIGINS names {origin!r}; expected origins such as https://app.example.com, "
                "in lower case, without a path, with commas between them"
            )
    return origins


def _log_level(text: str) -> str:
    if text.upper() in LOG_LEVELS:
        return text.upper()
    raise SettingError(f"LOG_LEVEL is {text!r}; expected one of {', '.join(LOG_LEVELS)}")
