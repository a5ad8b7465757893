"""WSGI entry point for gunicorn and ``flask --app wsgi``."""

import os
import sys

from bridge import ConfigError
from config import SettingError, from_env
from todo import create_app

# gunicorn stops when a worker exits with this status; after any other it restarts workers forever.
WORKER_BOOT_ERROR = 3

try:
    app = create_app(from_env(os.environ))
except (ConfigError, SettingError) as error:
    sys.stderr.write(f"Invalid setting: {error}\n")
    sys.exit(WORKER_BOOT_ERROR)
