"""Take in a list for its comparison with the roll."""

from __future__ import annotations

from datetime import date

from services.members.documents import Reconciliation
from shared.imports.record import author_of
from shared.store.unit_of_work import Transaction


def start(
    tx: Transaction,
    *,
    reconciliation_id: str,
    organization_id: str,
    counterpart: str,
    as_of: date,
    file_id: str,
    file_name: str,
    sha256: str,
) -> Reconciliation:
    """Keep a list of the level *counterpart* (``above``, ``below``) for the worker to compare."""
    made = Reconciliation(
        id=reconciliation_id,
        organization_id=organization_id,
        counterpart=counterpart,
        as_of=as_of,
        state="waiting",
        active=True,
        file_id=file_id,
        file_name=file_name,
        sha256=sha256,
        author=author_of(tx.context),
        started_at=tx.clock.now(),
    )
    tx.record("reconciliation.start", reconciliation_id, organization=organization_id, after=sha256)
    tx.insert(made)
    return made
