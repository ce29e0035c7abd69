"""What reporting does with events: whole batches into the read model."""

from __future__ import annotations

from services.reporting.projection.batch import apply_batch

BATCH_HANDLER = apply_batch
"""Every event of ``members`` and ``reviews`` that reports need; others only move the inbox on."""
