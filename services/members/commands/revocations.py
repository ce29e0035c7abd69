"""Revoke access (thu hồi quyền truy cập): for whoever has just taken a role away at the identity provider."""

from __future__ import annotations

from datetime import UTC, datetime

from services.members.documents import Revocation
from services.members.domain.revocation import revocation_problems
from services.members.refusals import RefusedError
from shared.access.revoked import forgotten_at
from shared.events.catalogue.members import AccessRevoked
from shared.ids import new_id
from shared.store.unit_of_work import Transaction


def revoke(tx: Transaction, *, subject: str, issued_before: datetime | None, reason: str) -> Revocation:
    """Let tokens of *subject* issued before an instant (None: now) count no more; raise RefusedError."""
    now = tx.clock.now()
    before = issued_before or now
    if found := revocation_problems(before, now=now):
        raise RefusedError(found)
    before = before.astimezone(UTC)
    before = before.replace(microsecond=before.microsecond // 1000 * 1000)  # Mongo keeps no more
    revocation = Revocation(
        id=new_id(), subject=subject, issued_before=before, until=forgotten_at(before), revoked_at=now
    )
    tx.emit(
        revocation,
        AccessRevoked(
            revocation_id=str(revocation.id),
            subject=subject,
            issued_before=before,
            until=forgotten_at(before),
        ),
    )
    tx.record("access.revoke", subject, reason=reason, after=str(revocation.id))
    tx.insert(revocation)
    return revocation
