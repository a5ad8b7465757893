"""Stands before views: finds the credential of a request, has it verified, sets ``g.user``."""

import logging
import re
from collections.abc import Callable
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any, ParamSpec, TypeVar, cast, overload

from flask import Flask, Response, current_app, g, has_request_context, jsonify, request
from werkzeug.local import LocalProxy

from .errors import (
    CheckFailed,
    ConfigError,
    CredentialsAmbiguous,
    Refusal,
    TokenMalformed,
    TokenMissing,
    UserMismatch,
)
from .signals import token_refused
from .tokens import User, Verifiers, fingerprint

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

    def __init__(
        self,
        match_path: str | None = None,
        check: Callable[[User], object] | None = None,
        *,
        optional: bool = False,
    ) -> None:
        if iscoroutinefunction(check):
            # Its coroutine would be no True, and nobody would ever pass.
            raise ConfigError("require_user(check=...) takes a plain function, not an async one")
        self.match_path = match_path
        self.check = check
        self.optional = optional

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

    def __str__(self) -> str:
        rules = [f"match_path={self.match_path!r}"] if self.match_path else []
        if self.check is not None:
            rules.append(f"check={getattr(self.check, '__name__', type(self.check).__name__)}")
        name = "optional_user" if self.optional else "require_user"
        return f"{name}({', '.join(rules)})" if rules else name

    def _wrap(self, view: Callable[P, R]) -> Callable[P, R]:
        is_async = iscoroutinefunction(view)

        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            self._admit()
            if is_async:
                return cast(R, current_app.ensure_sync(view)(*args, **kwargs))
            return view(*args, **kwargs)

        setattr(guarded, GUARD_ATTRIBUTE, self)
        return guarded

    def _admit(self) -> None:
        """Set ``g.user`` to the verified user, or raise the ``Refusal`` the request deserves."""
        # Resolved once: each use of a proxy looks for its context anew.
        here: Any = g._get_current_object()  # noqa: SLF001
        here.pop("user", None)
        header = request.environ.get("HTTP_AUTHORIZATION", "").strip()
        if self.optional and not header:
            here.user = None
            return
        try:
            user = _verifier().verify(_bearer_token(header))
            if self.match_path is not None:
                self._match(user, self.match_path)
            if self.check is not None:
                self._check(user, self.check)
        except Refusal as refusal:
            _log_refusal(refusal, header)
            app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001
            token_refused.send(app, refusal=refusal)
            raise
        here.user = user

    def _check(self, user: User, check: Callable[[User], object]) -> None:
        # Only True: a forgotten return, or a text that happens to be there, is no consent.
        if check(user) is not True:
            raise CheckFailed(f"{self} did not return True for sub {user.id!r}")

    def _match(self, user: User, argument: str) -> None:
        arguments = request.view_args or {}
        # A check that cannot run must not pass.
        if argument not in arguments:
            raise ConfigError(missing_argument(argument, str(request.url_rule)))
        if not user.is_named(arguments[argument]):
            raise UserMismatch(
                f"the path names {str(arguments[argument])[:200]!r}, "
                f"the token {str(user.identity)!r} (sub {user.id!r})",
                hint="paths must carry the claim that BETTER_AUTH_USER_CLAIM names",
            )


@overload
def require_user(
    *, match_path: str | None = None, check: Callable[[User], object] | None = None
) -> Guard: ...
@overload
def require_user(view: Callable[P, R], /) -> Callable[P, R]: ...
def require_user(
    view: Any = None,
    /,
    *,
    match_path: str | None = None,
    check: Callable[[User], object] | None = None,
) -> Any:
    """Let only verified users pass, and set ``g.user``.

    Works bare or called, on functions, async functions, in ``MethodView.decorators``, and as
    ``bp.before_request(require_user(...))``. ``match_path`` names the argument of the route
    that must be the user: a route without it fails when it is added to the application.
    ``check`` is called with the verified user; only True passes, anything else is 403.
    """
    return _apply(Guard(match_path, check), view)


@overload
def optional_user() -> Guard: ...
@overload
def optional_user(view: Callable[P, R], /) -> Callable[P, R]: ...
def optional_user(view: Any = None, /) -> Any:
    """Set ``g.user`` to the verified user, or to None if no credential was presented.

    A credential that is no good is refused as by ``require_user``.
    """
    return _apply(Guard(optional=True), view)


def _apply(guard: Guard, view: Any) -> Any:
    if view is not None:
        return guard(view)
    # A bare before_request(require_user) ends up here, called once for each request.
    return guard() if has_request_context() else guard


def guards_of(app: Flask, endpoint: str, view: Any, method: str) -> list[Guard]:
    """Return the guards that a request passes on its way to ``view``, in their order."""
    parts = endpoint.split(".")[:-1]
    blueprints = [".".join(parts[: length + 1]) for length in range(len(parts))]
    hooks = [
        hook for name in (None, *blueprints) for hook in app.before_request_funcs.get(name, [])
    ]
    handler = getattr(getattr(view, "view_class", None), method.lower(), None)
    marked = [getattr(function, GUARD_ATTRIBUTE, None) for function in (view, handler)]
    return [guard for guard in map(_as_guard, [*hooks, *marked]) if guard is not None]


def _as_guard(hook: object) -> Guard | None:
    if hook is require_user or hook is optional_user:
        return Guard(optional=hook is optional_user)
    return hook if isinstance(hook, Guard) else None


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


def _verifier() -> Verifiers:
    try:
        return cast(Verifiers, current_app.extensions["better_auth"].verifier)
    except KeyError:
        raise ConfigError("BetterAuth.init_app(app) was not called for this application") from None


def _bearer_token(header: str) -> str:
    """Return the token of an Authorization header: RFC 6750, section 2.1."""
    if not header:
        raise TokenMissing("no Authorization header")
    # Servers join repeated headers with a comma, which no Bearer token contains.
    if "," in header and sum(map(_is_credential, header.split(","))) > 1:
        raise CredentialsAmbiguous("more than one credential in the Authorization header")
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer":
        raise TokenMalformed("the scheme of the Authorization header is not Bearer")
    return token.strip(" ")


def _is_credential(part: str) -> bool:
    return _CREDENTIAL.match(part.strip()) is not None


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
