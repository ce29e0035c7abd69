"""Who works on a job: one worker at a time, for as long as it keeps saying so."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

from shared.clock import Clock
from shared.ids import new_id
from shared.service import Runtime
from shared.store.aggregate import Aggregate

LEASE = timedelta(seconds=15)
"""A worker that is silent for so long is taken for dead, and another goes on."""


class LostLeaseError(Exception):
    """Another worker took the job over, or it was called off; whatever this one was about to do must not happen."""


class Lease:
    """The right to work on one job."""

    def __init__(self, kind: type[Aggregate], record_id: str) -> None:
        """Hold nothing yet: :func:`claim` makes these."""
        self._kind = kind
        self.record_id = record_id
        self.holder = new_id()

    def check(self, found: Any) -> None:
        """Raise LostLeaseError unless this is the holder that *found* names."""
        if found.lease_holder != self.holder:
            raise LostLeaseError(self.record_id)

    def hold(self, runtime: Runtime, **told: int) -> None:
        """Hold it longer and say how far it is, by the record's fields; raise LostLeaseError."""
        kept = _jobs(runtime, self._kind).update_one(
            {"_id": self.record_id, "lease_holder": self.holder},
            {"$set": {"lease_until": until(runtime.clock), **told}, "$inc": {"version": 1}},
        )
        if kept.matched_count != 1:
            raise LostLeaseError(self.record_id)

    def release(self, runtime: Runtime) -> None:
        """Let another worker take it at once; nothing happens when it is no longer held."""
        _jobs(runtime, self._kind).update_one(
            {"_id": self.record_id, "lease_holder": self.holder},
            {"$set": {"lease_holder": None, "lease_until": None}, "$inc": {"version": 1}},
        )


L = TypeVar("L", bound=Lease)


def until(clock: Clock) -> Any:
    """Return the instant until which a lease taken now holds."""
    return clock.now() + LEASE


def claim(
    runtime: Runtime, kind: type[Aggregate], *, lease: Callable[[str], L], begun: Callable[[str], str]
) -> L | None:
    """Take a job that has something to be done and nobody at it; None if there is none.

    *begun* says in which state a job is while it is worked on, by the state it was found in.
    """
    now = runtime.clock.now()
    for raw in _jobs(runtime, kind).find({"active": True}):
        if raw.get("lease_until") is not None and raw["lease_until"] > now:
            continue
        mine = lease(raw["_id"])
        taken = _jobs(runtime, kind).update_one(
            {"_id": raw["_id"], "version": raw["version"]},
            {
                "$set": {
                    "lease_holder": mine.holder,
                    "lease_until": until(runtime.clock),
                    "state": begun(raw["state"]),
                },
                # A lease that ran out instead of being given back means that its worker died.
                "$inc": {"version": 1, "attempts": 1 if raw.get("lease_holder") else 0},
            },
        )
        if taken.matched_count == 1:
            return mine
    return None


def _jobs(runtime: Runtime, kind: type[Aggregate]) -> Any:
    return runtime.base.collection(kind.kind())
