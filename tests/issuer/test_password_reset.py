"""A password reset: by mail, by the log, and by the command."""

import re
import socketserver
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from queue import Queue

import pytest
import requests
from sqlalchemy import create_engine, text
from support.processes import PASSWORD, ROOT, Issuer, NewDatabase, Person, local_session, wait_until

from config import from_env

NEW_PASSWORD = "another horse battery staple"
LINK = r"(http://\S+/reset-password\?token=\S+)"


def post(issuer: Issuer, path: str, **body: str) -> requests.Response:
    with local_session() as http:
        url, headers = f"{issuer.url}/api/auth/{path}", {"Origin": issuer.url}
        return http.post(url, json=body, headers=headers, timeout=60)


def link_in_log(issuer: Issuer, person: Person) -> str:
    assert post(issuer, "request-password-reset", email=person.email).status_code == 200
    pattern = rf'to reset the password of "{person.email}", open {LINK} within 1 hour'
    wait_until(lambda: re.search(pattern, issuer.log) is not None)
    return re.findall(pattern, issuer.log)[-1]


def reset(issuer: Issuer, link: str, password: str = NEW_PASSWORD) -> requests.Response:
    site, token = link.split("/reset-password?token=")
    assert site == issuer.url
    return post(issuer, "reset-password", token=token, newPassword=password)


def sign_in(issuer: Issuer, person: Person, password: str) -> int:
    return post(issuer, "sign-in/email", email=person.email, password=password).status_code


def command(issuer: Issuer, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["node", "better-auth-setup/reset-password.mjs", *arguments],
        cwd=ROOT,
        env=issuer.env,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_link_in_the_log_resets_the_password_once(better_auth: Issuer):
    ada = better_auth.sign_up("Ada")
    link = link_in_log(better_auth, ada)
    assert sign_in(better_auth, ada, PASSWORD) == 200
    assert reset(better_auth, link).status_code == 200
    assert sign_in(better_auth, ada, PASSWORD) == 401
    assert sign_in(better_auth, ada, NEW_PASSWORD) == 200
    assert reset(better_auth, link).json()["code"] == "INVALID_TOKEN"
    # The reset has ended the sessions from before.
    assert ada.session.get(f"{better_auth.url}/api/auth/get-session", timeout=60).json() is None


def test_the_response_does_not_tell_whether_the_account_exists(better_auth: Issuer):
    ada = better_auth.sign_up("Ada")
    known = post(better_auth, "request-password-reset", email=ada.email)
    unknown = post(better_auth, "request-password-reset", email="nobody@example.com")
    assert (known.status_code, known.json()) == (unknown.status_code, unknown.json())


def test_the_command_prints_a_link(better_auth: Issuer):
    ada = better_auth.sign_up("Ada")
    printed = command(better_auth, ada.email)
    assert printed.returncode == 0, printed.stderr
    [link] = re.findall(LINK, printed.stdout)
    assert reset(better_auth, link).status_code == 200
    assert sign_in(better_auth, ada, NEW_PASSWORD) == 200


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["nobody@example.com"], 'there is no user with the e-mail address "nobody@example.com"'),
        ([], "expected an e-mail address: node reset-password.mjs ada@example.com"),
    ],
)
def test_the_command_explains_what_is_wrong(better_auth: Issuer, arguments: list[str], line: str):
    printed = command(better_auth, *arguments)
    assert printed.returncode == 1
    assert printed.stderr.splitlines()[-1] == line


def test_a_user_without_account_and_session_is_repaired(better_auth: Issuer):
    """As an earlier release left a user if it stopped in the middle of a deletion."""
    ada = better_auth.sign_up("Ada")
    config = from_env(
        {"DATABASE_URL": better_auth.database_url, "BETTER_AUTH_URL": better_auth.url}
    )
    engine = create_engine(str(config["SQLALCHEMY_DATABASE_URI"]))
    with engine.begin() as connection:
        for table in ("session", "account"):
            connection.execute(text(f'DELETE FROM {table} WHERE "userId" = :id'), {"id": ada.id})
    engine.dispose()
    assert sign_in(better_auth, ada, PASSWORD) == 401
    [link] = re.findall(LINK, command(better_auth, ada.email).stdout)
    assert reset(better_auth, link).status_code == 200
    assert sign_in(better_auth, ada, NEW_PASSWORD) == 200


class MailServer(socketserver.StreamRequestHandler):
    """As much of SMTP (RFC 5321) as one mail needs."""

    mails: Queue[str]

    def handle(self) -> None:
        self.say("220 test")
        while line := self.rfile.readline().decode().strip().upper():
            if line == "DATA":
                self.say("354 go on")
                data = iter(lambda: self.rfile.readline().decode(), ".\r\n")
                self.mails.put("".join(data))
            self.say("221 bye" if line == "QUIT" else "250 ok")

    def say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


@contextmanager
def mail_server() -> Iterator[tuple[str, Queue[str]]]:
    mails: Queue[str] = Queue()
    handler = type("Handler", (MailServer,), {"mails": mails})
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"smtp://127.0.0.1:{server.server_address[1]}", mails
        server.shutdown()


def test_the_link_is_sent_by_mail_if_a_mail_server_is_set(new_database: NewDatabase):
    with mail_server() as (url, mails):
        settings = {"MAIL_URL": url, "MAIL_FROM": "Daylist <no-reply@example.com>"}
        with Issuer(new_database("sqlite"), settings=settings) as issuer:
            ada = issuer.sign_up("Ada")
            assert post(issuer, "request-password-reset", email=ada.email).status_code == 200
            mail = mails.get(timeout=30).replace("=\r\n", "").replace("=3D", "=")
            assert f"To: {ada.email}" in mail
            assert "From: Daylist <no-reply@example.com>" in mail
            [link] = re.findall(LINK, mail)
            assert link not in issuer.log
            assert reset(issuer, link).status_code == 200
            assert sign_in(issuer, ada, NEW_PASSWORD) == 200


def test_a_mail_server_that_is_down_is_logged(new_database: NewDatabase):
    settings = {"MAIL_URL": "smtp://127.0.0.1:9"}
    with Issuer(new_database("sqlite"), settings=settings) as issuer:
        ada = issuer.sign_up("Ada")
        assert post(issuer, "request-password-reset", email=ada.email).status_code == 200
        wait_until(lambda: "a mail to reset a password was not sent: " in issuer.log)
        assert issuer.is_ready()
