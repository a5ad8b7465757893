"""Limits of attempts to guess a password, and the rules for passwords and names."""

import re
import secrets
from collections.abc import Iterator
from itertools import count
from typing import Any

import jwt
import pytest
import requests
from sqlalchemy import create_engine, text
from support.processes import PASSWORD, Issuer, NewDatabase, Person, local_session, wait_until

from config import from_env

# The first proxy is the one next to the server.
_networks = count(1)
CLIENT, OTHER_CLIENT, FIRST_PROXY = "192.0.2.1", "192.0.2.2", "10.0.0.1"


@pytest.fixture(scope="module")
def limited(database_kind: str, new_database: NewDatabase) -> Iterator[Issuer]:
    """A server with limits, behind two proxies."""
    settings = {"RATE_LIMIT": "true", "TRUSTED_PROXIES": "2"}
    with Issuer(new_database(database_kind), settings=settings) as issuer:
        yield issuer


@pytest.fixture
def ada(limited: Issuer) -> Person:
    execute(limited, 'DELETE FROM "passwordAttempt"')
    return sign_up(limited, "Ada")


def execute(issuer: Issuer, sql: str, **values: object) -> None:
    config = from_env({"DATABASE_URL": issuer.database_url, "BETTER_AUTH_URL": issuer.url})
    engine = create_engine(str(config["SQLALCHEMY_DATABASE_URI"]))
    with engine.begin() as connection:
        connection.execute(text(sql), values)
    engine.dispose()


def post(
    issuer: Issuer,
    path: str,
    body: dict[str, Any],
    session: requests.Session | None = None,
    forwarded: str = f"{CLIENT}, {FIRST_PROXY}",
) -> requests.Response:
    headers = {"X-Forwarded-For": forwarded, "Origin": issuer.url}
    http = session or local_session()
    return http.post(f"{issuer.url}/api/auth/{path}", json=body, headers=headers, timeout=60)


def sign_up(issuer: Issuer, name: str) -> Person:
    """Sign up from an address of its own, because sign-ups per address are limited too."""
    session, email = local_session(), f"{secrets.token_hex(8)}@example.com"
    body = {"name": name, "email": email, "password": PASSWORD}
    address = f"2001:db8:{next(_networks):x}::1, {FIRST_PROXY}"
    user = post(issuer, "sign-up/email", body, session, address).json()["user"]
    return Person(user["id"], user["uuid"], email, name, PASSWORD, "", session)


def sign_in(
    issuer: Issuer,
    email: str,
    password: str,
    session: requests.Session | None = None,
    **options: Any,
) -> requests.Response:
    return post(issuer, "sign-in/email", {"email": email, "password": password}, session, **options)


def test_an_address_cannot_be_forged_to_guess_more_often(limited: Issuer, ada: Person):
    """Each attempt is for another account and with another beginning of X-Forwarded-For."""
    statuses = [
        sign_in(
            limited,
            f"user{number}@example.com",
            "wrong password",
            forwarded=f"198.51.100.{number}, {CLIENT}, {FIRST_PROXY}",
        ).status_code
        for number in range(22)
    ]
    assert statuses == [401] * 20 + [429] * 2
    # Another client behind the same two proxies has its own limit.
    forwarded = f"{OTHER_CLIENT}, {FIRST_PROXY}"
    assert sign_in(limited, ada.email, PASSWORD, forwarded=forwarded).status_code == 200


def test_an_account_is_protected_from_many_addresses(limited: Issuer, ada: Person):
    emails = [ada.email, ada.email.upper()]
    responses = [
        sign_in(
            limited, emails[number % 2], "wrong", forwarded=f"198.51.100.{number}, {FIRST_PROXY}"
        )
        for number in range(12)
    ]
    assert [response.status_code for response in responses] == [401] * 10 + [429] * 2
    error = responses[-1].json()
    assert error["code"] == "TOO_MANY_ATTEMPTS"
    assert 0 < error["retryAfter"] <= 900
    assert responses[-1].headers["Retry-After"] == str(error["retryAfter"])
    # Not even the right password is checked, but other accounts are not affected.
    assert sign_in(limited, ada.email, PASSWORD).status_code == 429
    bob = sign_up(limited, "Bob")
    assert sign_in(limited, bob.email, PASSWORD).status_code == 200


def test_an_attacker_does_not_lock_out_a_browser_that_the_owner_uses(limited: Issuer, ada: Person):
    """Not even from the owner's own address: the browser has a limit of its own."""
    for number in range(22):
        sign_in(limited, ada.email, f"wrong {number}")
    assert sign_in(limited, ada.email, PASSWORD).status_code == 429
    assert sign_in(limited, ada.email, PASSWORD, ada.session).status_code == 200
    statuses = [sign_in(limited, ada.email, "wrong", ada.session).status_code for _ in range(12)]
    assert statuses == [401] * 10 + [429] * 2


def test_the_browser_of_one_account_is_not_trusted_for_another(limited: Issuer, ada: Person):
    mallory = sign_up(limited, "Mallory")
    [(name, value)] = [
        (cookie.name, cookie.value) for cookie in mallory.session.cookies if "device" in cookie.name
    ]
    [own] = [cookie.name for cookie in ada.session.cookies if "device" in cookie.name]
    assert own != name
    session = local_session()
    session.headers["Cookie"] = f"{own}={value}"
    statuses = [sign_in(limited, ada.email, "wrong", session).status_code for _ in range(11)]
    assert statuses == [401] * 10 + [429]


def test_successful_sign_ins_do_not_count(limited: Issuer, ada: Person):
    for _ in range(12):
        assert sign_in(limited, ada.email, PASSWORD).status_code == 200


def test_attempts_are_counted_in_the_database(limited: Issuer, ada: Person):
    """So that a restart, or another process, does not give an attacker more attempts."""
    for number in range(10):
        sign_in(limited, ada.email, "wrong", forwarded=f"198.51.100.{number}, {FIRST_PROXY}")
    limited.stop()
    limited.start()
    assert sign_in(limited, ada.email, PASSWORD).status_code == 429


def test_a_new_window_allows_new_attempts(limited: Issuer, ada: Person):
    for number in range(11):
        sign_in(limited, ada.email, "wrong", forwarded=f"198.51.100.{number}, {FIRST_PROXY}")
    execute(limited, 'UPDATE "passwordAttempt" SET "startedAt" = "startedAt" - 900000')
    assert sign_in(limited, ada.email, PASSWORD).status_code == 200


def test_the_password_in_a_session_cannot_be_guessed(limited: Issuer, ada: Person):
    statuses = [
        post(limited, "delete-user", {"password": "wrong password"}, ada.session).status_code
        for _ in range(11)
    ]
    assert statuses == [400] * 10 + [429]


@pytest.mark.parametrize("password", ["password", "Password1", "qwertyuiop", "1234567890"])
def test_common_passwords_are_refused(better_auth: Issuer, password: str):
    body = {"name": "Eve", "email": "eve@example.com", "password": password}
    response = post(better_auth, "sign-up/email", body)
    assert response.status_code == 400
    assert response.json()["code"] == "PASSWORD_TOO_COMMON"


def test_a_password_cannot_be_changed_to_a_common_one(better_auth: Issuer):
    ada = better_auth.sign_up("Ada")
    body = {"currentPassword": PASSWORD, "newPassword": "iloveyou1"}
    response = post(better_auth, "change-password", body, ada.session)
    assert response.json()["code"] == "PASSWORD_TOO_COMMON"
    response = post(better_auth, "reset-password", {"newPassword": "iloveyou1", "token": "x"})
    assert response.json()["code"] == "PASSWORD_TOO_COMMON"
    assert sign_in(better_auth, ada.email, PASSWORD).status_code == 200


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"name": "n" * 101}, "NAME_INVALID"),
        ({"name": {"first": "Ada"}}, "NAME_INVALID"),
        ({"image": "data:image/png;base64," + "A" * 3000}, "IMAGE_INVALID"),
    ],
)
def test_names_and_pictures_are_limited(better_auth: Issuer, changes: dict[str, Any], code: str):
    ada = better_auth.sign_up("Ada")
    response = post(better_auth, "update-user", changes, ada.session)
    assert (response.status_code, response.json()["code"]) == (400, code)
    body = {"name": "Eve", "email": "eve@example.com", "password": PASSWORD} | changes
    response = post(better_auth, "sign-up/email", body)
    assert response.status_code == 400
    longest = {"name": "n" * 100, "image": "i" * 2048}
    assert post(better_auth, "update-user", longest, ada.session).status_code == 200


def test_a_user_with_an_enormous_name_and_picture_gets_a_small_token(better_auth: Issuer):
    """Rows from before the limits: the service would refuse a token with these fields."""
    ada = better_auth.sign_up("Ada")
    sql = 'UPDATE "user" SET name = :name, image = :image WHERE id = :id'
    execute(better_auth, sql, name="n" * 100_000, image="i" * 500_000, id=ada.id)
    token = better_auth.token(ada)
    assert len(token) < 1024
    claims = jwt.decode(token, options={"verify_signature": False})
    assert claims.keys() == {"iat", "exp", "iss", "aud", "sub", "uuid", "name", "email"}
    assert claims["name"] == "n" * 100


def test_a_password_reset_lets_the_owner_in_during_an_attack(limited: Issuer, ada: Person):
    """On a device that the owner has never used before."""
    device = local_session()
    post(limited, "request-password-reset", {"email": ada.email})
    pattern = rf'of "{ada.email}", open \S+token=(\S+) '
    wait_until(lambda: re.search(pattern, limited.log) is not None)
    [token] = re.findall(pattern, limited.log)
    body = {"token": token, "newPassword": "another horse battery staple"}
    assert post(limited, "reset-password", body, device).status_code == 200
    for number in range(11):
        forwarded = f"198.51.100.{number}, {FIRST_PROXY}"
        sign_in(limited, ada.email, "wrong", forwarded=forwarded)
    assert sign_in(limited, ada.email, body["newPassword"]).status_code == 429
    assert sign_in(limited, ada.email, body["newPassword"], device).status_code == 200


def test_mails_to_one_account_are_limited(limited: Issuer, ada: Person):
    statuses = [
        post(
            limited,
            "request-password-reset",
            {"email": ada.email},
            forwarded=f"203.0.113.{number}, {FIRST_PROXY}",
        ).status_code
        for number in range(6)
    ]
    assert statuses == [200] * 5 + [429]
