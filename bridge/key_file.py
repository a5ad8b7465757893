"""Save the latest key set to a file, so that a process can start while the issuer is down.

The file contains only public members of the keys. It is ignored if it was changed, if another
user owns it, or if it belongs to another URL.
"""

import hashlib
import json
import logging
import os
import stat
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from . import jwks
from .errors import IssuerError

log = logging.getLogger(__name__)

MAX_BYTES = 2 << 20


class KeyFile:
    """The file at ``path`` for the key set at ``url``; ``clock`` returns Unix time in seconds."""

    def __init__(self, path: Path, url: str, clock: Callable[[], float] = time.time) -> None:
        self._path = path
        self._url = url
        self._clock = clock

    def load(self) -> tuple[jwks.KeySet, float] | None:
        """Return the key set and its age in seconds, or None if there is no valid file."""
        try:
            return self._parse(_read_private(self._path))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, RecursionError, IssuerError) as error:
            log.warning("the key file %s was ignored: %s", self._path, error)
            return None

    def save(self, key_set: jwks.KeySet) -> None:
        """Replace the file.

        A failure is only logged, because the process can use its keys without the file.
        """
        content = {
            "url": self._url,
            "fetched_at": self._clock(),
            "keys": [dict(key.jwk) for key in key_set.keys.values()],
        }
        try:
            _write_private(self._path, json.dumps(content | {"digest": _digest(content)}))
        except OSError as error:
            log.warning("the key file %s could not be written: %s", self._path, error)

    def _parse(self, text: bytes) -> tuple[jwks.KeySet, float]:
        content = json.loads(text)
        if not isinstance(content, dict) or content.pop("digest", None) != _digest(content):
            raise ValueError("it was changed or is incomplete")
        if content["url"] != self._url:
            raise ValueError(f"it is for {str(content['url'])[:200]!r}")
        age = self._clock() - content["fetched_at"]
        if age < 0:
            raise ValueError("its time is in the future")
        return jwks.parse(json.dumps({"keys": content["keys"]}).encode()), age


def _digest(content: dict[str, object]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _read_private(path: Path) -> bytes:
    """Return the content of a regular file that only this user can read or write."""
    # Do not follow a symbolic link, and do not wait for the writer of a pipe.
    flags = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    descriptor = os.open(path, os.O_RDONLY | flags)
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise ValueError("it is not a regular file")
        if hasattr(os, "geteuid") and status.st_uid != os.geteuid():
            raise ValueError("it belongs to another user")
        if os.name == "posix" and status.st_mode & 0o077:
            raise ValueError("its mode is not 0600: other users can read or write it")
        if status.st_size > MAX_BYTES:
            raise ValueError(f"it is larger than {MAX_BYTES} bytes")
        return file.read(MAX_BYTES)


def _write_private(path: Path, text: str) -> None:
    # mkstemp creates the file with mode 0600. The file gets its final name only after it is
    # complete, so readers never see a partial file.
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(descriptor)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
