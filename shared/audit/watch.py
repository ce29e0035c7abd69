"""Each worker checks its service's chain by itself, once a day and in small steps; what it finds is a link as well.

So a result is kept as safely as anything else, and reaches the auditors by the way of all links. It carries the hash of
the last good link: whoever kept a copy of the chain sees whether its past was written anew and made consistent again.
"""

from __future__ import annotations

import re
import uuid
from datetime import datetime, timedelta

import msgspec
from prometheus_client import Gauge

from shared.access.actor import Context, system_actor
from shared.audit.verify import STEP, Verification, at_head, head_of, walk
from shared.clock import Clock
from shared.store.connection import Document, Store
from shared.store.unit_of_work import Transaction, UnitOfWork

VERIFIED, BROKEN = "audit.verified", "audit.broken"
EVERY = timedelta(days=1)
STEPS_AT_ONCE = 10
_CHECKS = "audit_checks"
_ROUND = "round"
ENTRIES = Gauge("khoi_audit_entries", "Entries of the audit chain", ["service"])
CHECKED = Gauge("khoi_audit_checked", "Entries of the chain that the newest round has checked", ["service"])
INTACT = Gauge("khoi_audit_intact", "0 when the last round that ended found a broken link", ["service"])


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What an earlier check found, as its link tells."""

    good_up_to: int
    hash: str
    broken_at: int | None
    why: str | None


def record_result(tx: Transaction, found: Verification) -> None:
    """Put what a check found into the chain that was checked."""
    good = f"{found.entries} {found.hash}"
    if found.intact:
        tx.record(VERIFIED, tx.store.service, after=good)
    else:
        tx.record(BROKEN, tx.store.service, before=good, after=f"{found.broken_at} {found.why}")


def result_in(action: str, before: str | None, after: str | None) -> Result | None:
    """Read a result back from the link that tells of it; None when the link is about something else."""
    if action not in {VERIFIED, BROKEN}:
        return None
    good = re.fullmatch(r"(\d{1,18}) ([0-9a-f]{64})", (after if action == VERIFIED else before) or "")
    told = re.fullmatch(r"(\d{1,18}) (.{1,200})", after or "") if action == BROKEN else None
    if good is None or (action == BROKEN and told is None):
        return None
    return Result(
        good_up_to=int(good[1]),
        hash=good[2],
        broken_at=None if told is None else int(told[1]),
        why=None if told is None else told[2],
    )


def watch(store: Store, unit_of_work: UnitOfWork, clock: Clock) -> None:
    """Go on with the round of today, some thousand links at most; record the result at its end."""
    checks, now = store.collection(_CHECKS), clock.now()
    known = checks.find_one({"_id": _ROUND})
    last, head = head_of(store)
    _tell(store, last, known)
    if known is not None and known["ended_at"] is not None and not _is_over(known["ended_at"], now):
        return
    found = _reached(known)
    if last == 0:
        return
    for _ in range(STEPS_AT_ONCE):
        if not found.intact or found.entries >= last:
            break
        found = walk(store, after=found, up_to=min(found.entries + STEP, last))
    at_end = not found.intact or found.entries >= last
    if at_end and found.intact:
        found = at_head(store, found, last=last, head=head)
    state: Document = {
        "entries": found.entries,
        "hash": found.hash,
        "ended_at": now if at_end else None,
        # What the last round to end found: a broken chain stays told of while the next one walks.
        "intact": found.intact if at_end else (known or {}).get("intact", True),
    }
    checks.replace_one({"_id": _ROUND}, {"_id": _ROUND, **state}, upsert=True)
    _tell(store, last, state)
    if at_end:
        identifier = f"watch-{uuid.uuid4()}"
        context = Context(
            actor=system_actor(store.service),
            request_id=identifier,
            correlation_id=identifier,
            role="service",
        )
        unit_of_work.run(context, lambda tx: record_result(tx, found))


def _tell(store: Store, last: int, state: Document | None) -> None:
    """Tell Prometheus how long the chain is, how far the round has come, and what the last one found."""
    ENTRIES.labels(store.service).set(last)
    if state is not None:
        CHECKED.labels(store.service).set(int(state["entries"]))
    INTACT.labels(store.service).set(1 if state is None or state.get("intact", True) else 0)


def _is_over(ended_at: datetime, now: datetime) -> bool:
    return now - ended_at >= EVERY


def _reached(known: Document | None) -> Verification:
    """Return how far the round is; a new one begins at the first link."""
    if known is None or known["ended_at"] is not None:
        return Verification(entries=0, intact=True)
    return Verification(entries=int(known["entries"]), hash=str(known["hash"]), intact=True)
