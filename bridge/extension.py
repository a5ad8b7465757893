"""Joins the parts to a Flask application: settings, keys, verifier, guard and commands."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

from flask import Flask, current_app

from . import cli, fetch, guard, signals
from .errors import BetterAuthError, ConfigError, Refusal
from .key_file import KeyFile
from .keys import KeySource
from .settings import Settings
from .tokens import User, Verifier, Verifiers

_SIGNALS = {
    "refreshed": signals.keys_refreshed,
    "rotated": signals.keys_rotated,
    "refresh_failed": signals.keys_refresh_failed,
}


@dataclass(frozen=True, slots=True)
class Issuer:
    """What one application has of one issuer."""

    settings: Settings
    keys: KeySource
    verifier: Verifier


@dataclass(frozen=True, slots=True)
class _State:
    """What one application has, its issuers by prefix: ``app.extensions["better_auth"]``."""

    issuers: dict[str, Issuer] = field(default_factory=dict)
    verifier: Verifiers = field(default_factory=Verifiers)


class BetterAuth:
    """Trusts the users of a Better Auth server; holds no state of any application.

    ``prefix`` is what the keys of its settings begin with. An application may trust several
    issuers, with an instance and a prefix for each.
    """

    def __init__(self, app: Flask | None = None, *, prefix: str = "BETTER_AUTH") -> None:
        self._prefix = prefix
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Flask) -> None:
        """Check the settings in ``app.config`` and start loading the key set.

        Raises ``ConfigError``. Neither waits for the issuer nor fails when it is down.
        """
        settings = Settings.from_config(app.config, self._prefix)
        keys = _key_source(app, settings, self._prefix)
        verifier = Verifier(settings, keys)
        state = app.extensions.get("better_auth") or _join(app)
        state.verifier.add(verifier)
        state.issuers[self._prefix] = Issuer(settings, keys, verifier)
        keys.load()

    def verify(self, token: str) -> User:
        """Return the user that ``token`` speaks for, or raise the ``Refusal`` it deserves."""
        return self._issuer().verifier.verify(token)

    def health(self) -> dict[str, object]:
        """Return the state of the key set, and start a refresh in the background if one is due.

        ``ready``, ``kids``, ``set_aside``, ``last_error``, and in seconds ``age``,
        ``stale_left`` and ``next_refresh``.
        """
        keys = self._issuer().keys
        keys.load()
        return keys.health()

    def _issuer(self) -> Issuer:
        return cast(Issuer, current_app.extensions["better_auth"].issuers[self._prefix])


def _join(app: Flask) -> _State:
    """Give ``app`` what it needs once, however many issuers it trusts."""
    state = app.extensions["better_auth"] = _State()
    app.register_error_handler(BetterAuthError, _answer)
    for command in (cli.jwks_check, cli.token_check, cli.guard_check):
        app.cli.add_command(command)
    _check_routes(app)
    return state


def _key_source(app: Flask, settings: Settings, prefix: str) -> KeySource:
    def report(event: str, **facts: Any) -> None:
        _SIGNALS[event].send(app, prefix=prefix, **facts)

    file = settings.jwks_file
    return KeySource(
        lambda: fetch.fetch_key_set(settings.jwks_url, settings.timeout_seconds),
        max_age_seconds=settings.max_age_seconds,
        stale_limit_seconds=settings.stale_limit_seconds,
        timeout_seconds=settings.timeout_seconds,
        store=KeyFile(file, settings.jwks_url) if file else None,
        report=report,
    )


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
    for rule in app.url_map.iter_rules(endpoint):
        for method in rule.methods or ():
            for one in guard.guards_of(app, endpoint, view, method):
                if one.match_path is not None and one.match_path not in rule.arguments:
                    raise ConfigError(guard.missing_argument(one.match_path, rule.rule))
