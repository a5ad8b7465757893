"""How the bridge can fail, and what each failure tells whom.

BetterAuthError
    ConfigError                       a setting is wrong; raised at start-up only
    IssuerError                       the key set could not be had; for logs and commands
    Refusal                           the request is turned away
        CredentialsAmbiguous    400
        Unauthorized            401   with a WWW-Authenticate challenge
            TokenMissing
            InvalidToken
                TokenMalformed        no compact JWS
                TokenKind             a token, but not one of ours
                KeyUnknown
                SignatureInvalid
                TokenExpired          a fresh token will do
                TokenNotYetValid
                ClaimsInvalid
                UserClaimMissing
                UserClaimInvalid
        UserMismatch            403
        CheckFailed             403
        KeysUnavailable         503   the issuer is at fault; try again

``str(error)`` is for our logs. Only ``problem()`` and ``headers`` leave the process.
"""


class BetterAuthError(Exception):
    """Root of everything the bridge raises on purpose."""


class ConfigError(BetterAuthError):
    """A setting is missing or wrong; the message names it, its value and what is expected."""


class IssuerError(BetterAuthError):
    """The issuer gave no usable key set.

    ``kind`` is one of dns, refused, connection, timeout, tls, redirect, status, size, json,
    shape, empty, unusable. ``hint`` says what to change. ``retry_after`` is the number of
    seconds that the issuer asked us to wait, if it did.
    """

    def __init__(
        self, kind: str, reason: str, *, hint: str = "", retry_after: float | None = None
    ) -> None:
        super().__init__(reason)
        self.kind = kind
        self.hint = hint
        self.retry_after = retry_after


class Refusal(BetterAuthError):
    """The request is refused: ``status`` and ``code`` are stable, ``detail`` is for the caller.

    ``reason`` and ``hint`` are for whoever runs the service: what was found, and what to change.
    Handle this class with ``app.errorhandler(Refusal)`` to give the answer another form.
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
        """The facts, for the log."""
        return str(self)

    @property
    def headers(self) -> dict[str, str]:
        """The headers that belong to the answer."""
        return {"Cache-Control": "no-store"}

    def problem(self) -> dict[str, object]:
        """Return the body of the answer: RFC 9457, section 3."""
        return {
            "type": "about:blank",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
        }


class CredentialsAmbiguous(Refusal):
    """Two credentials on one request: RFC 6750, section 2 allows one."""

    status = 400
    code = "credentials_ambiguous"
    title = "Bad Request"
    detail = "Send one Authorization header with one token."


class Unauthorized(Refusal):
    """Nobody can be told from this request; ``error`` is RFC 6750's, section 3.1."""

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
    """No credential was presented."""

    code = "token_missing"
    detail = "Sign in, and send the token in the Authorization header as a Bearer token."


class InvalidToken(Unauthorized):
    """A credential was presented and is no good."""

    error = "invalid_token"


class TokenMalformed(InvalidToken):
    """Not a compact JWS: RFC 7515, section 7.1."""

    code = "token_malformed"
    detail = "The Authorization header does not hold a readable Bearer token."


class TokenKind(InvalidToken):
    """Readable, but not a token that Better Auth's JWT plugin signed for us."""

    code = "token_kind"
    detail = "This is not an access token of this service. Use the token of authClient.token()."


class KeyUnknown(InvalidToken):
    """The issuer publishes no key with this kid."""

    code = "key_unknown"
    detail = "The token was signed with a key that is not known here. Get a fresh token."


class SignatureInvalid(InvalidToken):
    """The signature is not over these bytes by the key that ``kid`` names."""

    code = "signature_invalid"
    detail = "The signature of the token does not verify. Get a fresh token."


class TokenExpired(InvalidToken):
    """``exp`` has passed: RFC 7519, section 4.1.4."""

    code = "token_expired"
    detail = "The token has expired. Get a fresh token."


class TokenNotYetValid(InvalidToken):
    """``nbf`` or ``iat`` lies in the future: RFC 7519, sections 4.1.5 and 4.1.6."""

    code = "token_not_yet_valid"
    detail = "The token is not valid yet. The clocks of the servers may differ."


class ClaimsInvalid(InvalidToken):
    """``iss``, ``aud`` or a required claim is wrong or absent."""

    code = "claims_invalid"
    detail = "The token was not made for this service."


class UserClaimMissing(InvalidToken):
    """The claim that identifies the user is absent or null."""

    code = "user_claim_missing"
    detail = "The token does not say which user it stands for."


class UserClaimInvalid(InvalidToken):
    """The claim that identifies the user cannot be read."""

    code = "user_claim_invalid"
    detail = "The token does not identify its user in the form that is expected here."


class UserMismatch(Refusal):
    """The path names somebody else."""

    code = "user_mismatch"
    detail = "The address belongs to another user."


class CheckFailed(Refusal):
    """The ``check`` of the application did not return True."""

    code = "check_failed"
    detail = "You may not do this."


class KeysUnavailable(Refusal):
    """No key can be had to judge the token by; ``retry_after`` is in whole seconds."""

    status = 503
    code = "keys_unavailable"
    title = "Service Unavailable"
    detail = "Sign-in cannot be checked at the moment. Try again shortly."

    def __init__(self, reason: str, *, retry_after: int = 1, hint: str = "") -> None:
        super().__init__(reason, hint=hint)
        self.retry_after = retry_after

    @property
    def headers(self) -> dict[str, str]:
        return {**super().headers, "Retry-After": str(self.retry_after)}
