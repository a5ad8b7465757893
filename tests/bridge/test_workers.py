"""The worker classes of gunicorn that docs/bridge.md lists as supported, over https."""

from pathlib import Path

import pytest
from support.certificates import CertificateAuthority
from support.faulty_issuer import FaultyIssuer
from support.processes import Gunicorn, local_session


@pytest.mark.parametrize("preload", [[], ["--preload"]], ids=["forked", "preloaded"])
@pytest.mark.parametrize("worker_class", ["gthread", "sync"])
def test_a_rotation_is_followed_over_https(tmp_path: Path, worker_class: str, preload: list[str]):
    authority = CertificateAuthority(tmp_path)
    with FaultyIssuer(tls=authority.context()) as issuer:
        env = {"BETTER_AUTH_URL": issuer.url, "REQUESTS_CA_BUNDLE": str(authority.file)}
        arguments = ["--pythonpath", "tests", "--worker-class", worker_class, *preload]
        with (
            Gunicorn(env, workers=2, args=arguments, app="support.guarded:app") as service,
            local_session() as http,
        ):
            for _ in range(2):
                headers = {"Authorization": f"Bearer {issuer.token()}"}
                for _ in range(6):
                    response = http.get(f"{service.url}/me", headers=headers, timeout=60)
                    assert response.status_code == 200
                issuer.rotate("rotated")
        log = service.log
    assert "refused" not in log
