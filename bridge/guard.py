"""View guards: read the bearer token of a request, verify it and set ``g.user``."""

import logging
import re
import weakref
from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any, ParamSpec, TypeVar, cast, overload
from uuid import UUID

from flask import (
    Flask,
    Response,
    after_this_request,
    current_app,
    g,
    has_request_context,
    jsonify,
    request,
)
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
from .tokens import Verifiers, fingerprint
from .user import User

log = logging.getLogger(__name__)

P = ParamSpec("P")
R = TypeVar("R")

GUARD_ATTRIBUTE = "__better_auth_guard__"
_CREDENTIAL = re.compile(r"[A-Za-z][\w-]* +\S", re.ASCII)


def _current_user() -> User:
    try:
        return cast(User, g.user)
    except AttributeError:
        raise RuntimeError("There is no verified user: no require_user guards this code.") from None


current_user: User = cast(User, LocalProxy(_current_user))
"""The user of the current request, a proxy for ``g.user``."""


class _Use:
    """Records whether a guard was applied to a view or called; outlives the guard."""

    happened = False


class Guard:
    """Guard that ``require_user`` returns: a view decorator and a before_request function."""

    def __init__(
        self,
        match_path: str | None = None,
        check: Callable[[User], object] | None = None,
        *,
        optional: bool = False,
    ) -> None:
        if iscoroutinefunction(check):
            # An async check returns a coroutine, which is never True, so every request would be
            # refused.
            raise ConfigError("require_user(check=...) expects a plain function, not an async one")
        self.match_path = match_path
        self.check = check
        self.optional = optional
        self.use = _Use()

    @overload
    def __call__(self, view: None = None, /) -> None: ...
    @overload
    def __call__(self, view: Callable[P, R], /) -> Callable[P, R]: ...
    @overload
    def __call__(self, environ: Any, start_response: Any, /) -> None: ...
    def __call__(self, view: Any = None, start_response: Any = None, /) -> Any:
        if start_response is not None:
            # Flask calls a guard as a WSGI application if a view or a before_request function
            # returns the guard as its response.
            raise ConfigError(
                f"{self.expression} was returned as a response, which checks nothing; at start-up, "
                f"write before_request({self.expression})"
            )
        self.use.happened = True
        if view is not None:
            return self._wrap(view)
        if not _is_automatic_options():
            self._authenticate()
        return None

    def __str__(self) -> str:
        return self.expression.removesuffix("()")

    @property
    def expression(self) -> str:
        """The call that creates this guard, for messages."""
        rules = [f"match_path={self.match_path!r}"] if self.match_path else []
        if self.check is not None:
            rules.append(f"check={getattr(self.check, '__name__', type(self.check).__name__)}")
        return f"{'optional_user' if self.optional else 'require_user'}({', '.join(rules)})"

    def _wrap(self, view: Callable[P, R]) -> Callable[P, R]:
        is_async = iscoroutinefunction(view)

        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            self._authenticate()
            if is_async:
                return cast(R, current_app.ensure_sync(view)(*args, **kwargs))
            return view(*args, **kwargs)

        setattr(guarded, GUARD_ATTRIBUTE, self)
        return guarded

    def _authenticate(self) -> None:
        """Set ``g.user`` to the verified user, or raise a ``Refusal``."""
        # Resolve the proxy once: each access to a proxy looks up its context again.
        context: Any = g._get_current_object()  # noqa: SLF001
        context.pop("user", None)
        header = request.environ.get("HTTP_AUTHORIZATION", "").strip()
        if self.optional and not header:
            context.user = None
            return
        try:
            user = _verifiers().verify(_bearer_token(header))
            if self.match_path is not None:
                _check_path(user, self.match_path)
            # Only True is accepted: a forgotten return, or any other value, must not grant access.
            if self.check is not None and self.check(user) is not True:
                raise CheckFailed(f"{self} did not return True for sub {user.id!r}")
        except Refusal as refusal:
            _log_refusal(refusal, header)
            app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001
            token_refused.send(app, refusal=refusal)
            raise
        context.user = user


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
    """Guard views: accept only requests of verified users, and set ``g.user``.

    Use it as ``@require_user`` or ``@require_user(...)`` on functions and async functions, in
    ``MethodView.decorators``, or for a whole blueprint as ``bp.before_request(require_user(...))``.
    The call alone checks nothing: it returns the guard. ``before_request(require_user)`` without
    the call is a ``ConfigError``.

    ``match_path`` names the path argument that must identify the user. A route without this
    argument raises ``ConfigError`` when the route is added to the application. ``check`` is called
    with the verified user; the response is 403 unless ``check`` returns True.
    """
    guard = Guard(match_path, check)
    return guard(view) if view is not None else _new_guard(guard)


@overload
def optional_user() -> Guard: ...
@overload
def optional_user(view: Callable[P, R], /) -> Callable[P, R]: ...
def optional_user(view: Any = None, /) -> Any:
    """Set ``g.user`` to the verified user, or to None if the request has no credential.

    An invalid credential is refused, as by ``require_user``. Use it in the same ways.
    """
    guard = Guard(optional=True)
    return guard(view) if view is not None else _new_guard(guard)


def _new_guard(guard: Guard) -> Guard:
    """Return ``guard``; fail the current request, if any, if the guard is dropped without use.

    A before_request function that only calls ``require_user()`` checks nothing. This is known only
    after the view, so the client gets a 500 response, but the view has run. A module that is
    imported during a request keeps its guards.
    """
    if has_request_context():
        reference, use, expression = weakref.ref(guard), guard.use, guard.expression

        @after_this_request
        def fail_if_dropped(response: Response) -> Response:
            if reference() is None and not use.happened and response.status_code < 500:
                raise ConfigError(
                    f"{expression} was called during a request and its guard was dropped, so "
                    f"nothing was checked; at start-up, write before_request({expression})"
                )
            return response

    return guard


def refuse_uncalled_guards(app: Flask) -> None:
    """Raise ``ConfigError`` if ``require_user`` itself is a before_request function.

    Flask would call ``require_user()`` for each request, which returns a guard and checks nothing.
    """
    hook: Any
    for scope, hooks in app.before_request_funcs.items():
        for hook in hooks:
            if hook is require_user or hook is optional_user:
                where = f"the blueprint {scope!r}" if scope else "the application"
                raise ConfigError(
                    f"before_request({hook.__name__}) of {where} checks nothing; "
                    f"write before_request({hook.__name__}()) with parentheses"
                )


def guards_of(app: Flask, endpoint: str, view: Any, method: str) -> list[Guard]:
    """Return the guards of a view in the order in which a request passes them."""
    parts = endpoint.split(".")[:-1]
    blueprints = [".".join(parts[: length + 1]) for length in range(len(parts))]
    hooks = [
        hook for name in (None, *blueprints) for hook in app.before_request_funcs.get(name, [])
    ]
    view_class = getattr(view, "view_class", None)
    handler = getattr(view_class, method.lower(), None)
    decorators = getattr(view_class, "method_decorators", ())  # of Flask-RESTX and Flask-RESTful
    if isinstance(decorators, Mapping):
        decorators = decorators.get(method.lower(), ())
    functions = [*hooks, view, *reversed(decorators), handler]
    return [guard for function in functions for guard in _guards_on(function)]


def _guards_on(function: Any) -> Iterator[Guard]:
    """Yield the guards of a hook, a view or a decorator, from the outermost to the innermost."""
    if isinstance(function, Guard):
        yield function
    elif function is require_user or function is optional_user:  # used as a decorator
        yield Guard(optional=function is optional_user)
    while function is not None:
        if guard := getattr(function, "__dict__", {}).get(GUARD_ATTRIBUTE):
            yield guard
        function = getattr(function, "__wrapped__", None)


def missing_argument(match_path: str, rule: str) -> str:
    """Return the message for a route without the argument that ``match_path`` names."""
    return (
        f"require_user(match_path={match_path!r}) guards the route {rule!r}, which has no "
        f"argument of that name; add <uuid:{match_path}> to the route, or correct match_path"
    )


def to_response(refusal: Refusal) -> Response:
    """Return ``refusal`` as an application/problem+json response (RFC 9457)."""
    response = jsonify(refusal.problem())
    response.status_code = refusal.status
    response.content_type = "application/problem+json"
    response.headers.update(refusal.headers)
    return response


def _verifiers() -> Verifiers:
    try:
        return cast(Verifiers, current_app.extensions["better_auth"].verifiers)
    except KeyError:
        raise ConfigError("BetterAuth.init_app(app) was not called for this application") from None


def _check_path(user: User, argument: str) -> None:
    arguments = request.view_args or {}
    # A check that cannot run must not grant access.
    if argument not in arguments:
        raise ConfigError(missing_argument(argument, str(request.url_rule)))
    named = arguments[argument]
    if not user.is_named(named):
        settings = _verifiers().of_issuer(user.issuer).settings
        raise UserMismatch(
            f"the path names {str(named)[:200]!r}, "
            f"the token {str(user.identity)!r} (sub {user.id!r})",
            hint=f"the route expects a UUID, but the claim that {settings.name_of('USER_CLAIM')} "
            "names has none: use a claim with a UUID, or a route without the uuid converter"
            if isinstance(named, UUID) and user.uuid is None
            else f"paths must contain the value of the claim that {settings.name_of('USER_CLAIM')} "
            "names",
        )


def _bearer_token(header: str) -> str:
    """Return the token of an Authorization header (RFC 6750, section 2.1)."""
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
    """Return whether Flask itself responds: a CORS preflight request has no credential."""
    return request.method == "OPTIONS" and bool(
        getattr(request.url_rule, "provide_automatic_options", False)
    )


def _log_refusal(refusal: Refusal, header: str) -> None:
    # Without a handler, Python writes to stderr from WARNING on. A refusal is written there too, so
    # that it is explained in an application that does not configure logging.
    level = logging.INFO if log.hasHandlers() else logging.WARNING
    log.log(
        level,
        "refused %s %s: %d %s: %s%s [token %s]",
        request.method,
        request.endpoint,
        refusal.status,
        refusal.code,
        refusal.reason,
        f"; {refusal.hint}" if refusal.hint else "",
        fingerprint(header.partition(" ")[2].strip()) if header else "none",
    )
