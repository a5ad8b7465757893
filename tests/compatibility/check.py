"""Verify real tokens of several releases of Better Auth, and write the table in README.md.

Usage: python tests/compatibility/check.py [VERSION ...]

Without arguments, the newest patch of each release in RELEASES is installed from npm into a
temporary directory. For each algorithm, a user signs up over HTTP and gets a token, and a Flask
application with the bridge verifies this token over HTTP. Exits with 1 if a check fails.
"""

import json
import logging
import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests
from flask import Flask, g
from werkzeug.serving import make_server

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from bridge import BetterAuth, require_user  # noqa: E402 (after sys.path is set)

RELEASES = ("1.4", "1.5", "1.6", "1.7")
ALGORITHMS = ("EdDSA", "ES256", "ES512", "PS256", "RS256")
TABLE = re.compile(r"(?s)(?<=<!-- compatibility -->\n).*?(?=<!-- /compatibility -->)")


def main(versions: list[str]) -> int:
    # One line per request would hide the table.
    logging.getLogger("bridge").setLevel(logging.ERROR)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    results = {version: check(version) for version in versions or newest_patches()}
    table = to_table(results)
    sys.stdout.write(f"{table}\n")
    if not versions:
        readme = ROOT / "README.md"
        text, count = TABLE.subn(lambda _: f"\n{table}\n", readme.read_text())
        if count != 1:
            raise SystemExit("README.md has no place for the table")
        readme.write_text(text)
    return int(any(found != "yes" for row in results.values() for found in row.values()))


def newest_patches() -> list[str]:
    """Return the newest version of each release, without pre-releases."""
    output = run("npm", "view", "better-auth", "versions", "--json")
    versions = [version for version in json.loads(output) if re.fullmatch(r"[\d.]+", version)]
    return [
        max(
            (version for version in versions if version.startswith(f"{release}.")),
            key=lambda version: int(version.rpartition(".")[2]),
        )
        for release in RELEASES
    ]


def check(version: str) -> dict[str, str]:
    """Return "yes" or the fault for each algorithm."""
    with tempfile.TemporaryDirectory() as directory:
        folder = Path(directory)
        (folder / "package.json").write_text('{"private": true, "type": "module"}')
        run("npm", "install", "--no-audit", "--no-fund", f"better-auth@{version}", cwd=folder)
        (folder / "server.mjs").write_text((Path(__file__).parent / "server.mjs").read_text())
        with better_auth(folder) as url:
            return {
                algorithm: fault(f"{url}/{algorithm}", algorithm) or "yes"
                for algorithm in ALGORITHMS
            }


@contextmanager
def better_auth(folder: Path) -> Iterator[str]:
    process = subprocess.Popen(
        ["node", "server.mjs"], cwd=folder, stdout=subprocess.PIPE, text=True
    )
    try:
        url = process.stdout.readline().strip() if process.stdout else ""
        if not url.startswith("http"):
            raise SystemExit(f"Better Auth did not start: {url}")
        yield url
    finally:
        process.terminate()
        process.wait()


def fault(url: str, algorithm: str) -> str:
    """Return the first difference from the expected behaviour, or an empty text."""
    http = requests.Session()
    http.headers["Origin"] = url.rpartition("/")[0]
    body = {"name": "Ada", "email": "ada@example.com", "password": "a long password"}
    user = http.post(f"{url}/sign-up/email", json=body, timeout=60).json()["user"]
    token = http.get(f"{url}/token", timeout=60).json()["token"]
    with service(url) as address:
        verified = requests.get(address, headers={"Authorization": f"Bearer {token}"}, timeout=60)
        changed = f"{token[:-8]}{'A' * 8}"
        refused = requests.get(address, headers={"Authorization": f"Bearer {changed}"}, timeout=60)
        session = http.cookies["better-auth.session_token"]
        opaque = requests.get(address, headers={"Authorization": f"Bearer {session}"}, timeout=60)
    if verified.status_code != 200:
        return str(verified.json()["code"])
    if verified.json() != {"id": user["id"], "uuid": user["uuid"], "alg": algorithm}:
        return f"unexpected user {verified.json()}"
    if refused.json()["code"] != "signature_invalid":
        return "a changed token was accepted"
    return "" if opaque.json()["code"] == "token_kind" else "a session token was accepted"


@contextmanager
def service(url: str) -> Iterator[str]:
    """Run a Flask application for the users of ``url``; return the URL of its guarded view."""
    app = Flask("compatibility")
    app.config["BETTER_AUTH_URL"] = url
    BetterAuth(app)

    @app.get("/me")
    @require_user
    def me() -> dict[str, str]:
        (issuer,) = app.extensions["better_auth"].issuers.values()
        (kid,) = issuer.keys.health()["kids"]
        return {"id": g.user.id, "uuid": str(g.user.uuid), "alg": issuer.keys.get(kid).alg}

    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/me"
    finally:
        server.shutdown()


def to_table(results: dict[str, dict[str, str]]) -> str:
    rows = [["Better Auth", *ALGORITHMS], ["---"] * (len(ALGORITHMS) + 1)]
    rows += [[version, *found.values()] for version, found in results.items()]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def run(*command: str, cwd: Path = ROOT) -> str:
    finished = subprocess.run(command, cwd=cwd, stdout=subprocess.PIPE, text=True, check=True)
    return finished.stdout


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
