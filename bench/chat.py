"""Measure the assistant: its latency, the API beside many streams, and memory.

The same scripted model answers the service and a server written with the official SDK
(peers/chatkit_sdk.py). All parts share one machine: times are absolute, and only ratios and the
targets beside them are meaningful.
"""

import json
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "bench")]

import psutil
import requests
from load import User, Uvicorn, fill, rates
from support.client import upgrade
from support.faulty_issuer import FaultyIssuer
from support.processes import Gunicorn, Postgres, Process, free_port, local_session

TURNS = 60
STREAMS = (0, 16, 32)
WORDS, PAUSE = 400, 0.05  # twenty words a second
PEOPLE = 8


class Model(Process):
    """The scripted model of the tests, as a process."""

    def __init__(self) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}/v1"
        command = [sys.executable, "tests/support/scripted_model.py", str(port)]
        super().__init__(command, {}, ROOT)

    def is_ready(self) -> bool:
        try:
            return requests.get(f"{self.url}/models", timeout=5).ok
        except requests.ConnectionError:
            return False


class Chatter:
    """Sends messages, each in a new thread, over one connection."""

    def __init__(self, url: str, token: str = "") -> None:
        self.url = url
        self.http = local_session()
        self.http.headers["Authorization"] = f"Bearer {token}"

    def say(self, text: str) -> tuple[float, float]:
        """Send a message; return the seconds until the first word or card, and until the end."""
        start = time.perf_counter()
        first = 0.0
        with self.send(text) as response:
            for line in response.iter_lines(chunk_size=None):
                if line.startswith(b"data: ") and not first and is_answer(json.loads(line[6:])):
                    first = time.perf_counter() - start
        return first, time.perf_counter() - start

    def send(self, text: str) -> requests.Response:
        message = {
            "content": [{"type": "input_text", "text": text}],
            "attachments": [],
            "inference_options": {},
        }
        body = {"type": "threads.create", "params": {"input": message}}
        response = self.http.post(self.url, json=body, stream=True, timeout=60)
        response.raise_for_status()
        return response


def is_answer(event: dict[str, Any]) -> bool:
    """Return whether an event has something of the assistant's answer."""
    kind = event["type"]
    return kind == "thread.item.updated" or (
        kind == "thread.item.done" and event["item"]["type"] != "user_message"
    )


def main() -> None:
    with Model() as model, Postgres() as postgres, FaultyIssuer() as issuer:
        with_model = {"CHAT_MODEL_URL": model.url, "CHAT_MODEL": "scripted"}
        for kind in ("sqlite", "postgresql"):
            with service(issuer, postgres, kind) as (url, _):
                latencies(f"embedded, {kind}", url, issuer)
                throughput(url, issuer)
        with service(issuer, postgres, "postgresql", **with_model) as (url, gunicorn):
            ours = turns(chatter_of(url, issuer, 1), "add milk")
            peer_env = {**with_model, "OPENAI_API_KEY": "none"}
            with Uvicorn(peer_env, "chatkit_sdk:app") as peer:
                theirs = turns(Chatter(f"{peer.url}/chat"), "add milk")
            compare(ours, theirs)
            abandoned(url, issuer)
            beside_streams(url, issuer)
            memory("with a model", gunicorn)
        with service(issuer, postgres, "postgresql") as (url, gunicorn):
            turns(chatter_of(url, issuer, 1), "add milk")
            memory("embedded", gunicorn)


@contextmanager
def service(
    issuer: FaultyIssuer, postgres: Postgres, kind: str, **settings: str
) -> Iterator[tuple[str, Gunicorn]]:
    """Run the service on a new database; with PostgreSQL, it has the rows of load.py."""
    with tempfile.TemporaryDirectory() as folder:
        if kind == "sqlite":
            url = f"sqlite:///{folder}/app.db"
        else:
            url = postgres.create_database(f"chat_{time.monotonic_ns()}")
        env = {"DATABASE_URL": url, "BETTER_AUTH_URL": issuer.url, **settings}
        upgrade(env)
        if kind == "postgresql":
            fill(url)
        # WEB_THREADS + CHAT_STREAMS, as in gunicorn.conf.py.
        with Gunicorn(env, workers=2, threads=24) as gunicorn:
            yield gunicorn.url, gunicorn


def chatter_of(url: str, issuer: FaultyIssuer, number: int) -> Chatter:
    user = User(issuer, number)
    return Chatter(f"{url}/api/v1/{user.uuid}/chat?tz=Europe/Berlin", user.token)


def turns(chatter: Chatter, text: str) -> tuple[list[float], list[float]]:
    for _ in range(5):
        chatter.say(text)
    found = [chatter.say(text) for _ in range(TURNS)]
    return [first for first, _ in found], [whole for _, whole in found]


def percentile(values: list[float], part: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


def in_ms(values: list[float]) -> str:
    p50, p95 = (percentile(values, part) * 1000 for part in (0.5, 0.95))
    return f"{p50:6.1f} ms p50 {p95:6.1f} ms p95"


def latencies(title: str, url: str, issuer: FaultyIssuer) -> None:
    print(f"\n{title}")
    for text, target in (
        ("add pay rent friday 5pm #home !high", "first < 20, whole < 40 ms p95"),
        ("plan my day", "whole < 20 ms p95"),
    ):
        first, whole = turns(chatter_of(url, issuer, 1), text)
        print(f"  {text!r}: first {in_ms(first)}; whole {in_ms(whole)}   (target: {target})")


def throughput(url: str, issuer: FaultyIssuer) -> None:
    def chat(number: int) -> None:
        chatter = chatter_of(url, issuer, number)
        for _ in range(TURNS):
            chatter.say("add milk tomorrow")

    start = time.perf_counter()
    with ThreadPoolExecutor(PEOPLE) as pool:
        list(pool.map(chat, range(1, PEOPLE + 1)))
    rate = PEOPLE * TURNS / (time.perf_counter() - start)
    print(f"  {PEOPLE} people add {rate:.0f} tasks a second   (target: 100)")


def compare(ours: tuple[list[float], list[float]], theirs: tuple[list[float], list[float]]) -> None:
    print("\nA turn with a tool call of the same scripted model")
    print(f"  service:      first {in_ms(ours[0])}; whole {in_ms(ours[1])}")
    print(f"  official SDK: first {in_ms(theirs[0])}; whole {in_ms(theirs[1])}")
    first, whole = (
        statistics.median(slow) / statistics.median(fast)
        for slow, fast in zip(theirs, ours, strict=True)
    )
    print(f"  the SDK takes {first:.1f} times as long for the first word, {whole:.1f} for the turn")


def beside_streams(url: str, issuer: FaultyIssuer) -> None:
    print("\nGET /tasks?limit=20 beside streams of 20 words a second, 2 processes")
    idle = 0.0
    with tempfile.NamedTemporaryFile("w", suffix=".requests") as pages:
        pages.write("\n".join(User(issuer, number).page(1) for number in range(1, 51)))
        pages.flush()
        for number in STREAMS:
            with streams(url, issuer, number) as count:
                rate, _, p99 = rates(url, pages.name)
                idle = idle or rate
                ratio = rate / idle
                print(
                    f"  {count():2} of {number:2} streams: {ratio:4.2f} of idle, p99 {p99:.0f} ms"
                )
    print("  (targets: 0.60 of idle, p99 60 ms)")


@contextmanager
def streams(url: str, issuer: FaultyIssuer, number: int) -> Iterator[Callable[[], int]]:
    """Keep streams open, two for each user; yield a function that counts those that run."""
    is_over = threading.Event()
    running: set[int] = set()

    def listen(at: int) -> None:
        user = 2 + at // 2
        chatter = chatter_of(url, issuer, user)
        while not is_over.is_set():
            try:
                response = chatter.send(f"slow {WORDS} {PAUSE}")
            except requests.HTTPError:  # the slots of this process are taken; ask the other one
                is_over.wait(0.2)
                chatter = chatter_of(url, issuer, user)
                continue
            with response:
                running.add(at)
                for _ in response.iter_content(None):
                    if is_over.is_set():
                        break
            running.discard(at)

    with ThreadPoolExecutor(max(1, number)) as pool:
        listeners = [pool.submit(listen, at) for at in range(number)]
        deadline = time.monotonic() + 20
        while len(running) < number and time.monotonic() < deadline:
            time.sleep(0.05)
        try:
            yield lambda: len(running)
        finally:
            is_over.set()
            for one in listeners:
                one.result()


def memory(title: str, gunicorn: Gunicorn) -> None:
    workers = psutil.Process(gunicorn.pid).children()
    largest = max(worker.memory_full_info().pss for worker in workers) / 2**20
    target = 90 if title == "embedded" else 110
    print(f"\nMemory of a worker, {title}: {largest:.0f} MiB   (target: < {target} MiB)")


def abandoned(url: str, issuer: FaultyIssuer) -> None:
    """Measure how long slots stay taken after their readers have left."""
    user = 1
    chatters = [chatter_of(url, issuer, user) for _ in range(2)]
    responses = [chatter.send("silent") for chatter in chatters]
    for response in responses:
        next(response.iter_lines(chunk_size=1))
    for response in responses:
        response.close()
    start = time.monotonic()
    free = 0
    while free < 2:
        try:
            with chatter_of(url, issuer, user).send("hello") as response:
                response.content  # noqa: B018 (reads the stream)
            free += 1
        except requests.HTTPError:
            time.sleep(0.05)
            free = 0
    print(f"\nSlots are free {time.monotonic() - start:.1f} s after readers left   (target: < 2 s)")


if __name__ == "__main__":
    main()
