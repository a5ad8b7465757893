"""A minimal third-party application with the bridge, for tests under gunicorn."""

import os

from flask import Flask, g

from bridge import BetterAuth, require_user

app = Flask(__name__)
app.config.update((name, os.environ[name]) for name in os.environ if name.startswith("BETTER_"))
auth = BetterAuth(app)


@app.get("/healthz")
def healthz() -> str:
    return "ok"


@app.get("/health")
def health() -> dict[str, object]:
    return auth.health() | {"process": os.getpid()}


@app.get("/me")
@require_user
def me() -> dict[str, object]:
    return {"id": g.user.id, "process": os.getpid()}
