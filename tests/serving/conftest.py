"""gunicorn with a small WSGI application."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import psutil
import pytest
from support.processes import Gunicorn

Serve = Callable[..., Gunicorn]


def gunicorn(*args: str, env: dict[str, str] | None = None, **options: Any) -> Gunicorn:
    """Return gunicorn with the settings of the service and the application of the tests."""
    args = ("--pythonpath", "tests/support", *args)
    return Gunicorn(env or {}, args=args, app="wsgi_app:app", **options)


@pytest.fixture(scope="module")
def server() -> Iterator[Gunicorn]:
    """One worker with the default settings."""
    with gunicorn() as running:
        yield running


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Return a function that starts gunicorn with other settings for this test."""
    with ExitStack() as stack:

        def start(*args: str, **options: Any) -> Gunicorn:
            return stack.enter_context(gunicorn(*args, **options))

        yield start


def connections(server: Gunicorn) -> list[int]:
    """Return the number of open connections of each worker."""
    port = int(server.url.rpartition(":")[2])
    return [
        sum(
            connection.laddr.port == port and connection.status == psutil.CONN_ESTABLISHED
            for connection in worker.net_connections("tcp")
        )
        for worker in psutil.Process(server.pid).children()
    ]
