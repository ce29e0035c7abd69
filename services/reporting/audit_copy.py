"""The copy of all services' audit chains, made by their events: kept as it came, checked as it comes.

It is no projection: a rebuild would take today's chains for those of the time. Whoever changes a chain later, however
consistently, finds the copy saying something else.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from pymongo import ReplaceOne

from services.reporting.domain.audit_chain import Chain, Verified
from shared.audit.chain import AuditEntry, hash_of
from shared.audit.watch import result_in
from shared.events.catalogue.audit import AuditEntryKept, AuditEntryMissing
from shared.events.envelope import Event
from shared.events.registry import Fact
from shared.store.connection import Document, Store
from shared.store.indexes import Index
from shared.store.unit_of_work import Transaction

ENTRIES, CHAINS = "audit_entries", "audit_chains"
SERVICES = ("members", "reviews", "notifications", "reporting")
FILTERS = ("member_id", "subject", "action", "actor", "service")
INDEXES = (
    Index(ENTRIES, (("order", 1),), unique=True),
    *(Index(ENTRIES, ((name, 1), ("order", 1))) for name in FILTERS),
)
_FAR_MS = 10**14
_FAR = 10**12


def entry_id(service: str, number: int) -> str:
    """Return the id of link *number* of a service's chain."""
    return f"{service}:{number:012d}"


def order_of(at: datetime, service: str = "", number: int = _FAR) -> str:
    """Return the sort key, newest first; without a link: before everything of that instant."""
    return f"{_FAR_MS - int(at.timestamp() * 1000):014d}-{_FAR - number:012d}-{service}"


def keep(tx: Transaction, batch: Sequence[tuple[Event, Fact]]) -> None:
    """Add the links of *batch* to the copy, and judge each by the one before it."""
    links = [(event, fact) for event, fact in batch if isinstance(fact, AuditEntryKept | AuditEntryMissing)]
    if not links:
        return
    chains: dict[str, Chain] = {}
    entries: list[Document] = []
    for event, fact in links:
        service = event.source.rsplit("/", 1)[-1].removesuffix("-audit")
        if service not in chains:
            chains[service] = stored_chain(
                tx.collection(CHAINS).find_one({"_id": service}, session=tx.session)
            )
        if isinstance(fact, AuditEntryMissing):
            chains[service] = chains[service].without_link(fact.number)
            continue
        chains[service] = _grown(chains[service], fact)
        entries.append(_document(service, fact))
    if entries:
        tx.collection(ENTRIES).insert_many(entries, session=tx.session)
    now = tx.clock.now()
    tx.collection(CHAINS).bulk_write(
        [
            ReplaceOne(
                {"_id": service},
                {"_id": service, "chain": msgspec.to_builtins(chain), "received_at": now},
                upsert=True,
            )
            for service, chain in chains.items()
        ],
        session=tx.session,
    )


def _grown(chain: Chain, fact: AuditEntryKept) -> Chain:
    told = result_in(fact.action, fact.before, fact.after)
    verified = None
    if told is not None:
        verified = Verified(
            at=fact.at,
            good_up_to=told.good_up_to,
            hash=told.hash,
            broken_at=told.broken_at,
            why=told.why,
        )
    return chain.with_link(
        number=fact.number,
        at=fact.at,
        previous=fact.previous,
        hash=fact.hash,
        sound=not fact.checkable or hash_made_again(fact) == fact.hash,
        verified=verified,
    )


def hash_made_again(fact: AuditEntryKept) -> str:
    """Return the hash that a link must have that says what *fact* says."""
    entry = AuditEntry(
        **{name: getattr(fact, name) for name in AuditEntry.__struct_fields__ if name != "reason"},
        reason=None,
    )
    return hash_of(fact.number, fact.previous, entry, fact.reason_digest)


def _document(service: str, fact: AuditEntryKept) -> Document:
    return {
        "_id": entry_id(service, fact.number),
        "order": order_of(fact.at, service, fact.number),
        "service": service,
        **msgspec.structs.asdict(fact),
    }


def stored_chain(raw: Document | None) -> Chain:
    """Return the chain as it is kept; an empty one where nothing came yet."""
    return Chain() if raw is None else msgspec.convert(raw["chain"], Chain)


def chains(store: Store) -> list[Document]:
    """Return how the chain of each service stands: received and checked up to where, and what is wrong with it."""
    kept = {raw["_id"]: raw for raw in store.collection(CHAINS).find()}
    found = []
    for service in SERVICES:
        raw = kept.get(service)
        chain = stored_chain(raw)
        copy = _copy_hash(store, service, chain)
        state, faults = chain.judged(copy)
        found.append(
            {
                "service": service,
                "state": state,
                "received": chain.number,
                "newest_at": chain.at,
                "received_at": None if raw is None else raw["received_at"],
                "missing": list(chain.missing),
                "missing_count": chain.missing_count,
                "faults": [msgspec.to_builtins(fault) for fault in faults],
                "verified": None if chain.verified is None else msgspec.to_builtins(chain.verified),
            }
        )
    return found


def _copy_hash(store: Store, service: str, chain: Chain) -> str | None:
    """Return the copy's hash of the link up to which the service says that its chain is good."""
    if chain.verified is None or chain.verified.good_up_to == 0:
        return None
    found: Any = store.collection(ENTRIES).find_one(
        {"_id": entry_id(service, chain.verified.good_up_to)}, ["hash"]
    )
    return None if found is None else str(found["hash"])
