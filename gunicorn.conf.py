"""How gunicorn runs the service; the command line and GUNICORN_CMD_ARGS have the last word."""

import os
import shutil
import tempfile
from typing import Any
from urllib.parse import quote

from gunicorn import glogging
from gunicorn.arbiter import Arbiter
from gunicorn.workers.base import Worker


class AccessLog(glogging.Logger):
    """Writes paths as they were sent: a decoded line break would forge a line of the log."""

    def atoms(self, *args: Any) -> dict[str, Any]:
        atoms = super().atoms(*args)
        return {**atoms, "U": quote(atoms["U"], encoding="latin-1")}


PORT = os.environ.get("PORT")

# A platform that gives a port expects it on every address; at home nobody else should see it.
bind = f"0.0.0.0:{PORT}" if PORT else "127.0.0.1:8000"
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY") or 2)
threads = int(os.environ.get("WEB_THREADS") or 8)
timeout = 60
# Better Auth puts the whole user into a token, a picture too; the bridge takes up to 16 KiB of it
# and answers what is longer in the one shape of all errors.
limit_request_field_size = 64 * 1024
graceful_timeout = 30
keepalive = 75  # longer than what stands before it, which would else race with our closing
control_socket_disable = True  # nobody uses it, and two services would fight over its path
logger_class = AccessLog
accesslog = "-"
# Neither queries nor headers: both may hold secrets.
access_log_format = '%(h)s "%(m)s %(U)s" %(s)s %(B)s %(M)sms [%({x-request-id}o)s]'

# Where the processes keep the numbers of /metrics, so that any of them can add them up.
NUMBERS = "PROMETHEUS_MULTIPROC_DIR"

made = ""
if os.environ.get("METRICS") == "on" and NUMBERS not in os.environ:
    made = os.environ[NUMBERS] = tempfile.mkdtemp(prefix="metrics-")


def child_exit(_server: Arbiter, worker: Worker) -> None:
    """Take a worker that has ended out of what is measured now; what it counted stays."""
    if NUMBERS in os.environ:
        # Here, since it reads the variable as it is imported.
        from prometheus_client import multiprocess  # noqa: PLC0415

        multiprocess.mark_process_dead(worker.pid)


def on_exit(_server: Arbiter) -> None:
    """Remove the numbers with the service, unless whoever runs it has said where they are."""
    if made:
        shutil.rmtree(made, ignore_errors=True)
