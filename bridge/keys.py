"""Keeps the issuer's keys: when to ask for them, who waits, and what serves meanwhile.

Knows nothing of HTTP, files or tokens. A known key is read without a lock and without I/O.
"""

import logging
import math
import os
import random
import threading
import time
import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol

from .errors import IssuerError, KeysUnavailable, KeyUnknown
from .jwks import EMPTY, Key, KeySet

log = logging.getLogger(__name__)

# Refreshes that unknown kids may cause in vain: a flood of forged ones costs the issuer no more
# than one request in REFILL_SECONDS afterwards. One that brought a new key costs nothing, so
# rotations are followed however fast they come.
BUDGET = 2
REFILL_SECONDS = 10
# Between attempts while the issuer is down; the longest is also how late we notice its return.
BACKOFF_SECONDS = (1, 2, 4, 8)
# How much longer than its timeout a fetch may take before it counts as lost, as with a name server
# that hangs; nothing bounds that.
LOST_AFTER_SECONDS = 15
# How long a request waits for keys once an attempt has failed: an issuer that hangs must not
# keep every thread of the service busy with waiting for it.
OUTAGE_WAIT_SECONDS = 1


@dataclass(frozen=True, slots=True)
class _Snapshot:
    """A key set, when it came and how long it may serve; replaced whole, never changed."""

    key_set: KeySet
    fetched_at: float
    serves_until: float


@dataclass(eq=False, slots=True)
class _Flight:
    """One fetch, and the requests that wait for it."""

    started_at: float
    landed: threading.Event = field(default_factory=threading.Event)


def _in_background(job: Callable[[], None]) -> None:
    threading.Thread(target=job, name="better-auth-keys", daemon=True).start()


class Store(Protocol):
    """Where a key set outlives the process."""

    def load(self) -> tuple[KeySet, float] | None:
        """Return the stored key set and its age in seconds, if there is one to trust."""

    def save(self, key_set: KeySet) -> None:
        """Replace what is stored; never raises."""


class KeySource:
    """Public keys by ``kid``, refreshed in the background and never by two at once.

    ``fetch`` returns the issuer's whole key set or raises ``IssuerError``; it ends by itself
    within about ``timeout_seconds``. ``clock`` counts seconds and never runs backwards.
    ``run`` starts a job and returns at once. ``report`` is told "refreshed", "rotated" or
    "refresh_failed" with the facts of it, in the thread of the refresh.
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
        run: Callable[[Callable[[], None]], None] = _in_background,
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
        self._lock = threading.Lock()
        self._held_by: int | None = None
        self._snapshot = self._stored()
        self._flight: _Flight | None = None
        self._refresh_at = -math.inf
        self._failures = 0
        self._last_error: IssuerError | None = None
        self._budget = float(BUDGET)
        self._budget_at = clock()
        self._survive_forks()

    def load(self) -> None:
        """Start a refresh in the background if one is due."""
        now = self._clock()
        if now >= self._refresh_at and not self._is_flying(now):
            self._depart(self._is_due)

    def get(self, kid: str) -> Key:
        """Return the key named ``kid``.

        Waits only if the key is not known. Raises ``KeyUnknown`` if the issuer does not
        publish it, and ``KeysUnavailable`` if the issuer can't be asked.
        """
        now = self._clock()
        snapshot = self._snapshot
        key = snapshot.key_set.keys.get(kid) if now < snapshot.serves_until else None
        if key is None:
            return self._get_after_refresh(kid)
        if now >= self._refresh_at:
            self.load()
        return key

    def health(self) -> dict[str, object]:
        """Return what is known of the keys; times are in seconds."""
        now = self._clock()
        snapshot = self._snapshot
        age = now - snapshot.fetched_at
        return {
            "ready": now < snapshot.serves_until,
            "kids": sorted(snapshot.key_set.keys),
            "set_aside": [
                {"kid": aside.kid, "reason": aside.reason} for aside in snapshot.key_set.set_aside
            ],
            "age": round(age, 1) if math.isfinite(age) else None,
            "stale_left": round(max(0.0, snapshot.serves_until - now), 1)
            if math.isfinite(age)
            else 0.0,
            "next_refresh": round(max(0.0, self._refresh_at - now), 1)
            if math.isfinite(self._refresh_at)
            else 0.0,
            "last_error": str(self._last_error) if self._last_error else None,
        }

    def _serving(self) -> Mapping[str, Key]:
        """Return the keys that may be used: none once the set is older than the stale limit."""
        snapshot = self._snapshot
        return snapshot.key_set.keys if self._clock() < snapshot.serves_until else EMPTY.keys

    def _stored(self) -> _Snapshot:
        """Return what an earlier process left, if it may still serve."""
        stored = self._store.load() if self._store else None
        if stored is None:
            return _Snapshot(EMPTY, -math.inf, -math.inf)
        key_set, age = stored
        fetched_at = self._clock() - age
        return _Snapshot(key_set, fetched_at, fetched_at + self._stale_limit)

    def _get_after_refresh(self, kid: str) -> Key:
        asked_at = self._clock()
        patience = min(self._timeout, OUTAGE_WAIT_SECONDS) if self._failures else self._timeout
        while flight := self._depart(self._may_ask_for_unknown):
            landed = flight.landed.wait(max(0.0, asked_at + patience - self._clock()))
            if key := self._serving().get(kid):
                return key
            if not landed:
                raise self._unavailable(kid, f"the issuer did not answer within {patience:g} s")
            # A fetch that began before we asked may have missed a key made since.
            if flight.started_at >= asked_at:
                break
        if self._last_error is not None:
            raise self._unavailable(kid, str(self._last_error), hint=self._last_error.hint)
        kids = ", ".join(repr(known) for known in list(self._serving())[:20])
        raise KeyUnknown(f"unknown kid {kid[:200]!r}; known: {kids}")

    def _unavailable(self, kid: str, reason: str, *, hint: str = "") -> KeysUnavailable:
        wait = self._refresh_at - self._clock()
        return KeysUnavailable(
            f"no key {kid[:200]!r}: {reason}",
            retry_after=max(1, math.ceil(wait)) if math.isfinite(wait) else 1,
            hint=hint,
        )

    # A refresh: claimed under the lock by one, run by one, waited for by many.

    def _depart(self, allowed: Callable[[float], bool]) -> _Flight | None:
        """Return the flight under way, or else a new one if it is ``allowed`` now."""
        with self._lock:
            now = self._clock()
            if self._flight is not None and self._is_flying(now):
                return self._flight
            if not allowed(now):
                return None
            flight = self._flight = _Flight(now)
        try:
            self._run(lambda: self._fly(flight))
        except RuntimeError as error:  # no thread to be had
            self._land(
                flight, IssuerError("connection", f"the keys could not be asked for: {error}")
            )
        return flight

    def _is_flying(self, now: float) -> bool:
        """Tell whether a fetch is under way; one that does not end is given up and repeated."""
        flight = self._flight
        return flight is not None and now - flight.started_at < self._lost_after

    def _is_due(self, now: float) -> bool:
        return now >= self._refresh_at

    def _may_ask_for_unknown(self, now: float) -> bool:
        if self._failures or not self._serving():
            return self._is_due(now)
        self._budget = min(BUDGET, self._budget + (now - self._budget_at) / REFILL_SECONDS)
        self._budget_at = now
        if self._budget < 1:
            return False
        self._budget -= 1
        return True

    def _fly(self, flight: _Flight) -> None:
        try:
            outcome: KeySet | IssuerError = self._fetch()
        except IssuerError as error:
            outcome = error
        except Exception as error:  # else those who wait would wait for nothing
            log.exception("refreshing the keys failed in an unforeseen way")
            outcome = IssuerError("connection", f"unforeseen: {type(error).__name__}")
        self._land(flight, outcome)

    def _land(self, flight: _Flight, outcome: KeySet | IssuerError) -> None:
        before = self._snapshot.key_set
        with self._lock:
            is_current = self._flight is flight  # else it was given up, and another flies
            if is_current:
                self._flight = None
                if isinstance(outcome, IssuerError):
                    self._failed(outcome)
                else:
                    self._succeeded(outcome, flight.started_at)
        flight.landed.set()
        if not is_current:
            return
        # Nobody waits for a disk, or for those who listen.
        if isinstance(outcome, IssuerError):
            self._tell("refresh_failed", error=outcome)
            return
        if self._store is not None:
            self._store.save(outcome)
        kids, known = set(outcome.keys), set(before.keys)
        self._tell("refreshed", kids=sorted(kids))
        if known and kids != known:
            self._tell("rotated", added=sorted(kids - known), removed=sorted(known - kids))

    def _tell(self, event: str, **facts: object) -> None:
        if self._report is not None:
            try:
                self._report(event, **facts)
            except Exception:
                log.exception("a receiver of keys_%s failed", event)

    def _succeeded(self, key_set: KeySet, started_at: float) -> None:
        before = self._snapshot.key_set
        # A key that stays is the same object as before: verdicts that were kept know it by that.
        keys = {
            kid: known if (known := before.keys.get(kid)) == key else key
            for kid, key in key_set.keys.items()
        }
        merged = KeySet(MappingProxyType(keys), key_set.set_aside)
        self._snapshot = _Snapshot(merged, started_at, started_at + self._stale_limit)
        # Processes that started together must not ask together.
        self._refresh_at = started_at + self._max_age * random.uniform(0.75, 0.95)
        self._failures = 0
        self._last_error = None
        if keys.keys() - before.keys.keys():
            self._budget = min(BUDGET, self._budget + 1)
        if keys.keys() != before.keys.keys():
            log.info("keys of the issuer: %s", ", ".join(map(repr, keys)))
        for aside in set(key_set.set_aside) - set(before.set_aside):
            log.warning("key %r of the issuer is set aside: %s", aside.kid, aside.reason)

    def _failed(self, error: IssuerError) -> None:
        backoff = BACKOFF_SECONDS[min(self._failures, len(BACKOFF_SECONDS) - 1)]
        wait = error.retry_after or backoff * random.uniform(0.75, 1)
        self._refresh_at = self._clock() + wait
        self._failures += 1
        self._last_error = error
        kept = len(self._serving())
        log.warning(
            "the keys could not be had, %s; next attempt in %.0f s: %s%s",
            f"{kept} old ones serve on" if kept else "tokens are answered 503 meanwhile",
            wait,
            error,
            f" ({error.hint})" if error.hint else "",
        )

    def _survive_forks(self) -> None:
        if hasattr(os, "register_at_fork"):
            # Such hooks can't be taken back, so they must not keep this source alive.
            hooks = [weakref.WeakMethod(one) for one in (self._hold, self._release, self._forked)]
            before, in_parent, in_child = [_calling(hook) for hook in hooks]
            os.register_at_fork(before=before, after_in_parent=in_parent, after_in_child=in_child)

    def _hold(self) -> None:
        """Let no fork fall into a line of our log: the child would find its stream locked."""
        if self._lock.acquire(timeout=1):
            self._held_by = threading.get_ident()

    def _release(self) -> None:
        if self._held_by == threading.get_ident():
            self._held_by = None
            self._lock.release()

    def _forked(self) -> None:
        """Begin anew what the parent had under way: its threads are not in this process."""
        self._lock = threading.Lock()
        self._held_by = None
        interrupted, self._flight = self._flight, None
        if math.isfinite(self._refresh_at) and not self._failures:
            self._refresh_at -= self._max_age * random.uniform(0, 0.2)
        if interrupted is not None:
            self.load()


def _calling(hook: weakref.WeakMethod[Callable[[], None]]) -> Callable[[], None]:
    def call() -> None:
        if (method := hook()) is not None:
            method()

    return call
