"""Who works on an import: one worker at a time, for as long as it keeps saying so."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from shared.clock import Clock
from shared.ids import new_id
from shared.imports.record import Import
from shared.service import Runtime

LEASE = timedelta(seconds=15)
"""A worker that is silent for so long is taken for dead, and another goes on."""


class LostLeaseError(Exception):
    """Another worker took the import over; whatever this one was about to do must not happen."""


class Lease:
    """The right to work on one import."""

    def __init__(self, kind: type[Import], import_id: str) -> None:
        """Hold nothing yet: :func:`claim` makes these."""
        self._kind = kind
        self.import_id = import_id
        self.holder = new_id()

    def check(self, found: Import) -> None:
        """Raise LostLeaseError unless this is the holder that *found* names."""
        if found.lease_holder != self.holder:
            raise LostLeaseError(self.import_id)

    def renew(self, runtime: Runtime, *, progress: int, total: int) -> None:
        """Hold it longer and say how many rows of how many are read; raise LostLeaseError."""
        kept = _imports(runtime, self._kind).update_one(
            {"_id": self.import_id, "lease_holder": self.holder},
            {
                "$set": {"lease_until": until(runtime.clock), "progress": progress, "total_rows": total},
                "$inc": {"version": 1},
            },
        )
        if kept.matched_count != 1:
            raise LostLeaseError(self.import_id)

    def release(self, runtime: Runtime) -> None:
        """Let another worker take it at once; nothing happens when it is no longer held."""
        _imports(runtime, self._kind).update_one(
            {"_id": self.import_id, "lease_holder": self.holder},
            {"$set": {"lease_holder": None, "lease_until": None}, "$inc": {"version": 1}},
        )


def until(clock: Clock) -> Any:
    """Return the instant until which a lease taken now holds."""
    return clock.now() + LEASE


def claim(runtime: Runtime, kind: type[Import]) -> Lease | None:
    """Take an import that has something to be done and nobody at it; None if there is none."""
    now = runtime.clock.now()
    for raw in _imports(runtime, kind).find({"active": True}):
        if raw.get("lease_until") is not None and raw["lease_until"] > now:
            continue
        lease = Lease(kind, raw["_id"])
        taken = _imports(runtime, kind).update_one(
            {"_id": raw["_id"], "version": raw["version"]},
            {
                "$set": {
                    "lease_holder": lease.holder,
                    "lease_until": until(runtime.clock),
                    "state": "executing" if raw["state"] == "executing" else "previewing",
                },
                # A lease that ran out instead of being given back means that its worker died.
                "$inc": {"version": 1, "attempts": 1 if raw.get("lease_holder") else 0},
            },
        )
        if taken.matched_count == 1:
            return lease
    return None


def _imports(runtime: Runtime, kind: type[Import]) -> Any:
    return runtime.store.collection(kind.kind())
