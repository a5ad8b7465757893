"""Bounded cache of verification results."""

import sys
import threading
from dataclasses import dataclass
from itertools import islice

from .jwks import Key
from .user import User

# The memory of a cache is limited to this many bytes for each result that it may contain. A result
# of a token with Better Auth's default claims needs fewer.
_BYTES_PER_RESULT = 2048
# The objects around the values of a user: the user itself, the result, the digest, the dictionary.
_OVERHEAD_BYTES = 600


@dataclass(slots=True)  # not frozen: that would double the time to create it
class Result:
    """A successful verification: the user, the key, and the Unix time at which the token expires.

    ``expires_at`` includes the leeway.
    """

    user: User
    kid: str
    key: Key
    expires_at: float

    def memory(self) -> int:
        """Return the approximate memory of this result in bytes."""
        return _OVERHEAD_BYTES + sum(map(sys.getsizeof, vars(self.user).values()))


class ResultCache:
    """The latest results by the digest of their token.

    It contains at most ``size`` results, and in total at most ``size`` times 2 KiB. ``get`` returns
    the result for a digest, or None; the caller decides whether this result is still valid.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._memory = 0
        self._results: dict[bytes, Result] = {}
        self._lock = threading.Lock()
        self.get = self._results.get  # a method around it would take as long as the lookup itself

    def add(self, digest: bytes, result: Result, now: float) -> None:
        """Cache ``result`` and evict the oldest results if they are expired or too many."""
        # Never wait for the lock: a result that is not cached only costs another verification. In a
        # process that was forked while another thread held the lock, waiting would never end.
        if self._size and self._lock.acquire(blocking=False):
            try:
                self._remove(digest)
                self._results[digest] = result
                self._memory += result.memory()
                self._evict(now)
            finally:
                self._lock.release()

    def _evict(self, now: float) -> None:
        # Tokens of one issuer have the same lifetime, so the oldest results expire first.
        for digest, oldest in list(islice(self._results.items(), 2)):
            if len(self._results) > self._size or oldest.expires_at <= now:
                self._remove(digest)
        while self._memory > self._size * _BYTES_PER_RESULT:
            self._remove(next(iter(self._results)))

    def _remove(self, digest: bytes) -> None:
        if result := self._results.pop(digest, None):
            self._memory -= result.memory()
