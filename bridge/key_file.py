"""Keeps the last good key set on disk, so that a start without the issuer can serve.

Only public members are written. A file that is not exactly as it was written by this user for
this address is ignored.
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
    """The file at ``path`` for the key set at ``url``; ``clock`` is Unix time."""

    def __init__(self, path: Path, url: str, clock: Callable[[], float] = time.time) -> None:
        self._path = path
        self._url = url
        self._clock = clock

    def load(self) -> tuple[jwks.KeySet, float] | None:
        """Return the key set and its age in seconds, or None if there is none to trust."""
        try:
            return self._parse(_read_private(self._path))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, RecursionError, IssuerError) as error:
            log.warning("the key file %s is ignored: %s", self._path, error)
            return None

    def save(self, key_set: jwks.KeySet) -> None:
        """Replace the file; a failure is logged, since the keys at hand serve without it."""
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
            raise ValueError("it was changed, or not written to its end")
        if content["url"] != self._url:
            raise ValueError(f"it is for {str(content['url'])[:200]!r}")
        age = self._clock() - content["fetched_at"]
        if age < 0:
            raise ValueError("it is from the future")
        return jwks.parse(json.dumps({"keys": content["keys"]}).encode()), age


def _digest(content: dict[str, object]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _read_private(path: Path) -> bytes:
    """Return what is in a file that nobody but this user can have written."""
    # Neither a link to elsewhere, nor a pipe that would keep us waiting.
    flags = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    descriptor = os.open(path, os.O_RDONLY | flags)
    with os.fdopen(descriptor, "rb") as file:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise ValueError("it is not a regular file")
        if hasattr(os, "geteuid") and found.st_uid != os.geteuid():
            raise ValueError("it belongs to another user")
        if os.name == "posix" and found.st_mode & 0o077:
            raise ValueError("its mode is not 0600: others may read or write it")
        if found.st_size > MAX_BYTES:
            raise ValueError(f"it is larger than {MAX_BYTES} bytes")
        return file.read(MAX_BYTES)


def _write_private(path: Path, text: str) -> None:
    # Mode 0600 from its beginning, and in place only when whole: readers never see half a file.
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
