"""An application and its issuer: cold starts, outages, rotations, several applications."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from support.faulty_issuer import BROKEN, FaultyIssuer, Reply

from bridge import BetterAuth, ConfigError


def status(app: Flask, token: str) -> int:
    header = {"Authorization": f"Bearer {token}"}
    return app.test_client().get("/me", headers=header).status_code


def eventually(holds: Callable[[], bool], seconds: float = 15) -> bool:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def test_a_wrong_setting_fails_at_start(make_app: Callable[..., Flask]):
    with pytest.raises(ConfigError, match="BETTER_AUTH_LEEWAY"):
        make_app(BETTER_AUTH_LEEWAY=3600)


def test_the_start_does_not_wait_for_the_issuer(
    make_app: Callable[..., Flask], issuer: FaultyIssuer
):
    release = threading.Event()
    issuer.reply = Reply(issuer.key_set(), before=release.wait)
    app = make_app()
    assert eventually(lambda: issuer.asked == 1)  # a fetch already runs in the background
    threading.Timer(0.1, release.set).start()
    assert status(app, issuer.token()) == 200  # waits for the running load
    assert issuer.asked == 1


def test_a_process_started_in_an_outage_recovers(
    make_app: Callable[..., Flask], issuer: FaultyIssuer
):
    issuer.reply = Reply(b"", 500)
    app = make_app()
    response = app.test_client().get("/me", headers={"Authorization": f"Bearer {issuer.token()}"})
    assert (response.status_code, response.json["code"]) == (503, "keys_unavailable")
    assert int(response.headers["Retry-After"]) >= 1
    assert "WWW-Authenticate" not in response.headers
    issuer.reply = None
    assert eventually(lambda: status(app, issuer.token()) == 200)


@pytest.mark.parametrize("reply", BROKEN)
def test_known_keys_stay_valid_whatever_the_issuer_responds(
    make_app: Callable[..., Flask], issuer: FaultyIssuer, reply: Reply
):
    app = make_app(BETTER_AUTH_JWKS_MAX_AGE=1)
    assert status(app, issuer.token()) == 200
    issuer.reply = reply
    before = issuer.asked

    def fetched_again() -> bool:
        return status(app, issuer.token()) == 200 and issuer.asked > before + 1

    assert eventually(fetched_again)
    assert status(app, issuer.token()) == 200


def test_a_rotated_key_is_accepted_on_first_use(app: Flask, issuer: FaultyIssuer):
    assert status(app, issuer.token()) == 200
    old = issuer.token()
    for kid in ("key-2", "key-3"):
        issuer.rotate(kid)
        assert status(app, issuer.token()) == 200
    assert status(app, old) == 200


def test_each_application_accepts_only_its_issuer(make_app: Callable[..., Flask]):
    with FaultyIssuer() as one, FaultyIssuer() as two:  # both use the kid key-1
        first, second = make_app(BETTER_AUTH_URL=one.url), make_app(BETTER_AUTH_URL=two.url)
        assert status(first, one.token()) == status(second, two.token()) == 200
        assert status(first, two.token()) == status(second, one.token()) == 401


def test_health_shows_the_keys(app: Flask, issuer: FaultyIssuer):
    auth = BetterAuth()
    with app.app_context():
        assert eventually(lambda: auth.health()["ready"] is True)
        assert auth.health()["kids"] == ["key-1"]


def test_health_alone_refreshes_the_keys_after_an_outage(
    make_app: Callable[..., Flask], issuer: FaultyIssuer
):
    issuer.reply = Reply(b"", 500)
    app = make_app()
    auth = BetterAuth()
    with app.app_context():
        assert eventually(lambda: auth.health()["last_error"] is not None)
        issuer.reply = None
        assert eventually(lambda: auth.health()["ready"] is True)


@pytest.fixture
def partner() -> Iterator[FaultyIssuer]:
    with FaultyIssuer() as partner:  # it uses the kid key-1, like the other issuer
        yield partner


@pytest.fixture
def joint(make_app: Callable[..., Flask], partner: FaultyIssuer) -> Flask:
    """An application that trusts two issuers."""
    app = make_app(PARTNER_AUTH_URL=partner.url, PARTNER_AUTH_USER_CLAIM="sub")
    BetterAuth(app, prefix="PARTNER_AUTH")
    return app


def test_each_of_two_issuers_is_verified_with_its_own_settings(
    joint: Flask, issuer: FaultyIssuer, partner: FaultyIssuer
):
    assert status(joint, issuer.token()) == status(joint, partner.token(uuid=None)) == 200
    assert status(joint, issuer.token(uuid=None)) == 401


def test_the_keys_of_two_issuers_are_not_interchangeable(
    joint: Flask, issuer: FaultyIssuer, partner: FaultyIssuer
):
    assert status(joint, issuer.token(iss=partner.url, aud=partner.url)) == 401
    assert status(joint, partner.token(iss=issuer.url, aud=issuer.url)) == 401
    assert status(joint, partner.token(aud=issuer.url)) == 401
    assert status(joint, partner.token(iss="https://elsewhere.example")) == 401
    assert status(joint, issuer.token()) == status(joint, partner.token()) == 200


def test_an_outage_of_one_issuer_does_not_affect_the_other(
    make_app: Callable[..., Flask], issuer: FaultyIssuer, partner: FaultyIssuer
):
    partner.reply = Reply(b"", 500)
    app = make_app(PARTNER_AUTH_URL=partner.url)
    main, other = BetterAuth(), BetterAuth(app, prefix="PARTNER_AUTH")
    assert status(app, partner.token()) == 503
    assert status(app, issuer.token()) == 200
    with app.app_context():
        assert main.health()["ready"] is True
        assert other.health()["ready"] is False
        assert main.verify(issuer.token()).issuer == issuer.url


def test_one_issuer_in_two_settings_is_a_config_error(app: Flask, issuer: FaultyIssuer):
    app.config["PARTNER_AUTH_URL"] = issuer.url
    with pytest.raises(ConfigError, match="accept the issuer"):
        BetterAuth(app, prefix="PARTNER_AUTH")
