"""Events of the audit chains: each service publishes its own links, for one view of all. Ids, no reason's text."""

from __future__ import annotations

from datetime import datetime

from shared.events.registry import Fact, event


@event("audit")
class AuditEntryKept(Fact, frozen=True, kw_only=True):
    """Dòng nhật ký kiểm toán: one link of a service's chain, with what its hash was made over."""

    number: int
    """Its place in the chain, from 1 without gaps."""
    at: datetime
    actor: str
    role: str | None
    organization: str | None
    action: str
    subject: str
    member_id: str | None
    before: str | None
    after: str | None
    request_id: str
    reason_digest: str | None
    """Stands for the reason; its text is read in the service itself."""
    previous: str
    """The hash of the link before."""
    hash: str
    checkable: bool = True
    """Whether the hash can be made again from this; not for early links that carry a reason."""


@event("audit")
class AuditEntryMissing(Fact, frozen=True, kw_only=True):
    """Dòng nhật ký bị mất: the chain has no link of that number any more."""

    number: int
