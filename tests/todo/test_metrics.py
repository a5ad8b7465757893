"""Prometheus metrics, summed over both gunicorn processes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families
from support.client import Client, serving
from support.processes import Gunicorn, Issuer, wait_until


@pytest.fixture(scope="module")
def measured(better_auth: Issuer) -> Iterator[Gunicorn]:
    with serving(better_auth, workers=2, env={"METRICS": "on"}) as service:
        yield service


def samples(service: Gunicorn) -> dict[tuple[str, ...], float]:
    """Return the sample values by metric name and label values, sorted by label name."""
    response = requests.get(f"{service.url}/metrics", timeout=60)
    assert response.status_code == 200, response.text
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(response.text)
        for sample in family.samples
    }


def test_requests_are_counted_over_all_processes(measured: Gunicorn, better_auth: Issuer):
    alice = Client(measured.url, better_auth.sign_up("Alice"))
    key = ("http_request_duration_seconds_count", "api.tasks.index", "GET", "200")
    before = samples(measured).get(key, 0)
    assert alice.at_once(*[("GET", "/tasks", None)] * 40) == [200] * 40
    for _ in range(5):  # each process must return the same sum
        assert samples(measured)[key] == before + 40


def test_refusals_and_refreshes_are_counted(measured: Gunicorn):
    wait_until(lambda: ("key_refreshes_total", "done") in samples(measured))
    key = ("tokens_refused_total", "token_missing")
    before = samples(measured).get(key, 0)
    requests.get(f"{measured.url}/api/v1/me", timeout=60)
    assert samples(measured)[key] == before + 1


def test_unknown_paths_and_methods_share_one_label_value(measured: Gunicorn):
    for method in ("BREW", "POUR", "MADE"):
        requests.request(method, f"{measured.url}/made/up", timeout=60)
    found = samples(measured)
    assert [key for key in found if "made" in str(key) or "BREW" in key] == []
    assert found["http_request_duration_seconds_count", "none", "other", "404"] == 3


def test_a_configured_metrics_directory_is_kept_after_the_service_stops(
    better_auth: Issuer, tmp_path: Path
):
    env = {"METRICS": "on", "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    with serving(better_auth, env=env) as service:
        assert samples(service)
    assert list(tmp_path.iterdir())


def test_an_empty_metrics_file_is_skipped(better_auth: Issuer, tmp_path: Path):
    # A metrics file is empty right after creation, and stays empty if its process is killed then.
    (tmp_path / "counter_1.db").touch()
    env = {"METRICS": "on", "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    with serving(better_auth, env=env) as service:
        wait_until(lambda: ("key_refreshes_total", "done") in samples(service))


def test_metrics_are_off_by_default(service: Gunicorn):
    assert requests.get(f"{service.url}/metrics", timeout=60).status_code == 404
