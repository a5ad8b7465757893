"""gunicorn settings of the service; the command line and GUNICORN_CMD_ARGS override them."""

import os
import shutil
import tempfile
from typing import Any
from urllib.parse import quote

from gunicorn import glogging
from gunicorn.arbiter import Arbiter
from gunicorn.workers.base import Worker


class AccessLog(glogging.Logger):
    """Access logger that quotes paths: a decoded line break in a path could forge a log line."""

    def atoms(self, *args: Any) -> dict[str, Any]:
        atoms = super().atoms(*args)
        return {**atoms, "U": quote(atoms["U"], encoding="latin-1")}


PORT = os.environ.get("PORT")

# A hosting platform that sets PORT expects the service on all addresses. Otherwise the service
# listens only on this machine.
bind = f"0.0.0.0:{PORT}" if PORT else "127.0.0.1:8000"
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY") or 2)
threads = int(os.environ.get("WEB_THREADS") or 8)
timeout = 60
# Better Auth puts the whole user into a token, including a picture. The bridge accepts tokens of up
# to 16 KiB. The limit here is higher, so that the bridge refuses a longer token with a problem
# response instead of gunicorn with its own error page.
limit_request_field_size = 64 * 1024
graceful_timeout = 30
# Longer than the idle timeout of a proxy in front of gunicorn, often 60 s. Otherwise gunicorn could
# close a connection while the proxy sends a request on it.
keepalive = 75
control_socket_disable = True  # unused, and two services on one machine would share its path
logger_class = AccessLog
accesslog = "-"
# No query strings and no request headers: both may contain secrets.
access_log_format = '%(h)s "%(m)s %(U)s" %(s)s %(B)s %(M)sms [%({x-request-id}o)s]'

# The directory where each worker writes its metrics, so that any worker can serve the sums.
NUMBERS = "PROMETHEUS_MULTIPROC_DIR"

made = ""
if os.environ.get("METRICS") == "on" and NUMBERS not in os.environ:
    made = os.environ[NUMBERS] = tempfile.mkdtemp(prefix="metrics-")


def child_exit(_server: Arbiter, worker: Worker) -> None:
    """Remove the live gauges of a worker that exited; its counters stay in the sums."""
    if NUMBERS in os.environ:
        # Imported late, because the module reads the variable during import.
        from prometheus_client import multiprocess  # noqa: PLC0415

        multiprocess.mark_process_dead(worker.pid)


def on_exit(_server: Arbiter) -> None:
    """Remove the metrics directory, unless the operator chose it with PROMETHEUS_MULTIPROC_DIR."""
    if made:
        shutil.rmtree(made, ignore_errors=True)
