"""Settings of the service, read from the environment once."""

from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent
MAX_BODY_BYTES = 1 << 20


def from_env(env: Mapping[str, str]) -> dict[str, object]:
    """Return the Flask settings, or raise ``ValueError`` that names what is wrong.

    BETTER_AUTH_* settings are handed on as they are: the bridge checks them.
    """
    bridge = {name: value for name, value in env.items() if name.startswith("BETTER_AUTH_")}
    # The secret is Better Auth's alone, though both may be started from one environment.
    bridge.pop("BETTER_AUTH_SECRET", None)
    return {
        **bridge,
        "SQLALCHEMY_DATABASE_URI": _database_url(env.get("DATABASE_URL", "")),
        "MAX_CONTENT_LENGTH": MAX_BODY_BYTES,
        "LOG_LEVEL": _log_level(env.get("LOG_LEVEL") or "INFO"),
    }


def _database_url(url: str) -> str:
    """Return the address as SQLAlchemy knows it, by default a file in ``instance/``."""
    if not url:
        (ROOT / "instance").mkdir(exist_ok=True)
        return f"sqlite:///{ROOT / 'instance' / 'app.db'}"
    scheme, separator, rest = url.partition("://")
    if separator and scheme in ("postgres", "postgresql", "postgresql+psycopg"):
        return f"postgresql+psycopg://{rest}"
    if separator and scheme == "sqlite" and rest.startswith("/"):
        return url
    # Not repeated: it may hold a password.
    raise ValueError(
        "DATABASE_URL is wrong; expected sqlite:///file.db or postgresql://user@host/name"
    )


def _log_level(name: str) -> str:
    if name.upper() not in ("DEBUG", "INFO", "WARNING", "ERROR"):
        raise ValueError(f"LOG_LEVEL is {name!r}; expected DEBUG, INFO, WARNING or ERROR")
    return name.upper()
