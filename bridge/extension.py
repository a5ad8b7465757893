"""Joins the parts to a Flask application: settings, keys, verifier, guard and commands."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from flask import Flask, current_app

from . import cli, guard
from .errors import BetterAuthError, ConfigError, Refusal
from .fetch import fetch_key_set
from .keys import KeySource
from .settings import Settings
from .tokens import User, Verifier


@dataclass(frozen=True, slots=True)
class _State:
    """What one application has: ``app.extensions["better_auth"]``."""

    settings: Settings
    keys: KeySource
    verifier: Verifier


class BetterAuth:
    """Trusts the users of a Better Auth server; holds no state of any application."""

    def __init__(self, app: Flask | None = None) -> None:
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Flask) -> None:
        """Check the BETTER_AUTH_* settings of ``app`` and start loading the key set.

        Raises ``ConfigError``. Neither waits for the issuer nor fails when it is down.
        """
        settings = Settings.from_config(app.config)
        keys = KeySource(
            lambda: fetch_key_set(settings.jwks_url, settings.timeout_seconds),
            max_age_seconds=settings.max_age_seconds,
            stale_limit_seconds=settings.stale_limit_seconds,
            timeout_seconds=settings.timeout_seconds,
        )
        app.extensions["better_auth"] = _State(settings, keys, Verifier(settings, keys))
        app.register_error_handler(BetterAuthError, _answer)
        app.cli.add_command(cli.jwks_check)
        app.cli.add_command(cli.token_check)
        _check_routes(app)
        keys.load()

    def verify(self, token: str) -> User:
        """Return the user that ``token`` speaks for, or raise the ``Refusal`` it deserves."""
        return _state().verifier.verify(token)

    def health(self) -> dict[str, object]:
        """Return the state of the key set, and start a refresh in the background if one is due.

        ``ready``, ``kids``, ``set_aside``, ``last_error``, and in seconds ``age``,
        ``stale_left`` and ``next_refresh``.
        """
        keys = _state().keys
        keys.load()
        return keys.health()


def _state() -> _State:
    return cast(_State, current_app.extensions["better_auth"])


def _answer(error: BetterAuthError) -> Any:
    if isinstance(error, Refusal):
        return guard.answer(error)
    raise error


def _check_routes(app: Flask) -> None:
    """Have every route, present and future, fail now if a guard on it could not be checked."""
    for rule in app.url_map.iter_rules():
        _check_route(app, rule.endpoint, app.view_functions.get(rule.endpoint))
    add_url_rule = app.add_url_rule

    def checked_add_url_rule(
        rule: str, endpoint: str | None = None, view_func: Any = None, *args: Any, **options: Any
    ) -> None:
        add_url_rule(rule, endpoint, view_func, *args, **options)
        name = endpoint or view_func.__name__
        _check_route(app, name, view_func)

    # Flask calls this for its own routes and those of blueprints, and offers no hook there.
    app.add_url_rule = checked_add_url_rule  # type: ignore[method-assign]


def _check_route(app: Flask, endpoint: str, view: Callable[..., Any] | None) -> None:
    parts = endpoint.split(".")[:-1]
    blueprints = [".".join(parts[: length + 1]) for length in range(len(parts))]
    hooks = [
        hook for name in (None, *blueprints) for hook in app.before_request_funcs.get(name, [])
    ]
    for one in guard.guards_of(view, hooks):
        for rule in app.url_map.iter_rules(endpoint):
            if one.match_path is not None and one.match_path not in rule.arguments:
                raise ConfigError(guard.missing_argument(one.match_path, rule.rule))
