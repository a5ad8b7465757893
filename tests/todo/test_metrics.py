"""What Prometheus gets to see, over both processes of gunicorn."""

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
    """Return the values by name and labels, in the order of the labels' names."""
    answer = requests.get(f"{service.url}/metrics", timeout=60)
    assert answer.status_code == 200, answer.text
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_requests_are_counted_over_all_processes(measured: Gunicorn, better_auth: Issuer):
    alice = Client(measured.url, better_auth.sign_up("Alice"))
    key = ("http_request_duration_seconds_count", "api.tasks.index", "GET", "200")
    before = samples(measured).get(key, 0)
    assert alice.at_once(*[("GET", "/tasks", None)] * 40) == [200] * 40
    for _ in range(5):  # whichever process answers
        assert samples(measured)[key] == before + 40


def test_refusals_and_refreshes_are_counted(measured: Gunicorn):
    wait_until(lambda: ("key_refreshes_total", "done") in samples(measured))
    key = ("tokens_refused_total", "token_missing")
    before = samples(measured).get(key, 0)
    requests.get(f"{measured.url}/api/v1/me", timeout=60)
    assert samples(measured)[key] == before + 1


def test_what_strangers_make_up_has_one_name(measured: Gunicorn):
    for method in ("BREW", "POUR", "MADE"):
        requests.request(method, f"{measured.url}/made/up", timeout=60)
    found = samples(measured)
    assert [key for key in found if "made" in str(key) or "BREW" in key] == []
    assert found["http_request_duration_seconds_count", "none", "other", "404"] == 3


def test_a_directory_of_ones_own_outlives_the_service(better_auth: Issuer, tmp_path: Path):
    env = {"METRICS": "on", "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    with serving(better_auth, env=env) as service:
        assert samples(service)
    assert list(tmp_path.iterdir())


def test_a_process_that_has_counted_nothing_yet_is_passed_over(better_auth: Issuer, tmp_path: Path):
    (tmp_path / "counter_1.db").touch()  # as it is for a moment, or after a kill in that moment
    env = {"METRICS": "on", "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    with serving(better_auth, env=env) as service:
        wait_until(lambda: ("key_refreshes_total", "done") in samples(service))


def test_it_is_off_unless_asked_for(service: Gunicorn):
    assert requests.get(f"{service.url}/metrics", timeout=60).status_code == 404
