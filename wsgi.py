"""The application that gunicorn and ``flask --app wsgi`` load."""

import os
import sys

from bridge import ConfigError
from config import SettingError, from_env
from todo import create_app

# With this status gunicorn gives up; with another it would start workers for ever.
WRONG_SETTING = 3

try:
    app = create_app(from_env(os.environ))
except (ConfigError, SettingError) as error:
    sys.stderr.write(f"A setting is wrong: {error}\n")
    sys.exit(WRONG_SETTING)
