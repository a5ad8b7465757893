"""The upper bound: a view that returns constant bytes, without a token check or a database."""

import os
from pathlib import Path

from flask import Flask, Response

app = Flask(__name__)
BYTES = Path(os.environ["PAGE_FILE"]).read_bytes()


@app.route("/api/v1/<uuid:user_id>/tasks", methods=["GET", "POST"])
@app.route("/api/v1/<uuid:user_id>/tasks/<uuid:task_id>", methods=["GET", "PATCH"])
def tasks(user_id, task_id=None):
    return Response(BYTES, content_type="application/json")
