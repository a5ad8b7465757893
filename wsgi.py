"""WSGI application for gunicorn and ``flask --app wsgi``."""

import os
import sys

from bridge import ConfigError
from config import SettingError, from_env
from todo import create_app

# gunicorn stops if a worker exits with this status. With another status, it would restart the
# worker forever.
WRONG_SETTING = 3

try:
    app = create_app(from_env(os.environ))
except (ConfigError, SettingError) as error:
    sys.stderr.write(f"A setting is wrong: {error}\n")
    sys.exit(WRONG_SETTING)
