"""The lease: at most one process of a service leads at a time, and a late one cannot do harm.

A document ``{_id: name, owner, token, until}`` is taken by a conditional update that must change exactly
one record. ``token`` grows with every taking: what the leader writes is fenced by it, so that a leader
that slept through its lease finds its writes refused.

Clocks of processes differ. A lease whose end lies in the future by our clock is taken nevertheless once it has
stayed the same for its whole length: its holder, who would have renewed it, is gone, whatever its clock said.
"""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta

import structlog
from pymongo.errors import DuplicateKeyError, PyMongoError

from shared.store.connection import Store

_log = structlog.get_logger(__name__)
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


class Lease:
    """One named lease of one service, kept alive by its own thread between ``start`` and ``stop``."""

    def __init__(self, store: Store, name: str, *, owner: str, seconds: float = 6.0) -> None:
        """Want the lease *name* for *owner* (unique per process) for *seconds* at a time."""
        self._leases = store.collection("leases")
        self.name = name
        self.owner = owner
        self.seconds = seconds
        self._token: int | None = None
        self._valid_until = 0.0  # monotonic: our own clock decides when we stop believing
        self._seen: tuple[object, float] = (None, 0.0)  # the lease of another, and since when (monotonic)
        self._stopping = threading.Event()
        self._changed = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def token(self) -> int | None:
        """Return the fencing token while the lease is held, else None."""
        return self._token if time.monotonic() < self._valid_until else None

    def start(self) -> None:
        """Begin to take and renew the lease."""
        self._thread = threading.Thread(target=self._keep, name=f"lease-{self.name}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Give the lease back, so that another process need not wait for its end."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(self.seconds)
        token, self._valid_until = self._token, 0.0
        if token is None:
            return
        try:
            self._leases.update_one(
                {"_id": self.name, "owner": self.owner, "token": token}, {"$set": {"until": _LONG_AGO}}
            )
        except PyMongoError as error:
            _log.warning("lease not given back; it runs out by itself", lease=self.name, error=error)

    def wait_changed(self, seconds: float) -> None:
        """Wait until the lease is taken or *seconds* have passed."""
        self._changed.wait(seconds)
        self._changed.clear()

    def take_or_renew(self) -> bool:
        """Try once; return whether the lease is held now. Raises PyMongoError when the store is away."""
        asked = time.monotonic()
        now = datetime.now(UTC)
        until = now + timedelta(seconds=self.seconds)
        if self._token is not None:
            renewed = self._leases.update_one(
                {"_id": self.name, "owner": self.owner, "token": self._token}, {"$set": {"until": until}}
            )
            if renewed.matched_count == 1:
                self._valid_until = asked + self.seconds
                return True
            self._token, self._valid_until = None, 0.0
        current = self._leases.find_one({"_id": self.name})
        if current is None:
            document = {"_id": self.name, "owner": self.owner, "token": 1, "until": until}
            try:
                self._leases.insert_one(document)
            except DuplicateKeyError:
                return False
            self._hold(1, asked)
            return True
        if current["until"] > now and not self._abandoned((current["token"], current["until"]), asked):
            return False
        token = int(current["token"]) + 1
        taken = self._leases.update_one(
            {"_id": self.name, "token": current["token"], "until": current["until"]},
            {"$set": {"owner": self.owner, "token": token, "until": until}},
        )
        if taken.matched_count == 1:
            self._hold(token, asked)
            return True
        return False

    def _abandoned(self, lease: object, at: float) -> bool:
        """Say whether this *lease* of another has stood unrenewed for its length while we looked."""
        if self._seen[0] != lease:
            self._seen = (lease, at)
        return at - self._seen[1] > self.seconds

    def _hold(self, token: int, asked: float) -> None:
        self._token, self._valid_until = token, asked + self.seconds
        self._changed.set()
        _log.info("lease taken", lease=self.name, owner=self.owner, token=token)

    def _keep(self) -> None:
        while not self._stopping.is_set():
            try:
                held = self.take_or_renew()
            except PyMongoError as error:
                held = False
                _log.warning("lease not renewed", lease=self.name, error=error)
            self._stopping.wait(self.seconds / 3 if held else min(1.0, self.seconds / 6))
