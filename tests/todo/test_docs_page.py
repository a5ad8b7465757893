"""The page of the API: it loads nothing from elsewhere, and is whole."""

import re
from urllib.parse import urljoin

import requests
from support.processes import Gunicorn


def test_everything_that_the_page_loads_is_served_here(service: Gunicorn):
    page = requests.get(f"{service.url}/api/docs", timeout=60)
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    loaded = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    own = [address for address in loaded if address != "data:,"]
    assert len(own) == 3
    for address in own:
        assert "//" not in address
        answer = requests.get(urljoin(page.url, address), timeout=60)
        assert answer.status_code == 200
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_the_page_may_ask_this_service_only(service: Gunicorn):
    policy = requests.get(f"{service.url}/api/docs", timeout=60).headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "connect-src 'self'" in policy
    assert "http" not in policy


def test_no_other_file_can_be_had(service: Gunicorn):
    for name in ("redoc.js", "__init__.py", "..%2f..%2fsecret", "swagger_bundle.js"):
        assert requests.get(f"{service.url}/api/docs/{name}", timeout=60).status_code == 404
