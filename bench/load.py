"""How many first pages of tasks a second, beside services written the usual way.

All serve the same rows of one PostgreSQL: 50 users with 1,000 tasks of 2 tags each. Sixteen
connections ask round over the users and their first three pages; the contenders take turns.
Two processes each, on the same machine as the database and whoever asks: ratios, not times.
"""

import socket
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import psycopg
from client import upgrade
from faulty_issuer import FaultyIssuer
from processes import Gunicorn, Postgres, Process, free_port, local_session

Rates = tuple[float, float, float]

USERS, TASKS = 50, 1000
CONNECTIONS, SECONDS, ROUNDS = 16, 3, 3
ROWS = f"""
INSERT INTO "user" (id, uuid, "createdAt")
  SELECT 'user' || u, ('00000000-0000-4000-8000-' || lpad(u::text, 12, '0'))::uuid, now()
  FROM generate_series(1, {USERS}) u;
INSERT INTO tags (user_id, id, name, key, color)
  SELECT uuid,
    ('00000000-0000-4000-8001-' || lpad(substr(id, 5) || lpad(t::text, 2, '0'), 12, '0'))::uuid,
    'tag ' || t, 'tag ' || t, '#aabbcc'
  FROM "user", generate_series(0, 9) t;
INSERT INTO tasks (user_id, id, title, description, title_key, search_text, position, created_at,
    updated_at, version, priority)
  SELECT uuid,
    ('00000000-0000-4000-8002-' || lpad(substr(id, 5) || lpad(n::text, 4, '0'), 12, '0'))::uuid,
    'task ' || n, 'something to do', 'task ' || n, 'task ' || n, n,
    now() - n * interval '1 minute', now(), 1, 1 + n % 3
  FROM "user", generate_series(0, {TASKS - 1}) n;
INSERT INTO task_tags (user_id, task_id, tag_id)
  SELECT t.user_id, t.id, g.id FROM tasks t JOIN tags g ON g.user_id = t.user_id
    AND right(g.id::text, 2)::int IN (t.position % 10, (t.position + 3) % 10);
ANALYZE;
"""


def main() -> None:
    with Postgres() as postgres, FaultyIssuer() as issuer:
        url = postgres.create_database("bench")
        env = {"DATABASE_URL": url, "BETTER_AUTH_URL": issuer.url}
        upgrade(env)
        with psycopg.connect(url) as connection:
            connection.execute(ROWS.encode())
        requests = [
            request(issuer, user, page) for page in (1, 2, 3) for user in range(1, USERS + 1)
        ]
        with contenders(env, requests) as urls:
            report(measure(urls, requests))


def request(issuer: FaultyIssuer, user: int, page: int) -> bytes:
    known_as = f"00000000-0000-4000-8000-{user:012d}"
    token = issuer.token(sub=f"user{user}", uuid=known_as)
    return (
        f"GET /api/v1/{known_as}/tasks?limit=20&page={page} HTTP/1.1\r\nHost: bench\r\n"
        f"Authorization: Bearer {token}\r\n\r\n"
    ).encode()


class Uvicorn(Process):
    """A FastAPI application under uvicorn."""

    def __init__(self, env: dict[str, str], app: str) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        command = [sys.executable, "-m", "uvicorn", "--app-dir", "bench/peers", "--workers", "2"]
        command += ["--port", str(port), "--no-access-log", app]
        super().__init__(command, env, ROOT)

    def is_ready(self) -> bool:
        with local_session() as http:
            try:
                return http.get(f"{self.url}/openapi.json", timeout=5).status_code == 200
            except OSError:
                return False


class Flaskish(Gunicorn):
    """A Flask application of the peers, under gunicorn as ours."""

    def is_ready(self) -> bool:
        with local_session() as http:
            try:
                return http.get(f"{self.url}/nowhere", timeout=5).status_code < 600
            except OSError:
                return False


@contextmanager
def contenders(env: dict[str, str], requests: list[bytes]) -> Iterator[dict[str, str]]:
    quiet = ["--access-logfile", "/dev/null"]
    peers = ["--pythonpath", "bench/peers", *quiet]
    with ExitStack() as stack:
        ours = stack.enter_context(Gunicorn(env, workers=2, threads=8, args=quiet))
        page = Path(tempfile.mkdtemp()) / "page.json"
        page.write_bytes(body(ours.url, requests[0]))
        constant = Flaskish(
            {"PAGE_FILE": str(page)}, workers=2, threads=8, args=peers, app="constant:app"
        )
        flask = Flaskish(env, workers=2, threads=8, args=peers, app="usual_flask:app")
        fastapi = Uvicorn(env, "usual_fastapi:app")
        for server in (constant, flask, fastapi):
            stack.enter_context(server)
        yield {
            "constant view": constant.url,
            "FastAPI, the usual way": fastapi.url,
            "Flask, the usual way": flask.url,
            "todo": ours.url,
        }


def measure(urls: dict[str, str], requests: list[bytes]) -> dict[str, list[Rates]]:
    """Return what each contender did in each round, a first one for warming up left out."""
    rounds = [{name: rates(url, requests) for name, url in urls.items()} for _ in range(ROUNDS + 1)]
    return {name: [found[name] for found in rounds[1:]] for name in urls}


def rates(url: str, requests: list[bytes]) -> Rates:
    """Return answers a second, and p50 and p99 in ms, over all connections."""
    turns, spent = count(), []
    deadline = time.perf_counter() + SECONDS

    def ask() -> None:
        connection = connect(url)
        while (started := time.perf_counter()) < deadline:
            connection.sendall(requests[next(turns) % len(requests)])
            receive(connection)
            spent.append(time.perf_counter() - started)
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    quantiles = statistics.quantiles(spent, n=100)
    return len(spent) / SECONDS, quantiles[49] * 1000, quantiles[98] * 1000


def connect(url: str) -> socket.socket:
    parts = urlsplit(url)
    return socket.create_connection((parts.hostname or "", parts.port or 80), timeout=30)


def body(url: str, request: bytes) -> bytes:
    with connect(url) as connection:
        connection.sendall(request)
        return receive(connection)


def receive(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65536)
    head, _, rest = data.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200"), head
    length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
    while len(rest) < length:
        rest += connection.recv(65536)
    return rest


def report(found: dict[str, list[Rates]]) -> None:
    middle = {
        name: [statistics.median(column) for column in zip(*rounds, strict=True)]
        for name, rounds in found.items()
    }
    ceiling, fastapi = middle["constant view"][0], middle["FastAPI, the usual way"][0]
    columns = ("a second", "p50 ms", "p99 ms", "of constant", "of FastAPI")
    print(f"{'GET /tasks?limit=20':<26}" + "".join(f"{column:>13}" for column in columns))
    for name, (rate, p50, p99) in middle.items():
        numbers = f"{rate:>13.0f}{p50:>13.1f}{p99:>13.1f}"
        print(f"{name:<26}{numbers}{rate / ceiling:>13.2f}{rate / fastapi:>13.2f}")


if __name__ == "__main__":
    main()
