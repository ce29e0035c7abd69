"""Who stands in which relation to a case, as events told it: helpers of cases, working groups of organisations."""

from __future__ import annotations

from collections.abc import Sequence

from shared.events.catalogue.members import WorkingGroupChanged, WorkingGroupEstablished
from shared.events.registry import Fact
from shared.store.indexes import Index
from shared.store.unit_of_work import Transaction

HELPERS = "case_helpers"
GROUPS = "working_groups"
INDEXES = (Index(GROUPS, (("organization_ids", 1),)),)


def helpers_of(tx: Transaction, case_id: str | None, fact: Fact) -> list[str]:
    """Return the helpers of a case; remember those that *fact* assigns."""
    if case_id is None:
        return []
    assigned: list[str] | None = getattr(fact, "helpers", None)
    if assigned is None:
        known = tx.collection(HELPERS).find_one({"_id": case_id}, session=tx.session)
        return list(known["helpers"]) if known else []
    tx.collection(HELPERS).replace_one(
        {"_id": case_id}, {"_id": case_id, "helpers": assigned}, upsert=True, session=tx.session
    )
    return assigned


def follow_group(tx: Transaction, fact: WorkingGroupEstablished | WorkingGroupChanged) -> None:
    """Remember which organisations a working group goes with; an ended one goes with none."""
    ended = isinstance(fact, WorkingGroupChanged) and fact.change == "ended"
    group = {"_id": fact.group_id, "organization_ids": [] if ended else fact.organization_ids}
    tx.collection(GROUPS).replace_one({"_id": fact.group_id}, group, upsert=True, session=tx.session)


def accompanied(tx: Transaction, path: Sequence[str]) -> list[str]:
    """Return the organisations of *path* that a working group goes with."""
    if not path:
        return []
    groups = tx.collection(GROUPS).find({"organization_ids": {"$in": list(path)}}, session=tx.session)
    assigned = {each for group in groups for each in group["organization_ids"]}
    return [each for each in path if each in assigned]
