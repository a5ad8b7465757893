"""Counts requests, refusals and refreshes of keys for Prometheus, if METRICS is on."""

import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, Response, g, request
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
)
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from bridge import Refusal, keys_refresh_failed, keys_refreshed, token_refused

# Where the processes of gunicorn keep their numbers; gunicorn.conf.py sets it.
DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"


def init_app(app: Flask) -> None:
    """Serve /metrics; nothing in it is of a person."""
    registry = CollectorRegistry()
    spent = Histogram(
        "http_request_duration_seconds",
        "Time to the first byte of an answer.",
        ["method", "endpoint", "status"],
        registry=registry,
    )
    refused = Counter(
        "tokens_refused", "Requests that the bridge refused.", ["code"], registry=registry
    )
    refreshed = Counter(
        "key_refreshes", "Attempts to fetch the issuer's keys.", ["outcome"], registry=registry
    )

    def note_start() -> None:
        g.started_at = time.perf_counter()

    def note_answer(response: Response) -> Response:
        # What no route knows has one name, or strangers could make up any number of them.
        labels = (_method(), request.endpoint or "none", response.status_code)
        spent.labels(*labels).observe(time.perf_counter() - g.started_at)
        return response

    def note_refusal(_: Flask, refusal: Refusal, **__: Any) -> None:
        refused.labels(refusal.code).inc()

    def note_refresh(_: Flask, **__: Any) -> None:
        refreshed.labels("done").inc()

    def note_failure(_: Flask, **__: Any) -> None:
        refreshed.labels("failed").inc()

    app.before_request(note_start)
    app.after_request(note_answer)
    token_refused.connect(note_refusal, app, weak=False)
    keys_refreshed.connect(note_refresh, app, weak=False)
    keys_refresh_failed.connect(note_failure, app, weak=False)
    app.register_blueprint(_blueprint(registry))


def _blueprint(registry: CollectorRegistry) -> Blueprint:
    bp = Blueprint("metrics", __name__)

    @bp.get("/metrics")
    def show() -> Response:
        return Response(generate_latest(_collected(registry)), content_type=CONTENT_TYPE_LATEST)

    return bp


def _collected(own: CollectorRegistry) -> CollectorRegistry:
    """Return the numbers of every process, if there are several."""
    if DIRECTORY not in os.environ:
        return own
    registry = CollectorRegistry()
    registry.register(_EveryProcess())
    return registry


class _EveryProcess(Collector):
    def collect(self) -> Iterable[Metric]:
        # A process makes its file before it fills it, and one that is killed in between leaves it
        # empty for ever: MultiProcessCollector trips over it.
        files = [file for file in Path(os.environ[DIRECTORY]).glob("*.db") if file.stat().st_size]
        merged: Iterable[Metric] = MultiProcessCollector.merge(files)  # type: ignore[no-untyped-call]
        return merged


def _method() -> str:
    return request.method if request.method in _METHODS else "other"


_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})
