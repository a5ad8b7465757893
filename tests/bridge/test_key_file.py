"""The key file: a process without an issuer can start from it, and an invalid file is ignored."""

import json
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from support.faulty_issuer import FaultyIssuer, Reply, SigningKey
from support.processes import wait_until

from bridge import jwks
from bridge.key_file import KeyFile


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys.json"


@pytest.fixture
def key_set() -> jwks.KeySet:
    keys = [SigningKey("k1"), SigningKey("k2", "RS256"), SigningKey("k3", "ES256")]
    members = [key.jwk() for key in keys]
    return jwks.parse(json.dumps({"keys": members}).encode())


URL = "https://app.example.com/api/auth/jwks"


def test_a_saved_key_set_is_loaded(path: Path, key_set: jwks.KeySet):
    KeyFile(path, URL, clock=lambda: 1000.0).save(key_set)
    loaded = KeyFile(path, URL, clock=lambda: 1060.0).load()
    assert loaded is not None
    assert (dict(loaded[0].keys), loaded[1]) == (dict(key_set.keys), 60)


def test_only_the_owner_can_read_and_write_the_file(path: Path, key_set: jwks.KeySet):
    KeyFile(path, URL).save(key_set)
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_the_file_has_no_private_members(path: Path):
    members = [SigningKey("good").jwk(x5c="secret"), SigningKey("leaked").jwk(d="secret")]
    KeyFile(path, URL).save(jwks.parse(json.dumps({"keys": members}).encode()))
    assert set(json.loads(path.read_text())["keys"][0]) == {"kty", "crv", "x", "kid", "alg"}
    assert "leaked" not in path.read_text()
    assert "secret" not in path.read_text()


def test_a_missing_file_is_not_an_error(path: Path, caplog: pytest.LogCaptureFixture):
    assert KeyFile(path, URL).load() is None
    assert caplog.records == []


def changed(**changes: Any) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        path.write_text(json.dumps(json.loads(path.read_text()) | changes))

    return change


def replaced_by_a_link(path: Path) -> None:
    path.rename(path.with_suffix(".real"))
    path.symlink_to(path.with_suffix(".real"))


def replaced_by_a_directory(path: Path) -> None:
    path.unlink()
    path.mkdir()


def replaced_by_a_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path, 0o600)


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda path: path.write_bytes(b""), "Expecting value"),
        (lambda path: path.write_bytes(path.read_bytes()[:-10]), "Unterminated"),
        (lambda path: path.write_bytes(b"[" * 100_000), "recursion"),
        (lambda path: path.write_bytes(b"\xff" * 100), "decode"),
        (lambda path: path.write_bytes(b" " * (3 << 20)), "larger than"),
        (lambda path: path.write_text("[]"), "it was changed"),
        (lambda path: path.write_text("{}"), "it was changed"),
        (changed(keys=[SigningKey("other").jwk()]), "it was changed"),
        (changed(fetched_at=4e9), "it was changed"),
        (changed(url="https://evil.example/jwks"), "it was changed"),
        (lambda path: path.chmod(0o644), "its mode is not 0600"),
        (lambda path: path.chmod(0o620), "its mode is not 0600"),
        (replaced_by_a_link, "symbolic links"),
        (replaced_by_a_directory, "Is a directory"),
        (replaced_by_a_pipe, "not a regular file"),
    ],
)
def test_an_invalid_file_is_ignored_with_a_warning(
    path: Path,
    key_set: jwks.KeySet,
    caplog: pytest.LogCaptureFixture,
    damage: Callable[[Path], None],
    reason: str,
):
    KeyFile(path, URL).save(key_set)
    damage(path)
    assert KeyFile(path, URL).load() is None
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert reason in caplog.text


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_another_users_file_is_ignored(
    path: Path, key_set: jwks.KeySet, caplog: pytest.LogCaptureFixture
):
    KeyFile(path, URL).save(key_set)
    os.chown(path, 12345, -1)
    assert KeyFile(path, URL).load() is None
    assert "it belongs to another user" in caplog.text


def test_a_file_of_another_url_is_ignored(
    path: Path, key_set: jwks.KeySet, caplog: pytest.LogCaptureFixture
):
    KeyFile(path, "https://staging.example.com/api/auth/jwks").save(key_set)
    assert KeyFile(path, URL).load() is None
    assert "it is for 'https://staging.example.com/api/auth/jwks'" in caplog.text


def test_a_file_from_the_future_is_ignored(path: Path, key_set: jwks.KeySet):
    KeyFile(path, URL, clock=lambda: time.time() + 3600).save(key_set)
    assert KeyFile(path, URL).load() is None


def test_a_failed_write_is_only_logged(
    tmp_path: Path, key_set: jwks.KeySet, caplog: pytest.LogCaptureFixture
):
    KeyFile(tmp_path / "gone" / "keys.json", URL).save(key_set)
    assert "could not be written" in caplog.text


def test_concurrent_writers_leave_a_complete_file(path: Path):
    sets = [
        jwks.parse(json.dumps({"keys": [SigningKey(f"k{i}").jwk()] * 1}).encode()) for i in range(8)
    ]
    writers = [
        threading.Thread(target=lambda one=one: [KeyFile(path, URL).save(one) for _ in range(20)])
        for one in sets
    ]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        if path.exists():
            assert KeyFile(path, URL).load() is not None
    for writer in writers:
        writer.join()
    assert list(path.parent.iterdir()) == [path]


def status(app: Flask, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    return app.test_client().get("/me", headers=headers).status_code


def test_a_restart_in_an_outage_uses_the_file(
    make_app: Callable[..., Flask], issuer: FaultyIssuer, path: Path
):
    assert status(make_app(BETTER_AUTH_JWKS_FILE=str(path)), issuer.token()) == 200
    wait_until(path.exists)
    issuer.reply = Reply(b"", 500)
    assert status(make_app(), issuer.token()) == 503
    assert status(make_app(BETTER_AUTH_JWKS_FILE=str(path)), issuer.token()) == 200


def test_a_file_older_than_the_stale_limit_is_not_used(
    make_app: Callable[..., Flask], issuer: FaultyIssuer, path: Path
):
    keys = jwks.parse(issuer.key_set())
    KeyFile(path, issuer.jwks_url, clock=lambda: time.time() - 3601).save(keys)
    issuer.reply = Reply(b"", 500)
    app = make_app(BETTER_AUTH_JWKS_FILE=str(path), BETTER_AUTH_JWKS_STALE_LIMIT=3600)
    assert status(app, issuer.token()) == 503


def test_stored_keys_are_refreshed_immediately(
    make_app: Callable[..., Flask], issuer: FaultyIssuer, path: Path
):
    KeyFile(path, issuer.jwks_url).save(jwks.parse(issuer.key_set()))
    issuer.rotate("key-2")
    make_app(BETTER_AUTH_JWKS_FILE=str(path))
    wait_until(lambda: "key-2" in path.read_text())
