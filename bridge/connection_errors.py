"""Explain why no response arrived: name the server that is at fault, and what to change.

The messages of requests contain object addresses and blame the issuer for the outgoing proxy.
"""

import socket
import ssl
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError

from .errors import IssuerError
from .issuer_response import PROXY_HINT, PROXY_LOGIN_HINT
from .settings import Settings

# InvalidSchema: a SOCKS proxy without the package that supports it.
_PROXY_ERRORS = (
    requests.exceptions.ProxyError,
    requests.exceptions.InvalidProxyURL,
    requests.exceptions.InvalidSchema,
)
# The reasons of OpenSSL for a response that is not TLS. They differ between its versions.
_NOT_TLS = ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "HTTP_REQUEST", "UNKNOWN_PROTOCOL")
# Values of SSLCertVerificationError.verify_code: X509_V_ERR_* of OpenSSL.
_NOT_YET_VALID, _EXPIRED = 9, 10
_OTHER_HOST = (62, 64)  # host name, IP address
_UNKNOWN_AUTHORITY = (2, 18, 19, 20, 21)  # no issuer, self-signed, incomplete chain


def explain(error: Exception, url: str, proxy: str | None, settings: Settings) -> IssuerError:
    """Return the ``IssuerError`` for ``error``, which a request for ``url`` raised.

    ``proxy`` is the outgoing proxy without its credentials, or None.
    """
    origin, cause = _origin(url), _root_cause(error)
    if proxy is not None and isinstance(error, _PROXY_ERRORS):
        return _proxy_error(cause, proxy)
    if isinstance(cause, ssl.SSLError) or isinstance(error, requests.exceptions.SSLError):
        return _tls_error(cause, url)
    if isinstance(error, requests.exceptions.Timeout):
        return timeout(url, proxy, settings.timeout_seconds)
    if isinstance(cause, socket.gaierror):
        return IssuerError(
            "dns",
            f"the host name of {origin} cannot be resolved",
            hint=f"inside a container, use the service's name in {settings.name_of('JWKS_URL')}",
        )
    if isinstance(cause, ConnectionRefusedError):
        return IssuerError(
            "refused",
            f"{origin} refused the connection",
            hint="is Better Auth running, and is the port right? Inside a container, localhost is "
            f"the container itself: set {settings.name_of('JWKS_URL')} to the internal URL",
        )
    if type(cause) is OSError and cause.errno is None:  # raised by requests, not by the system
        return IssuerError(
            "tls",
            f"no TLS connection to {origin}: {cause}",
            hint="REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE must name a file that exists",
        )
    return IssuerError(
        "connection",
        f"the connection to {origin} failed: {cause}",
        hint="if this port expects TLS, the URL must begin with https"
        if urlsplit(url).scheme == "http"
        else "",
    )


def timeout(url: str, proxy: str | None, seconds: float) -> IssuerError:
    """Return the error for a response that was not complete after ``seconds``."""
    through = f" through the outgoing proxy {proxy}" if proxy else ""
    return IssuerError(
        "timeout",
        f"{_origin(url)} did not send a complete response within {seconds:g} s{through}",
        hint=PROXY_HINT
        if proxy
        else "is the URL reachable from here, and is the issuer overloaded?",
    )


def patched_too_late() -> IssuerError:
    """Return the error for the RecursionError of a TLS connection under gevent."""
    return IssuerError(
        "connection",
        "no TLS connection can be created: gevent has replaced the module ssl after it was used",
        hint="start gunicorn without --preload, or call gevent.monkey.patch_all() in the first "
        "lines of gunicorn.conf.py",
    )


def _root_cause(error: BaseException) -> BaseException:
    """Return the first error of the chain: requests wraps errors of urllib3 and the system."""
    inner = error.__cause__ or error.__context__
    if inner is None and isinstance(error, HTTPError) and error.args:
        inner = error.args[0]  # urllib3 wraps the error of a TLS connection to a proxy
    return _root_cause(inner) if isinstance(inner, BaseException) else error


def _proxy_error(cause: BaseException, proxy: str) -> IssuerError:
    hint = PROXY_HINT
    if isinstance(cause, socket.gaierror):
        reason = f"the host name of the outgoing proxy {proxy} cannot be resolved"
    elif isinstance(cause, ConnectionRefusedError):
        reason = f"the outgoing proxy {proxy} refused the connection"
    elif isinstance(cause, ssl.SSLError):
        reason = f"no TLS connection to the outgoing proxy {proxy}"
        hint = f"most proxies expect http:// in front of their own address; {PROXY_HINT}"
    elif "407" in str(cause):
        reason = f"the outgoing proxy {proxy} requires a user and a password"
        hint = PROXY_LOGIN_HINT
    else:  # such as "Tunnel connection failed: 403 Forbidden"
        reason = f"the outgoing proxy {proxy} does not connect to the issuer: {cause}"
    return IssuerError("proxy", reason, hint=hint)


def _tls_error(cause: BaseException, url: str) -> IssuerError:
    origin, host = _origin(url), urlsplit(url).hostname
    if getattr(cause, "reason", None) in _NOT_TLS:
        return IssuerError(
            "tls_plain_port",
            f"{origin} does not speak TLS at this port",
            hint="is the port right? If the issuer serves plain http on a trusted internal network "
            "or on this machine, the URL must begin with http",
        )
    code = getattr(cause, "verify_code", None)
    if code == _EXPIRED:
        return IssuerError(
            "tls_expired",
            f"the certificate of {origin} has expired",
            hint="renew the certificate of the issuer; if it is new, restart the server that uses "
            "it, and check the clock of this machine",
        )
    if code == _NOT_YET_VALID:
        return IssuerError(
            "tls_expired",
            f"the certificate of {origin} is not valid yet",
            hint="check the clock of this machine",
        )
    if code in _OTHER_HOST:
        return IssuerError(
            "tls_host",
            f"the certificate of {origin} is for another host than {host}",
            hint="use a host name that the certificate contains, or let the issuer use a "
            "certificate for this host; without one, a default certificate of the platform or "
            "of another site is sent",
        )
    if code in _UNKNOWN_AUTHORITY:
        return IssuerError(
            "tls_authority",
            f"the certificate of {origin} is from an unknown certificate authority",
            hint="for a private certificate authority or a self-signed certificate, set "
            "REQUESTS_CA_BUNDLE to a file with its certificate; for a public one, let the issuer "
            "send the intermediate certificates too (fullchain.pem)",
        )
    return IssuerError(
        "tls",
        f"no TLS connection to {origin}: {cause}",
        hint="does the port speak TLS, and does the issuer have a certificate for this host name?",
    )


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
