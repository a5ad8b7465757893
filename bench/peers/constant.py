"""The ceiling: the bytes of one page from a constant view, without a token or a database."""

import os
from pathlib import Path

from flask import Flask, Response

app = Flask(__name__)
BYTES = Path(os.environ["PAGE_FILE"]).read_bytes()


@app.get("/api/v1/<uuid:user_id>/tasks")
def tasks(user_id):
    return Response(BYTES, content_type="application/json")
