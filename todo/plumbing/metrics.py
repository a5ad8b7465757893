"""Metrics for Prometheus: requests, refused tokens and refreshes of keys."""

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

# Directory in which the processes of gunicorn share their numbers; gunicorn.conf.py sets it.
DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"


def init_app(app: Flask) -> None:
    """Serve /metrics if the setting METRICS is on. It contains no personal data."""
    if not app.config.get("METRICS"):
        return
    registry = CollectorRegistry()
    duration = Histogram(
        "http_request_duration_seconds",
        "Time to the first byte of a response.",
        ["method", "endpoint", "status"],
        registry=registry,
    )
    refused = Counter(
        "tokens_refused", "Requests that the bridge refused.", ["code"], registry=registry
    )
    refreshed = Counter(
        "key_refreshes", "Attempts to fetch the issuer's keys.", ["outcome"], registry=registry
    )

    def record_start() -> None:
        g.started_at = time.perf_counter()

    def record_response(response: Response) -> Response:
        # Unmatched paths share the label "none", so that clients can't create unbounded labels.
        labels = (_method(), request.endpoint or "none", response.status_code)
        duration.labels(*labels).observe(time.perf_counter() - g.started_at)
        return response

    def count_refusal(_: Flask, refusal: Refusal, **__: Any) -> None:
        refused.labels(refusal.code).inc()

    def count_refresh(_: Flask, **__: Any) -> None:
        refreshed.labels("done").inc()

    def count_failure(_: Flask, **__: Any) -> None:
        refreshed.labels("failed").inc()

    app.before_request(record_start)
    app.after_request(record_response)
    token_refused.connect(count_refusal, app, weak=False)
    keys_refreshed.connect(count_refresh, app, weak=False)
    keys_refresh_failed.connect(count_failure, app, weak=False)
    app.register_blueprint(_blueprint(registry))


def _blueprint(registry: CollectorRegistry) -> Blueprint:
    bp = Blueprint("metrics", __name__)

    @bp.get("/metrics")
    def show() -> Response:
        return Response(generate_latest(_collected(registry)), content_type=CONTENT_TYPE_LATEST)

    return bp


def _collected(own: CollectorRegistry) -> CollectorRegistry:
    """Return the registry of all processes, or ``own`` outside of gunicorn."""
    if DIRECTORY not in os.environ:
        return own
    registry = CollectorRegistry()
    registry.register(_EveryProcess())
    return registry


class _EveryProcess(Collector):
    def collect(self) -> Iterable[Metric]:
        # A process creates its file before it writes to it. If it is killed in between, the file
        # stays empty, and MultiProcessCollector.collect() fails on empty files.
        files = [file for file in Path(os.environ[DIRECTORY]).glob("*.db") if file.stat().st_size]
        merged: Iterable[Metric] = MultiProcessCollector.merge(files)  # type: ignore[no-untyped-call]
        return merged


def _method() -> str:
    return request.method if request.method in _METHODS else "other"


_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})
