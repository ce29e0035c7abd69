"""Who works on an import: one worker at a time, for as long as it keeps saying so."""

from __future__ import annotations

from functools import partial

from shared.imports.record import Import
from shared.jobs import lease as jobs
from shared.jobs.lease import LEASE, LostLeaseError, until
from shared.service import Runtime

__all__ = ["LEASE", "Lease", "LostLeaseError", "claim", "until"]


class Lease(jobs.Lease):
    """The right to work on one import."""

    @property
    def import_id(self) -> str:
        """Return the id of the import."""
        return self.record_id

    def renew(self, runtime: Runtime, *, progress: int, total: int) -> None:
        """Hold it longer and say how many rows of how many are read; raise LostLeaseError."""
        self.hold(runtime, progress=progress, total_rows=total)


def claim(runtime: Runtime, kind: type[Import]) -> Lease | None:
    """Take an import that has something to be done and nobody at it; None if there is none."""
    return jobs.claim(runtime, kind, lease=partial(Lease, kind), begun=_begun)


def _begun(state: str) -> str:
    return "executing" if state == "executing" else "previewing"
