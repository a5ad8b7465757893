"""The application that gunicorn and ``flask --app wsgi`` load."""

import os

from config import from_env
from todo import create_app

app = create_app(from_env(os.environ))
