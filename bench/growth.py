"""Measure how the service scales: tasks per user, users, requests, and one large export.

Response times are medians of sequential requests, shown with their ratio to the times of a user
with 100 tasks. Memory is the resident memory of a worker. All runs use PostgreSQL with generated
rows.
"""

import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import psutil
import psycopg
import requests
from load import wrk
from support.commands import upgrade
from support.faulty_issuer import FaultyIssuer
from support.processes import Gunicorn, Postgres, local_session

SIZES = (100, 10_000, 1_000_000)
USERS = 10_000
EXPORTED = 100_000
REQUESTS = 100_000
ROUNDS = 60
LIFETIME_SECONDS = 24 * 3600
MIB = 1024 * 1024
ROWS = """
CREATE TEMP TABLE new AS
  SELECT n AS number, ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid AS uuid
  FROM unnest(%(users)s::int[]) n;
INSERT INTO "user" (id, uuid, "createdAt") SELECT 'user' || number, uuid, now() FROM new;
INSERT INTO owners (user_id) SELECT uuid FROM new;
INSERT INTO tags (user_id, id, name, key)
  SELECT uuid, gen_random_uuid(), 'tag ' || t, 'tag ' || t FROM new, generate_series(0, 9) t;
INSERT INTO tasks (user_id, id, title, title_key, search_text, position, created_at, updated_at,
    version, priority, due_date, completed_at)
  SELECT uuid, gen_random_uuid(), 'task ' || n, 'task ' || n, 'task ' || n, n,
    now() - n * interval '1 second', now(), 1, nullif(n %% 4, 0),
    CASE WHEN n %% 3 > 0 THEN now() + (n %% 2000 - 1000) * interval '1 hour' END,
    CASE WHEN n %% %(every)s > 0 THEN now() END
  FROM new, generate_series(1, %(tasks)s) n;
INSERT INTO task_tags (user_id, task_id, tag_id)
  SELECT t.user_id, t.id, g.id FROM new JOIN tasks t ON t.user_id = uuid
    JOIN tags g ON g.user_id = uuid
    AND right(g.name, 1)::int IN (t.position %% 10, (t.position + 3) %% 10);
INSERT INTO task_counts (user_id, completed, priority, count)
  SELECT user_id, completed_at IS NOT NULL, coalesce(priority, 0), count(*)
  FROM new JOIN tasks ON user_id = uuid GROUP BY 1, 2, 3;
"""
QUERIES = {
    "first page": "/tasks",
    "first page by due date": "/tasks?sort_by=due_date&order=asc",
    "deep page by cursor": "",
    "deep page by number": "",
    "filter by status": "/tasks?status=active",
    "filter by priority": "/tasks?priority=high",
    "filter by tag": "/tasks?tag=tag 1",
    "filter by due date": "/tasks?due_after=2020-01-01T00:00:00Z",
    "overdue": "/tasks?overdue=true",
    "search, often found": "/tasks?search=task",
    "search, never found": "/tasks?search=nowhere",
    "stats": "/tasks/stats",
}

# For users who have completed all but ACTIVE_TASKS of their tasks.
ACTIVE_TASKS = 20
QUERIES_FOR_ACTIVE_TASKS = {
    "active": "/tasks?status=active",
    "active by position": "/tasks?status=active&sort_by=position",
    "active by title": "/tasks?status=active&sort_by=title&order=asc",
    "overdue": "/tasks?overdue=true",
}


def main() -> None:
    with Postgres() as postgres, FaultyIssuer() as issuer:
        url = postgres.create_database("growth")
        env = {"DATABASE_URL": url, "BETTER_AUTH_URL": issuer.url}
        upgrade(env)
        with Gunicorn(env, args=["--access-logfile", "/dev/null"]) as service:
            people = {size: Person(service, issuer, number) for number, size in enumerate(SIZES, 1)}
            for size, person in people.items():
                insert_tasks(url, [person.number], size)
            first = people[SIZES[0]]
            # Warm up: the first requests to a new service are slow, and their times are the
            # reference for all ratios.
            median_times(first, queries(first, SIZES[0]))
            by_tasks = {
                size: median_times(person, queries(person, size)) for size, person in people.items()
            }
            print_table("tasks of one user", by_tasks)
            mostly_done = {size: Person(service, issuer, n) for n, size in enumerate(SIZES, 11)}
            for size, person in mostly_done.items():
                insert_tasks(url, [person.number], size, every=size // ACTIVE_TASKS)
            print_table(
                f"{ACTIVE_TASKS} active tasks of",
                {
                    size: median_times(person, QUERIES_FOR_ACTIVE_TASKS)
                    for size, person in mostly_done.items()
                },
            )
            insert_tasks(url, list(range(100, 100 + USERS)), 10)
            print_table(
                "with other users",
                {0: by_tasks[SIZES[0]], USERS: median_times(first, queries(first, SIZES[0]))},
            )
            exporter = Person(service, issuer, 50)
            insert_tasks(url, [exporter.number], EXPORTED)
            memory_during_export(service, exporter)
            memory_over_requests(service, people[SIZES[1]])


class Person:
    """A user of the benchmark with a token and an HTTP session."""

    def __init__(self, service: Gunicorn, issuer: FaultyIssuer, number: int) -> None:
        self.number = number
        uuid = f"00000000-0000-4000-8000-{number:012d}"
        exp = int(time.time()) + LIFETIME_SECONDS
        self.token = issuer.token(sub=f"user{number}", uuid=uuid, exp=exp)
        self.path = f"/api/v1/{uuid}"
        self._url = service.url
        self._http = local_session()
        self._http.headers["Authorization"] = f"Bearer {self.token}"

    def get(self, path: str, **options: bool) -> requests.Response:
        response = self._http.get(self._url + self.path + path, timeout=600, **options)
        response.raise_for_status()
        return response


def insert_tasks(url: str, users: list[int], tasks: int, every: int = 2) -> None:
    """Insert ``tasks`` tasks for each user; one in ``every`` tasks is active."""
    with psycopg.connect(url, autocommit=True, cursor_factory=psycopg.ClientCursor) as connection:
        connection.execute(ROWS, {"users": users, "tasks": tasks, "every": every})
        connection.execute("VACUUM ANALYZE")


def median_times(person: Person, paths: dict[str, str]) -> dict[str, float]:
    """Return the median response time of each path in milliseconds."""
    return {name: median(lambda path=path: person.get(path)) for name, path in paths.items()}


def queries(person: Person, size: int) -> dict[str, str]:
    """Return QUERIES with the deep pages filled in: the middle of a list of ``size`` tasks."""
    page = max(1, size // 40)
    cursor = person.get(f"/tasks?page={page}").json()["next_cursor"]
    return QUERIES | {
        "deep page by cursor": f"/tasks?cursor={cursor}",
        "deep page by number": f"/tasks?page={page}",
    }


def median(send: Callable[[], object]) -> float:
    """Return the median time of ``send`` in milliseconds, without its first two calls."""
    seconds = []
    first_start = time.perf_counter()
    while len(seconds) < 5 or (len(seconds) < ROUNDS and time.perf_counter() - first_start < 10):
        started = time.perf_counter()
        send()
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds[2:]) * 1000


def print_table(title: str, columns: dict[int, dict[str, float]]) -> None:
    print(f"{title:<26}" + "".join(f"{size:>16,}" for size in columns))
    first, *_ = columns.values()
    for name in first:
        cells = "".join(
            f"{column[name]:>8.1f}{column[name] / first[name]:>7.2f}x"
            for column in columns.values()
        )
        print(f"{name:<26}{cells}")
    print(flush=True)


def memory_during_export(service: Gunicorn, person: Person) -> None:
    """Print how much the memory of a worker grows while the worker sends a large export."""
    worker = worker_of(service)
    before, peak, lines = worker.memory_info().rss, 0, 0
    started = time.perf_counter()
    for chunk in person.get("/tasks/export?format=ndjson", stream=True).iter_content(MIB):
        lines += chunk.count(b"\n")
        peak = max(peak, worker.memory_info().rss)
    seconds = time.perf_counter() - started
    print(f"export of {lines:,} tasks: {seconds:.1f} s, {(peak - before) / MIB:+.1f} MiB at most\n")


def memory_over_requests(service: Gunicorn, person: Person) -> None:
    """Print the memory of a worker as the number of requests grows."""
    worker, count = worker_of(service), 0
    print("requests so far, and memory of the worker:")
    with tempfile.NamedTemporaryFile("w", suffix=".requests") as file:
        paths = [f"{person.path}/tasks?page={number}" for number in range(1, 8)]
        file.write("\n".join(f"GET {path} {person.token}" for path in paths))
        file.flush()
        while count < REQUESTS:
            printed = wrk(service.url, file.name, 20)
            count += int(re.search(r"(\d+) requests in", printed)[1])
            print(f"{count:>9,}{worker.memory_info().rss / MIB:>8.1f} MiB", flush=True)


def worker_of(service: Gunicorn) -> psutil.Process:
    (worker,) = psutil.Process(service.pid).children()
    return worker


if __name__ == "__main__":
    main()
