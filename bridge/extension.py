"""The Flask extension: connects settings, keys, verifier, guards and commands to an application."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, cast

from flask import Flask, current_app

from . import cli, fetch, guard, signals
from .errors import BetterAuthError, ConfigError, Refusal
from .key_file import KeyFile
from .keys import KeySource
from .settings import Settings
from .tokens import Verifier, Verifiers
from .user import User

_SIGNALS = {
    "refreshed": signals.keys_refreshed,
    "rotated": signals.keys_rotated,
    "refresh_failed": signals.keys_refresh_failed,
}


@dataclass(frozen=True, slots=True)
class Issuer:
    """Per-application state for one issuer."""

    settings: Settings
    keys: KeySource
    verifier: Verifier


@dataclass(frozen=True, slots=True)
class _State:
    """Per-application state, ``app.extensions["better_auth"]``; ``issuers`` by prefix."""

    issuers: dict[str, Issuer] = field(default_factory=dict)
    verifiers: Verifiers = field(default_factory=Verifiers)


class BetterAuth:
    """Flask extension that accepts the users of a Better Auth server.

    ``prefix`` is the prefix of the names of its settings. An application may trust several issuers,
    with one instance and one prefix for each. An instance holds no state of an application.
    """

    def __init__(self, app: Flask | None = None, *, prefix: str = "BETTER_AUTH") -> None:
        self._prefix = prefix
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Flask) -> None:
        """Validate the settings in ``app.config`` and start loading the key set.

        Raises ``ConfigError``. Does not wait for the issuer and does not fail while the issuer is
        down.
        """
        settings = Settings.from_config(app.config, self._prefix)
        keys = _key_source(app, settings)
        verifier = Verifier(settings, keys)
        state = app.extensions.get("better_auth") or _register(app)
        state.verifiers.add(verifier)
        state.issuers[self._prefix] = Issuer(settings, keys, verifier)
        keys.load()

    def verify(self, token: str) -> User:
        """Return the user that ``token`` identifies, or raise a ``Refusal``."""
        return self._issuer().verifier.verify(token)

    def health(self) -> dict[str, object]:
        """Return the state of the key set, and start a refresh in the background if one is due.

        Its members are ``ready``, ``kids``, ``skipped`` and ``last_error`` (a ``kind`` of
        ``IssuerError``), and in seconds ``age``, ``stale_left`` and ``next_refresh``.
        """
        keys = self._issuer().keys
        keys.load()
        return keys.health()

    def _issuer(self) -> Issuer:
        return cast(Issuer, current_app.extensions["better_auth"].issuers[self._prefix])


def _register(app: Flask) -> _State:
    """Register the error handler, commands and start-up checks once per application."""
    _check_guards(app)
    _respond_to_refusals(app)
    app.register_error_handler(BetterAuthError, _handle_error)
    for command in (cli.jwks_check, cli.token_check, cli.guard_check):
        app.cli.add_command(command)
    state = app.extensions["better_auth"] = _State()
    return state


def _key_source(app: Flask, settings: Settings) -> KeySource:
    def report(event: str, **arguments: Any) -> None:
        _SIGNALS[event].send(app, prefix=settings.prefix, **arguments)

    file = settings.jwks_file
    return KeySource(
        lambda: fetch.fetch_key_set(settings),
        max_age_seconds=settings.max_age_seconds,
        stale_limit_seconds=settings.stale_limit_seconds,
        timeout_seconds=settings.timeout_seconds,
        store=KeyFile(file, settings.jwks_url) if file else None,
        report=report,
    )


def _handle_error(error: BetterAuthError) -> Any:
    if isinstance(error, Refusal):
        return guard.to_response(error)
    raise error


def _respond_to_refusals(app: Flask) -> None:
    """Turn each ``Refusal`` of a request into its response before other extensions see it.

    Flask-RESTX and Flask-RESTful replace the methods of ``app`` that handle errors, and turn
    exceptions that they do not know into a 500 response. So the methods that raise a ``Refusal``
    are replaced, and the method of the class ``Flask`` calls the application's error handler.
    """

    def responding(method: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(method)
        def respond(*context: Any) -> Any:  # later releases of Flask pass their context
            try:
                return method(*context)
            except Refusal as refusal:
                return cast(Any, type(app)).handle_user_exception(app, *context, refusal)

        return respond

    app.preprocess_request = responding(app.preprocess_request)  # type: ignore[method-assign]
    app.dispatch_request = responding(app.dispatch_request)  # type: ignore[method-assign]


def _check_guards(app: Flask) -> None:
    """Raise ``ConfigError`` for a wrong guard, now and whenever something is registered later.

    Flask has no event for registrations, so the methods of ``app`` that register something are
    replaced. Blueprints, also nested ones, register their routes and functions through them.
    """

    def check_all(*_: object, **__: object) -> None:
        guard.refuse_uncalled_guards(app)
        for rule in app.url_map.iter_rules():
            _check_arguments(app, rule.endpoint)

    def check_route(
        _rule: str, endpoint: str | None = None, view_func: Any = None, *_: object, **__: object
    ) -> None:
        guard.refuse_uncalled_guards(app)
        _check_arguments(app, endpoint or view_func.__name__)

    check_all()
    _call_after(app, "before_request", check_all)
    _call_after(app, "register_blueprint", check_all)
    _call_after(app, "add_url_rule", check_route)


def _call_after(app: Flask, name: str, check: Callable[..., None]) -> None:
    method = getattr(app, name)

    @wraps(method)
    def checked(*args: Any, **kwargs: Any) -> Any:
        result = method(*args, **kwargs)
        check(*args, **kwargs)
        return result

    setattr(app, name, checked)


def _check_arguments(app: Flask, endpoint: str) -> None:
    """Raise ``ConfigError`` if a guard's ``match_path`` is not an argument of the route."""
    view = app.view_functions.get(endpoint)
    for rule in app.url_map.iter_rules(endpoint):
        for method in rule.methods or ():
            for one in guard.guards_of(app, endpoint, view, method):
                if one.match_path is not None and one.match_path not in rule.arguments:
                    raise ConfigError(guard.missing_argument(one.match_path, rule.rule))
