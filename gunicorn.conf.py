"""Settings of gunicorn; GUNICORN_CMD_ARGS and the command line override them."""

import os
import shutil
import sys
import tempfile

from gunicorn.arbiter import Arbiter
from gunicorn.workers.base import Worker


def whole_number(name: str, default: int) -> int:
    """Return the environment variable ``name``, or stop with one line that names it."""
    text = os.environ.get(name) or str(default)
    if text.isascii() and text.isdigit() and 1 <= int(text[:10]) <= 1000:
        return int(text)
    sys.exit(f"Invalid setting: {name} is {text!r}; expected a whole number from 1 to 1000")


PORT = os.environ.get("PORT")

# A hosting platform that sets PORT expects the service on every address. Without PORT, the service
# is reachable only from this machine.
bind = f"0.0.0.0:{PORT}" if PORT else "127.0.0.1:8000"
worker_class = "serving.worker.Worker"
workers = whole_number("WEB_CONCURRENCY", 2)
threads = whole_number("WEB_THREADS", 8)
timeout = 60
limit_request_line = 8190
# Better Auth puts the whole user into a token, also a picture. The bridge accepts tokens up to
# 16 KiB and refuses longer ones in the common format of errors; gunicorn must pass both on. The
# limit is for all headers of a request together.
limit_request_field_size = 64 * 1024
worker_connections = 1000  # per process; then the connections that are idle longest are closed
graceful_timeout = 30
keepalive = 75  # longer than in proxies, so that a proxy never sends to a closing connection
control_socket_disable = True  # unused, and two services would use the same path
logger_class = "serving.access_log.AccessLog"
accesslog = "-"
# Without queries and headers, which may contain secrets.
access_log_format = '%(h)s "%(m)s %(U)s" %(s)s %(B)s %(M)sms [%({x-request-id}o)s]'

# The words of config.py that switch a setting on. Importing config here would load it before the
# workers start, and a reload of gunicorn would then keep its old code.
SWITCHED_ON = ("true", "on", "yes", "1")
# Each process writes its metrics to this directory, so that any process can return the sum.
METRICS_DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"

created = ""
metrics = os.environ.get("METRICS", "").strip().lower() in SWITCHED_ON
if metrics and METRICS_DIRECTORY not in os.environ:
    created = os.environ[METRICS_DIRECTORY] = tempfile.mkdtemp(prefix="metrics-")


def child_exit(_server: Arbiter, worker: Worker) -> None:
    """Remove the gauges of a worker that exited; its counters are kept."""
    if METRICS_DIRECTORY in os.environ:
        # Imported here, because prometheus_client reads the variable when it is imported.
        from prometheus_client import multiprocess  # noqa: PLC0415

        multiprocess.mark_process_dead(worker.pid)


def on_exit(_server: Arbiter) -> None:
    """Remove the metrics directory if gunicorn created it."""
    if created:
        shutil.rmtree(created, ignore_errors=True)
