"""Cache of the issuer's keys, refetched in the background, for unknown kids and wrong signatures.

This module knows nothing about HTTP, files or tokens. A known key is read without a lock and
without I/O.
"""

import logging
import math
import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol

from .errors import IssuerError, KeysUnavailable, KeyUnknown
from .forks import ForkSafeLock
from .jwks import EMPTY, Key, KeySet

log = logging.getLogger(__name__)

# The refetches that unknown kids and wrong signatures may cause without result: BUDGET at once,
# then one per REFILL_SECONDS. A flood of forged tokens therefore costs the issuer few requests.
BUDGET = 2
REFILL_SECONDS = 10
# The delays between attempts while the issuer is down. The last delay is also the longest time
# until the service notices that the issuer is up again.
BACKOFF_SECONDS = (1, 2, 4, 8)
# A fetch that takes this much longer than its timeout counts as lost. A name server that hangs can
# delay a fetch without any limit.
LOST_AFTER_SECONDS = 15
# The longest time that a request waits for keys after a failed attempt. Without this limit, an
# issuer that hangs would block every thread of the service.
OUTAGE_WAIT_SECONDS = 1


@dataclass(frozen=True, slots=True)
class _Snapshot:
    """A key set, the time of its fetch and the time until which it is valid; never modified."""

    key_set: KeySet
    fetched_at: float
    valid_until: float


@dataclass(eq=False, slots=True)
class _Refresh:
    """One fetch of the key set, and the event that the requests wait for."""

    started_at: float
    finished: threading.Event = field(default_factory=threading.Event)


class _RefetchBudget:
    """Token bucket for refetches caused by unknown kids and wrong signatures.

    It allows BUDGET refetches at once, then one per REFILL_SECONDS. A refetch that brings a new
    key is refunded, so that any number of rotations is followed.
    """

    def __init__(self, now: float) -> None:
        self._left = float(BUDGET)
        self._updated_at = now

    def spend(self, now: float) -> bool:
        """Spend one refetch, or return False if none is left."""
        self._left = min(BUDGET, self._left + (now - self._updated_at) / REFILL_SECONDS)
        self._updated_at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True

    def refund(self) -> None:
        """Give one refetch back."""
        self._left = min(BUDGET, self._left + 1)


def _run_in_background(job: Callable[[], None]) -> None:
    threading.Thread(target=job, name="better-auth-keys", daemon=True).start()


class Store(Protocol):
    """Storage for a key set beyond the life of the process."""

    def load(self) -> tuple[KeySet, float] | None:
        """Return the stored key set and its age in seconds, or None if there is no valid one."""

    def save(self, key_set: KeySet) -> None:
        """Replace the stored key set; never raises."""


class KeySource:
    """Public keys by ``kid``, refreshed in the background by at most one thread at a time.

    ``fetch`` returns the issuer's whole key set or raises ``IssuerError`` within about
    ``timeout_seconds``. ``clock`` is a monotonic clock in seconds. ``run`` starts a job and returns
    immediately. ``report`` is called in the thread of the refresh with the name of an event
    ("refreshed", "rotated" or "refresh_failed") and the arguments of its signal.
    """

    def __init__(
        self,
        fetch: Callable[[], KeySet],
        *,
        max_age_seconds: float,
        stale_limit_seconds: float,
        timeout_seconds: float,
        store: Store | None = None,
        report: Callable[..., None] | None = None,
        clock: Callable[[], float] = time.monotonic,
        run: Callable[[Callable[[], None]], None] = _run_in_background,
    ) -> None:
        self._fetch = fetch
        self._max_age = max_age_seconds
        self._stale_limit = stale_limit_seconds
        self._timeout = timeout_seconds
        self._lost_after = timeout_seconds + LOST_AFTER_SECONDS
        self._store = store
        self._report = report
        self._clock = clock
        self._run = run
        self._snapshot = self._load_stored()
        self._refresh: _Refresh | None = None
        self._refresh_at = -math.inf
        self._failures = 0
        self._last_error: IssuerError | None = None
        self._budget = _RefetchBudget(clock())
        self._lock = ForkSafeLock(in_child=self._restart_in_child)

    def load(self) -> None:
        """Start a refresh in the background if one is due."""
        now = self._clock()
        if now >= self._refresh_at and not self._is_refreshing(now):
            self._start_refresh(self._is_due)

    def get(self, kid: str) -> Key:
        """Return the key named ``kid``.

        Waits only if the key is unknown. Raises ``KeyUnknown`` if the issuer does not publish the
        key, and ``KeysUnavailable`` if the issuer is unreachable.
        """
        now = self._clock()
        snapshot = self._snapshot
        key = snapshot.key_set.keys.get(kid) if now < snapshot.valid_until else None
        if key is None:
            return self._get_after_refresh(kid)
        if now >= self._refresh_at:
            self.load()
        return key

    def get_replacement(self, refused: Key) -> Key | None:
        """Return the key that has replaced ``refused`` under its kid, or None.

        ``refused`` did not match the signature of a token. An issuer with a new database may have
        given its kid to another key, so the keys are refetched, within the same budget as for
        unknown kids. While the issuer is unreachable, nothing is refetched and nobody waits.
        """
        requested_at = self._clock()
        while (key := self._valid_keys().get(refused.kid)) is refused and not self._failures:
            refresh = self._start_refresh(self._spend_refetch)
            if refresh is None or not self._wait(refresh, requested_at + self._timeout):
                break
            if refresh.started_at >= requested_at:
                key = self._valid_keys().get(refused.kid)
                break
        return None if key is refused else key

    def health(self) -> dict[str, object]:
        """Return the state of the keys; times are in seconds.

        ``last_error`` is the ``kind`` of the error, without its text: people publish this state.
        """
        now = self._clock()
        snapshot = self._snapshot
        age = now - snapshot.fetched_at
        return {
            "ready": now < snapshot.valid_until,
            "kids": sorted(snapshot.key_set.keys),
            "skipped": [
                {"kid": skipped.kid, "reason": skipped.reason}
                for skipped in snapshot.key_set.skipped
            ],
            "age": round(age, 1) if math.isfinite(age) else None,
            "stale_left": round(max(0.0, snapshot.valid_until - now), 1)
            if math.isfinite(age)
            else 0.0,
            "next_refresh": round(max(0.0, self._refresh_at - now), 1)
            if math.isfinite(self._refresh_at)
            else 0.0,
            "last_error": self._last_error.kind if self._last_error else None,
        }

    def _valid_keys(self) -> Mapping[str, Key]:
        """Return the keys that may be used: none if the key set is older than the stale limit."""
        snapshot = self._snapshot
        return snapshot.key_set.keys if self._clock() < snapshot.valid_until else EMPTY.keys

    def _load_stored(self) -> _Snapshot:
        """Return the key set that an earlier process saved, or an empty one."""
        stored = self._store.load() if self._store else None
        if stored is None:
            return _Snapshot(EMPTY, -math.inf, -math.inf)
        key_set, age = stored
        fetched_at = self._clock() - age
        return _Snapshot(key_set, fetched_at, fetched_at + self._stale_limit)

    def _get_after_refresh(self, kid: str) -> Key:
        requested_at = self._clock()
        wait = min(self._timeout, OUTAGE_WAIT_SECONDS) if self._failures else self._timeout
        while refresh := self._start_refresh(self._spend_refetch):
            is_finished = self._wait(refresh, requested_at + wait)
            if key := self._valid_keys().get(kid):
                return key
            if not is_finished:
                raise self._unavailable(kid, f"the issuer did not respond within {wait:g} s")
            # A refresh that started before this request may have missed a key created since then.
            if refresh.started_at >= requested_at:
                break
        if self._last_error is not None:
            raise self._unavailable(kid, str(self._last_error), hint=self._last_error.hint)
        kids = ", ".join(repr(known) for known in list(self._valid_keys())[:20])
        raise KeyUnknown(f"unknown kid {kid[:200]!r}; known: {kids}")

    def _wait(self, refresh: _Refresh, deadline: float) -> bool:
        """Return whether ``refresh`` has finished, at the latest at the time ``deadline``."""
        return refresh.finished.wait(max(0.0, deadline - self._clock()))

    def _unavailable(self, kid: str, reason: str, *, hint: str = "") -> KeysUnavailable:
        wait = self._refresh_at - self._clock()
        return KeysUnavailable(
            f"no key {kid[:200]!r}: {reason}",
            retry_after=max(1, math.ceil(wait)) if math.isfinite(wait) else 1,
            hint=hint,
        )

    # A refresh is started under the lock, runs in one thread, and is awaited by many requests.

    def _start_refresh(self, allowed: Callable[[float], bool]) -> _Refresh | None:
        """Return the running refresh, or start one; return None if ``allowed(now)`` is false."""
        with self._lock:
            now = self._clock()
            if self._is_refreshing(now):
                return self._refresh
            if not allowed(now):
                return None
            refresh = self._refresh = _Refresh(now)
        try:
            self._run(lambda: self._run_refresh(refresh))
        except RuntimeError as error:  # can't start a thread
            self._finish_refresh(
                refresh, IssuerError("connection", f"the keys could not be fetched: {error}")
            )
        return refresh

    def _is_refreshing(self, now: float) -> bool:
        """Return whether a refresh is running; a lost refresh does not count."""
        refresh = self._refresh
        return refresh is not None and now - refresh.started_at < self._lost_after

    def _is_due(self, now: float) -> bool:
        return now >= self._refresh_at

    def _spend_refetch(self, now: float) -> bool:
        """Spend one refetch for an unverified token, or return False if none is allowed now."""
        if self._failures or not self._valid_keys():
            return self._is_due(now)  # the backoff limits the fetches
        return self._budget.spend(now)

    def _run_refresh(self, refresh: _Refresh) -> None:
        try:
            outcome: KeySet | IssuerError = self._fetch()
        except IssuerError as error:
            outcome = error
        except Exception as error:  # the waiting requests must be woken in any case
            log.exception("unexpected error while refreshing the keys")
            outcome = IssuerError("connection", f"unexpected error: {type(error).__name__}")
        self._finish_refresh(refresh, outcome)

    def _finish_refresh(self, refresh: _Refresh, outcome: KeySet | IssuerError) -> None:
        before = self._snapshot.key_set
        with self._lock:
            is_current = self._refresh is refresh  # false if this one was lost and then repeated
            if is_current:
                self._refresh = None
                if isinstance(outcome, IssuerError):
                    self._record_failure(outcome)
                else:
                    self._record_success(outcome, refresh.started_at)
        refresh.finished.set()
        if not is_current:
            return
        # Save and notify outside the lock, after waking the waiting requests.
        if isinstance(outcome, IssuerError):
            self._notify("refresh_failed", error=outcome)
            return
        if self._store is not None:
            self._store.save(outcome)
        kids, known = set(outcome.keys), set(before.keys)
        self._notify("refreshed", kids=sorted(kids))
        if known and kids != known:
            self._notify("rotated", added=sorted(kids - known), removed=sorted(known - kids))

    def _notify(self, event: str, **arguments: object) -> None:
        if self._report is not None:
            try:
                self._report(event, **arguments)
            except Exception:
                log.exception("a receiver of keys_%s failed", event)

    def _record_success(self, key_set: KeySet, started_at: float) -> None:
        before = self._snapshot.key_set
        # Keep the object of an unchanged key: cached results compare keys by identity.
        keys = {
            kid: known if (known := before.keys.get(kid)) == key else key
            for kid, key in key_set.keys.items()
        }
        merged = KeySet(MappingProxyType(keys), key_set.skipped)
        self._snapshot = _Snapshot(merged, started_at, started_at + self._stale_limit)
        # Add jitter, so that processes that started together do not refresh together.
        self._refresh_at = started_at + self._max_age * random.uniform(0.75, 0.95)
        self._failures = 0
        self._last_error = None
        if any(key is not before.keys.get(kid) for kid, key in keys.items()):
            self._budget.refund()
        if keys.keys() != before.keys.keys():
            log.info("keys of the issuer: %s", ", ".join(map(repr, keys)))
        for skipped in set(key_set.skipped) - set(before.skipped):
            level = logging.WARNING if skipped.is_fault else logging.INFO
            log.log(level, "key %r of the issuer is skipped: %s", skipped.kid, skipped.reason)

    def _record_failure(self, error: IssuerError) -> None:
        backoff = BACKOFF_SECONDS[min(self._failures, len(BACKOFF_SECONDS) - 1)]
        wait = error.retry_after or backoff * random.uniform(0.75, 1)
        self._refresh_at = self._clock() + wait
        self._failures += 1
        self._last_error = error
        valid = len(self._valid_keys())
        log.warning(
            "refreshing the keys failed, %s; next attempt in %.0f s: %s%s",
            f"{valid} cached keys remain valid"
            if valid
            else "tokens get a 503 response until then",
            wait,
            error,
            f" ({error.hint})" if error.hint else "",
        )

    def _restart_in_child(self) -> None:
        """Repeat an interrupted refresh: its thread does not exist in this forked process."""
        interrupted, self._refresh = self._refresh, None
        if math.isfinite(self._refresh_at) and not self._failures:
            self._refresh_at -= self._max_age * random.uniform(0, 0.2)
        if interrupted is not None:
            self.load()
