"""Read the key set from the issuer's response, or explain why the response contains none."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from . import jwks
from .errors import IssuerError
from .settings import Settings

MAX_RETRY_AFTER_SECONDS = 300.0

PROXY_HINT = (
    "the environment variables HTTP_PROXY, HTTPS_PROXY and ALL_PROXY name the proxy: correct or "
    "remove them, or add the issuer's host name to NO_PROXY"
)
PROXY_LOGIN_HINT = (
    "write the user and the password into HTTP_PROXY and HTTPS_PROXY "
    "(http://user:password@host:port), or add the issuer's host name to NO_PROXY"
)

# Statuses of an outgoing proxy that refuses or fails. A plain http response does not tell whether
# the proxy or a server behind it sent the status.
_PROXY_STATUSES = (403, 502, 503, 504)
# Better Auth itself never responds with these statuses.
_GATEWAY_STATUSES = (502, 503, 504)
# Headers of the challenge pages of Cloudflare, Vercel and AWS WAF.
_CHALLENGE_HEADERS = ("cf-mitigated", "x-vercel-mitigated", "x-amzn-waf-action")
_CHALLENGE_PAGE = re.compile(rb"challenge|captcha|just a moment", re.IGNORECASE)
_LOGIN_URL = re.compile(
    r"log-?in|sign[-_]?in|\bsso\b|sso-api|saml|oauth2?/|authorize|cdn-cgi/access|//accounts?\.",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class IssuerResponse:
    """A response to the request for the key set, and its duration in seconds.

    ``headers`` ignores case. ``proxy`` is the outgoing proxy without its credentials, or None.
    """

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float
    proxy: str | None = None


def parse(response: IssuerResponse, settings: Settings) -> jwks.KeySet:
    """Return the key set in ``response``, or raise ``IssuerError``.

    ``settings`` provide the names of settings for the hints.
    """
    if _is_challenge(response):
        raise IssuerError(
            "challenge",
            f"a bot protection in front of the issuer responded with a challenge for browsers "
            f"(status {response.status})",
            hint="exclude the path of the key set from the bot protection (a bypass rule of "
            f"Cloudflare, Vercel or AWS WAF), or set {settings.name_of('JWKS_URL')} to an "
            "internal URL",
            retry_after=_retry_after(response.headers),
        )
    if 300 <= response.status < 400:
        raise _redirect_error(response, settings)
    if response.status != 200:
        raise _status_error(response, settings)
    return jwks.parse(response.body)


def _is_challenge(response: IssuerResponse) -> bool:
    values = [response.headers.get(name, "").lower() for name in _CHALLENGE_HEADERS]
    if not {"challenge", "captcha"}.isdisjoint(values):
        return True
    return (
        response.status in (403, 429, 503)
        and "html" in response.headers.get("Content-Type", "")
        and _CHALLENGE_PAGE.search(response.body) is not None
    )


def _redirect_error(response: IssuerResponse, settings: Settings) -> IssuerError:
    target = response.headers.get("Location", "")[:200]
    has_moved = urlsplit(target).path == urlsplit(response.url).path
    if _LOGIN_URL.search(target) and not has_moved:
        return IssuerError(
            "login",
            f"the key set requires a login: the response is a redirect to {target!r}",
            hint="the key set must be public: exclude its path from the login (the matcher of the "
            "front end's middleware, the deployment protection of the platform), or set "
            f"{settings.name_of('JWKS_URL')} to an internal URL",
        )
    return IssuerError(
        "redirect",
        f"the issuer redirects to {target!r}; redirects are not followed",
        hint=f"set {settings.name_of('URL')} or {settings.name_of('JWKS_URL')} to the final URL",
    )


def _status_error(response: IssuerResponse, settings: Settings) -> IssuerError:
    status, retry_after = response.status, _retry_after(response.headers)
    server = response.headers.get("Server", "")[:50]
    named = f" (Server: {server!r})" if server else ""
    if status == 407:
        return IssuerError(
            "proxy",
            f"the outgoing proxy {response.proxy or ''} requires a user and a password",
            hint=PROXY_LOGIN_HINT,
            retry_after=retry_after,
        )
    if response.proxy and status in _PROXY_STATUSES:
        return IssuerError(
            "proxy",
            f"the outgoing proxy {response.proxy}, or a server behind it, responded with status "
            f"{status}{named}",
            hint=PROXY_HINT,
            retry_after=retry_after,
        )
    if status in _GATEWAY_STATUSES:
        return IssuerError(
            "gateway",
            f"a proxy or load balancer in front of the issuer responded with status {status}"
            f"{named}: it does not reach Better Auth",
            hint="is Better Auth running, and does the proxy forward to its host and port? A "
            "deployment or a sleeping instance causes this status for a short time",
            retry_after=retry_after,
        )
    return IssuerError(
        "status",
        f"the issuer responded with status {status}{named}",
        hint=_status_hint(response, settings),
        retry_after=retry_after,
    )


def _status_hint(response: IssuerResponse, settings: Settings) -> str:
    if response.status == 400 and urlsplit(response.url).scheme == "http":
        return "if this port expects TLS, the URL must begin with https"
    if response.status == 404:
        return (
            "is the jwt plugin installed, and is the path right? If jwksPath or another basePath "
            f"is configured, set {settings.name_of('JWKS_URL')}"
        )
    if response.status == 429:
        return "Better Auth's rate limiter limits this client: allow more requests for /jwks"
    if response.status >= 500:
        return (
            'see the issuer\'s log: a missing "jwks" table means that its migration was not run; '
            "a decryption error means that BETTER_AUTH_SECRET was changed"
        )
    return "is this the URL of Better Auth itself, and is it reachable without a login?"


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the requested delay in seconds; Better Auth sends it as X-Retry-After."""
    text = headers.get("Retry-After") or headers.get("X-Retry-After") or ""
    return min(float(text), MAX_RETRY_AFTER_SECONDS) if text.isascii() and text.isdigit() else None
