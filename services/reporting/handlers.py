"""What reporting does with events: whole batches into the read model, links of audit chains into their copy."""

from __future__ import annotations

from collections.abc import Sequence

from services.reporting.audit_copy import keep
from services.reporting.projection.batch import apply_batch
from shared.events.envelope import Event
from shared.events.registry import Fact
from shared.store.unit_of_work import Transaction


def _apply(tx: Transaction, batch: Sequence[tuple[Event, Fact]]) -> None:
    apply_batch(tx, batch)
    keep(tx, batch)


BATCH_HANDLER = _apply
"""Every event of ``members`` and ``reviews`` that reports need, and every link; others only move the inbox on."""
