"""Exceptions of the bridge.

BetterAuthError
    ConfigError                       a setting or the use of a guard is wrong
    IssuerError                       the key set could not be fetched; for logs and commands
    Refusal                           the request is refused
        CredentialsAmbiguous    400
        Unauthorized            401   with a WWW-Authenticate challenge
            TokenMissing
            InvalidToken
                TokenMalformed        no compact JWS
                TokenKind             a token of another kind
                KeyUnknown
                SignatureInvalid
                TokenExpired          the client needs a fresh token
                TokenNotYetValid
                TimeInMilliseconds
                ClaimsInvalid
                UserClaimMissing
                UserClaimInvalid
        UserMismatch            403
        UserBanned              403
        CheckFailed             403
        KeysUnavailable         503   the issuer is unreachable; the client may retry

``str(error)`` is for the service's log. Clients see only ``problem()`` and ``headers``.
"""


class BetterAuthError(Exception):
    """Base class of all exceptions that the bridge raises."""


class ConfigError(BetterAuthError):
    """A setting is missing or wrong, or a guard is used in a wrong way.

    The message names the setting, its value and the expected value.
    """


class IssuerError(BetterAuthError):
    """The issuer returned no usable key set.

    ``kind`` is one of dns, refused, connection, timeout, proxy, tls, tls_plain_port, tls_expired,
    tls_host, tls_authority, redirect, login, challenge, gateway, status, size, json, shape, empty,
    unusable. ``hint`` says what to change. ``retry_after`` is the delay in
    seconds that the issuer requested, or None.
    """

    def __init__(
        self, kind: str, reason: str, *, hint: str = "", retry_after: float | None = None
    ) -> None:
        super().__init__(reason)
        self.kind = kind
        self.hint = hint
        self.retry_after = retry_after


class Refusal(BetterAuthError):
    """The request is refused: ``status`` and ``code`` are stable, ``detail`` is for the client.

    ``reason`` (what was found) and ``hint`` (what to change) are for the service's operator.
    To send another response, handle this class with ``app.errorhandler(Refusal)``.
    """

    status = 403
    code = "refused"
    title = "Forbidden"
    detail = "The request was refused."

    def __init__(self, reason: str, *, hint: str = "") -> None:
        super().__init__(reason)
        self.hint = hint

    @property
    def reason(self) -> str:
        """The full reason, for the log."""
        return str(self)

    @property
    def headers(self) -> dict[str, str]:
        """The headers of the response."""
        return {"Cache-Control": "no-store"}

    def problem(self) -> dict[str, object]:
        """Return the body of the response (RFC 9457, section 3)."""
        return {
            "type": "about:blank",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
        }


class CredentialsAmbiguous(Refusal):
    """The request has two credentials; RFC 6750, section 2 allows one."""

    status = 400
    code = "credentials_ambiguous"
    title = "Bad Request"
    detail = "Send one Authorization header with one token."


class Unauthorized(Refusal):
    """The request does not identify a user; ``error`` is a code of RFC 6750, section 3.1."""

    status = 401
    title = "Unauthorized"
    error = ""

    @property
    def headers(self) -> dict[str, str]:
        challenge = "Bearer"
        if self.error:
            challenge += f' error="{self.error}", error_description="{self.detail}"'
        return {**super().headers, "WWW-Authenticate": challenge}


class TokenMissing(Unauthorized):
    """The request has no credential."""

    code = "token_missing"
    detail = "Sign in, and send the token in the Authorization header as a Bearer token."


class InvalidToken(Unauthorized):
    """The request has a credential, but the credential is not valid."""

    error = "invalid_token"


class TokenMalformed(InvalidToken):
    """The credential is not a compact JWS (RFC 7515, section 7.1)."""

    code = "token_malformed"
    detail = "The Authorization header does not contain a readable Bearer token."


class TokenKind(InvalidToken):
    """The token is readable, but it is not a JWT of Better Auth's JWT plugin."""

    code = "token_kind"
    detail = (
        "This is not an access token for this service. "
        "Send the token that authClient.token() returns."
    )


class KeyUnknown(InvalidToken):
    """The issuer publishes no key with this kid."""

    code = "key_unknown"
    detail = "The token was signed with an unknown key. Get a fresh token."


class SignatureInvalid(InvalidToken):
    """The signature does not match the token and the key named by ``kid``."""

    code = "signature_invalid"
    detail = "The signature of the token is not valid. Get a fresh token."


class TokenExpired(InvalidToken):
    """``exp`` is in the past (RFC 7519, section 4.1.4)."""

    code = "token_expired"
    detail = "The token has expired. Get a fresh token."


class TokenNotYetValid(InvalidToken):
    """``nbf`` or ``iat`` is in the future (RFC 7519, sections 4.1.5 and 4.1.6)."""

    code = "token_not_yet_valid"
    detail = "The token is not valid yet. The clocks of the servers may differ."


class TimeInMilliseconds(InvalidToken):
    """``exp``, ``iat`` or ``nbf`` is in milliseconds; RFC 7519, section 2 requires seconds."""

    code = "time_in_milliseconds"
    detail = "A time in the token is in milliseconds instead of seconds."


class ClaimsInvalid(InvalidToken):
    """``iss``, ``aud`` or another required claim is wrong or missing."""

    code = "claims_invalid"
    detail = "The token was not issued for this service."


class UserClaimMissing(InvalidToken):
    """The claim that identifies the user is missing or null."""

    code = "user_claim_missing"
    detail = "The token does not identify its user."


class UserClaimInvalid(InvalidToken):
    """The claim that identifies the user has a wrong type or format."""

    code = "user_claim_invalid"
    detail = "The token does not identify its user in the expected format."


class UserMismatch(Refusal):
    """The path names another user."""

    code = "user_mismatch"
    detail = "This URL belongs to another user."


class UserBanned(Refusal):
    """The token says that Better Auth's admin plugin has banned the user."""

    code = "user_banned"
    detail = "Your account is suspended."


class CheckFailed(Refusal):
    """The ``check`` function of the guard did not return True."""

    code = "check_failed"
    detail = "You do not have permission to do this."


class KeysUnavailable(Refusal):
    """No key is available to verify the token; ``retry_after`` is in whole seconds."""

    status = 503
    code = "keys_unavailable"
    title = "Service Unavailable"
    detail = "Your sign-in cannot be verified at the moment. Try again in a few seconds."

    def __init__(self, reason: str, *, retry_after: int = 1, hint: str = "") -> None:
        super().__init__(reason, hint=hint)
        self.retry_after = retry_after

    @property
    def headers(self) -> dict[str, str]:
        return {**super().headers, "Retry-After": str(self.retry_after)}
