"""Build the wheel and the source archive, install each in an empty environment, and use it there.

Usage: python tests/package/check.py

Exits with 1 if a step fails. The packages come from the configured package index.
"""

import subprocess
import sys
import tarfile
import tempfile
import venv
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
APPLICATION = """
from importlib import metadata, resources

from flask import Flask, g

import bridge
from bridge.testing import Issuer

with Issuer() as issuer:
    app = Flask("app")
    app.config["BETTER_AUTH_URL"] = issuer.url
    bridge.BetterAuth(app)
    app.get("/me")(bridge.require_user(lambda: g.user.name))
    assert app.test_client().get("/me").status_code == 401
    assert issuer.user(name="Ada").client(app).get("/me").text == "Ada"
about = metadata.metadata("flask-better-auth-bridge")
assert about["License-Expression"] == "MIT", about["License-Expression"]
assert resources.files("bridge").joinpath("py.typed").is_file()
print("version", about["Version"])
"""


def main() -> None:
    with tempfile.TemporaryDirectory() as directory:
        folder = Path(directory)
        builder = empty_environment(folder / "builder", "build")
        run(builder, "-m", "build", "--outdir", str(folder / "dist"), str(ROOT))
        (wheel,) = (folder / "dist").glob("*.whl")
        (archive,) = (folder / "dist").glob("*.tar.gz")
        refuse_other_files(wheel, archive)
        for package in (wheel, archive):
            python = empty_environment(folder / f"for-{package.suffix[1:]}", str(package))
            empty = folder / f"in-{package.suffix[1:]}"
            empty.mkdir()
            (empty / "app.py").write_text(APPLICATION)
            run(python, "app.py", cwd=empty)
            for command in ("jwks-check", "token-check", "guard-check"):
                run(python, "-m", "flask", "--app", "app", command, "--help", cwd=empty)
            run(python, "-m", "pip", "check")
            sys.stdout.write(f"OK: {package.name}\n")


def empty_environment(folder: Path, package: str) -> Path:
    """Create a virtual environment with ``package`` and its dependencies; return its Python."""
    venv.create(folder, with_pip=True)
    python = folder / "bin/python"
    run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", package)
    return python


def refuse_other_files(wheel: Path, archive: Path) -> None:
    """Raise SystemExit unless the packages contain only the bridge, its license and its pages."""
    names = zipfile.ZipFile(wheel).namelist()
    others = [
        name for name in names if not name.startswith(("bridge/", "flask_better_auth_bridge-"))
    ]
    with tarfile.open(archive) as tar:
        members = [name.partition("/")[2] for name in tar.getnames()]
    pages = ("README.md", "CHANGELOG.md", "SECURITY.md", "LICENSE", "PKG-INFO", "pyproject.toml")
    others += [
        name
        for name in members
        if not name.startswith("bridge/") and name not in (*pages, ".gitignore")
    ]
    if others or not any(name.endswith("licenses/LICENSE") for name in names):
        raise SystemExit(f"unexpected files, or no LICENSE: {others}")


def run(python: Path, *arguments: str, cwd: Path | None = None) -> None:
    if subprocess.run([python, *arguments], cwd=cwd, check=False).returncode:
        raise SystemExit(f"failed: {' '.join(arguments)}")


if __name__ == "__main__":
    main()
