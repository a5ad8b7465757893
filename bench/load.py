"""Measure requests per second, compared with services written the usual way.

All services read the same rows of one PostgreSQL server: 50 users with 1,000 tasks of 2 tags each.
wrk sends requests for all users in turn over sixteen connections, to one service at a time. Each
service has two processes. The services, the database and wrk share one machine, so only the ratios
are meaningful.
"""

import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import chain, cycle
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import psycopg
from support.commands import upgrade
from support.faulty_issuer import FaultyIssuer
from support.processes import Gunicorn, Postgres, Process, free_port, local_session

Rates = tuple[float, float, float]

CONSTANT, FASTAPI = "constant view", "FastAPI, the usual way"

USERS, TASKS = 50, 1000
CONNECTIONS, SECONDS, ROUNDS = 16, 3, 3
LIFETIME_SECONDS = 24 * 3600
ROWS = f"""
INSERT INTO "user" (id, uuid, "createdAt")
  SELECT 'user' || u, ('00000000-0000-4000-8000-' || lpad(u::text, 12, '0'))::uuid, now()
  FROM generate_series(1, {USERS}) u;
INSERT INTO owners (user_id) SELECT uuid FROM "user";
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
INSERT INTO task_counts (user_id, completed, priority, count)
  SELECT user_id, completed_at IS NOT NULL, coalesce(priority, 0), count(*)
  FROM tasks GROUP BY 1, 2, 3;
"""


def main() -> None:
    with Postgres() as postgres, FaultyIssuer() as issuer:
        url = postgres.create_database("bench")
        env = {"DATABASE_URL": url, "BETTER_AUTH_URL": issuer.url}
        upgrade(env)
        fill(url)
        with contenders(env, User(issuer, 1).page(1)) as urls:
            for title, lines in workloads(issuer).items():
                print_table(title, measure(urls, lines))


def fill(url: str) -> None:
    """Insert the rows of the benchmark into a migrated database."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(ROWS.encode())
        connection.execute("VACUUM ANALYZE")


def workloads(issuer: FaultyIssuer) -> dict[str, list[str]]:
    """Return the request lines for wrk by workload.

    Workloads that create tasks come last, because new tasks would slow down the others.
    """
    users = [User(issuer, number) for number in range(1, USERS + 1)]
    pages = [user.page(number) for number in (1, 2, 3) for user in users]
    creates = [user.create() for user in users]
    updates = [user.update(task) for task in range(0, TASKS, 20) for user in users]
    writes = cycle(chain.from_iterable(zip(creates, updates[: len(creates)], strict=True)))
    parts = [pages[at : at + 20] for at in range(0, len(pages), 20)]
    return {
        "GET /tasks?limit=20": pages,
        "GET /tasks/{id}": [user.read(task) for task in range(0, TASKS, 20) for user in users],
        "PATCH /tasks/{id}": updates,
        "one write in twenty": [*chain.from_iterable([*part, next(writes)] for part in parts)],
        "POST /tasks": creates,
    }


class User:
    """A user of the benchmark; its methods return request lines for bench/requests.lua."""

    def __init__(self, issuer: FaultyIssuer, number: int) -> None:
        self._number = number
        self.uuid = f"00000000-0000-4000-8000-{number:012d}"
        exp = int(time.time()) + LIFETIME_SECONDS
        self.token = issuer.token(sub=f"user{number}", uuid=self.uuid, exp=exp)
        self._tasks = f"/api/v1/{self.uuid}/tasks"

    def page(self, number: int) -> str:
        return f"GET {self._tasks}?limit=20&page={number} {self.token}"

    def read(self, task: int) -> str:
        return f"GET {self._task(task)} {self.token}"

    def update(self, task: int) -> str:
        body = json.dumps({"title": f"task {task}", "description": "updated by request #"})
        return f"PATCH {self._task(task)} {self.token} {body}"

    def create(self) -> str:
        tags = [f"00000000-0000-4000-8001-{f'{self._number}{tag:02d}':0>12}" for tag in (1, 4)]
        body = json.dumps({"title": "new", "description": "to do", "tag_ids": tags})
        return f"POST {self._tasks} {self.token} {body}"

    def _task(self, number: int) -> str:
        return f"{self._tasks}/00000000-0000-4000-8002-{f'{self._number}{number:04d}':0>12}"


class Uvicorn(Process):
    """The FastAPI service in bench/peers under uvicorn."""

    def __init__(self, env: dict[str, str], app: str) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        command = [sys.executable, "-m", "uvicorn", "--app-dir", "bench/peers", "--workers", "2"]
        command += ["--port", str(port), "--no-access-log", app]
        super().__init__(command, env, ROOT)

    def is_ready(self) -> bool:
        return responds(f"{self.url}/openapi.json")


class PeerGunicorn(Gunicorn):
    """A Flask service in bench/peers under gunicorn, with the same options as this service."""

    def is_ready(self) -> bool:
        return responds(f"{self.url}/nowhere")


def responds(url: str) -> bool:
    with local_session() as http:
        try:
            return http.get(url, timeout=5).status_code < 600
        except OSError:
            return False


@contextmanager
def contenders(env: dict[str, str], line: str) -> Iterator[dict[str, str]]:
    """Run all services; return their URLs by name.

    The constant view sends the bytes of this service's response to the request ``line``.
    """
    quiet = ["--access-logfile", "/dev/null"]
    peers = ["--pythonpath", "bench/peers", *quiet]
    with ExitStack() as stack:
        ours = stack.enter_context(Gunicorn(env, workers=2, threads=8, args=quiet))
        page = Path(tempfile.mkdtemp()) / "page.json"
        page.write_bytes(body(ours.url, line))
        constant = PeerGunicorn(
            {"PAGE_FILE": str(page)}, workers=2, threads=8, args=peers, app="constant:app"
        )
        flask = PeerGunicorn(env, workers=2, threads=8, args=peers, app="usual_flask:app")
        fastapi = Uvicorn(env, "usual_fastapi:app")
        for server in (constant, flask, fastapi):
            stack.enter_context(server)
        yield {
            CONSTANT: constant.url,
            FASTAPI: fastapi.url,
            "Flask, the usual way": flask.url,
            "todo": ours.url,
        }


def body(url: str, line: str) -> bytes:
    _, path, token = line.split()
    with local_session() as http:
        response = http.get(url + path, headers={"Authorization": f"Bearer {token}"}, timeout=60)
    response.raise_for_status()
    return response.content


def measure(urls: dict[str, str], lines: list[str]) -> dict[str, list[Rates]]:
    """Return the rates of each service in each round, without the warm-up round."""
    with tempfile.NamedTemporaryFile("w", suffix=".requests") as file:
        file.write("\n".join(lines))
        file.flush()
        rounds = [
            {name: rates(url, file.name) for name, url in urls.items()} for _ in range(ROUNDS + 1)
        ]
    return {name: [rates_by_name[name] for rates_by_name in rounds[1:]] for name in urls}


def rates(url: str, file: str) -> Rates:
    """Return requests per second over all connections, and p50 and p99 in milliseconds."""
    output = wrk(url, file, SECONDS)
    results = dict(re.findall(r"(50%|99%|Requests/sec:) +(\S+)", output))
    return (
        float(results["Requests/sec:"]),
        milliseconds(results["50%"]),
        milliseconds(results["99%"]),
    )


def wrk(url: str, file: str, seconds: int) -> str:
    """Send the requests in ``file`` for ``seconds``; return the output of wrk."""
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}", "--latency"]
    command += ["-s", str(ROOT / "bench/requests.lua"), url, "--", file]
    finished = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    if "Non-2xx" in finished.stdout:
        raise SystemExit(f"{url}: some requests failed\n{finished.stdout}")
    return finished.stdout


def milliseconds(text: str) -> float:
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s)", text).groups()
    return float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit]


def print_table(title: str, results: dict[str, list[Rates]]) -> None:
    medians = {
        name: [statistics.median(column) for column in zip(*rounds, strict=True)]
        for name, rounds in results.items()
    }
    columns = ("requests/s", "p50 ms", "p99 ms", "vs. constant", "vs. FastAPI")
    print(f"{title:<26}" + "".join(f"{column:>13}" for column in columns))
    for name, (rate, p50, p99) in medians.items():
        ratios = [rate / medians[reference][0] for reference in (CONSTANT, FASTAPI)]
        print(
            f"{name:<26}{rate:>13.0f}{p50:>13.1f}{p99:>13.1f}{ratios[0]:>13.2f}{ratios[1]:>13.2f}"
        )
    print(flush=True)


if __name__ == "__main__":
    main()
