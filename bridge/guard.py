"""Stands before views: finds the credential of a request, has it verified, sets ``g.user``."""

import logging
import re
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast, overload

from flask import Response, current_app, g, has_request_context, jsonify, request
from werkzeug.local import LocalProxy

from .errors import (
    ConfigError,
    CredentialsAmbiguous,
    Refusal,
    TokenMalformed,
    TokenMissing,
    UserMismatch,
)
from .tokens import User, Verifier, fingerprint

log = logging.getLogger(__name__)

P = ParamSpec("P")
R = TypeVar("R")

GUARD_ATTRIBUTE = "__better_auth_guard__"
_CREDENTIAL = re.compile(r"[A-Za-z][\w-]* +\S", re.ASCII)


def _current_user() -> User:
    try:
        return cast(User, g.user)
    except AttributeError:
        raise RuntimeError("There is no verified user: require_user does not guard this.") from None


current_user: User = cast(User, LocalProxy(_current_user))
"""The user of this request, as ``g.user``, for modules that prefer an import."""


class Guard:
    """What ``require_user`` returns: wraps a view, or runs before the requests of a blueprint."""

    def __init__(self, match_path: str | None = None) -> None:
        self.match_path = match_path

    @overload
    def __call__(self, view: None = None, /) -> None: ...
    @overload
    def __call__(self, view: Callable[P, R], /) -> Callable[P, R]: ...
    def __call__(self, view: Any = None, /) -> Any:
        if view is not None:
            return self._wrap(view)
        if not _is_automatic_options():
            self._admit()
        return None

    def _wrap(self, view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            self._admit()
            return cast(R, current_app.ensure_sync(view)(*args, **kwargs))

        setattr(guarded, GUARD_ATTRIBUTE, self)
        return guarded

    def _admit(self) -> None:
        """Set ``g.user`` to the verified user, or raise the ``Refusal`` the request deserves."""
        g.pop("user", None)
        header = request.headers.get("Authorization", "")
        try:
            user = _verifier().verify(_bearer_token(header))
            self._match(user)
        except Refusal as refusal:
            _log_refusal(refusal, header)
            raise
        g.user = user

    def _match(self, user: User) -> None:
        if self.match_path is None:
            return
        arguments = request.view_args or {}
        # A check that cannot run must not pass.
        if self.match_path not in arguments:
            raise ConfigError(missing_argument(self.match_path, str(request.url_rule)))
        if not user.is_named(arguments[self.match_path]):
            raise UserMismatch(
                f"the path names {str(arguments[self.match_path])[:200]!r}, "
                f"the token {str(user.identity)!r} (sub {user.id!r})",
                hint="paths must carry the claim that BETTER_AUTH_USER_CLAIM names",
            )


@overload
def require_user(*, match_path: str | None = None) -> Guard: ...
@overload
def require_user(view: Callable[P, R], /) -> Callable[P, R]: ...
def require_user(view: Any = None, /, *, match_path: str | None = None) -> Any:
    """Let only verified users pass, and set ``g.user``.

    Works bare or called, on functions, async functions, in ``MethodView.decorators``, and as
    ``bp.before_request(require_user(...))``. ``match_path`` names the argument of the route
    that must be the user: a route without it fails when it is added to the application.
    """
    guard = Guard(match_path)
    if view is not None:
        return guard(view)
    # Bare before_request(require_user) ends up here, called once for each request.
    return guard() if has_request_context() else guard


def guards_of(view: Callable[..., Any] | None, hooks: list[Any]) -> list[Guard]:
    """Return the guards on a view and among the functions that run before it."""
    marked = [getattr(view, GUARD_ATTRIBUTE, None), *hooks]
    return [guard for guard in marked if isinstance(guard, Guard)]


def missing_argument(match_path: str, rule: str) -> str:
    """Say that a guard can't be checked on a route."""
    return (
        f"require_user(match_path={match_path!r}) guards the route {rule!r}, which has no "
        f"argument of that name; write <uuid:{match_path}> into the route, or mend the name"
    )


def answer(refusal: Refusal) -> Response:
    """Return a refusal as problem+json: RFC 9457."""
    response = jsonify(refusal.problem())
    response.status_code = refusal.status
    response.content_type = "application/problem+json"
    response.headers.update(refusal.headers)
    return response


def _verifier() -> Verifier:
    try:
        return cast(Verifier, current_app.extensions["better_auth"].verifier)
    except KeyError:
        raise ConfigError("BetterAuth.init_app(app) was not called for this application") from None


def _bearer_token(header: str) -> str:
    """Return the token of an Authorization header: RFC 6750, section 2.1."""
    header = header.strip()
    if not header:
        raise TokenMissing("no Authorization header")
    # Servers join repeated headers with a comma, which no Bearer token contains.
    if sum(bool(_CREDENTIAL.match(part.strip())) for part in header.split(",")) > 1:
        raise CredentialsAmbiguous("more than one credential in the Authorization header")
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer":
        raise TokenMalformed("the scheme of the Authorization header is not Bearer")
    return token.strip(" ")


def _is_automatic_options() -> bool:
    """Tell whether Flask itself answers: a CORS preflight carries no credential."""
    return request.method == "OPTIONS" and bool(
        getattr(request.url_rule, "provide_automatic_options", False)
    )


def _log_refusal(refusal: Refusal, header: str) -> None:
    log.info(
        "refused %s %s: %d %s: %s%s [token %s]",
        request.method,
        request.endpoint,
        refusal.status,
        refusal.code,
        refusal.reason,
        f"; {refusal.hint}" if refusal.hint else "",
        fingerprint(header.partition(" ")[2].strip()) if header else "none",
    )
