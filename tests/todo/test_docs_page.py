"""The page with the API documentation: it is complete and loads no external files."""

import re
from urllib.parse import urljoin

import requests
from support.processes import Gunicorn


def test_the_service_serves_all_files_that_the_page_loads(service: Gunicorn):
    page = requests.get(f"{service.url}/api/docs", timeout=60)
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    loaded = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    own = [address for address in loaded if address != "data:,"]
    assert len(own) == 3
    for address in own:
        assert "//" not in address
        response = requests.get(urljoin(page.url, address), timeout=60)
        assert response.status_code == 200
        assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_the_page_may_connect_only_to_this_service(service: Gunicorn):
    policy = requests.get(f"{service.url}/api/docs", timeout=60).headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "connect-src 'self'" in policy
    assert "http" not in policy


def test_other_files_are_not_found(service: Gunicorn):
    for name in ("redoc.js", "__init__.py", "..%2f..%2fsecret", "swagger_bundle.js"):
        assert requests.get(f"{service.url}/api/docs/{name}", timeout=60).status_code == 404
