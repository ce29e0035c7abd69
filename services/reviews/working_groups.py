"""Đoàn công tác: which organisations a working group follows from which day and who is in it, by the members topic."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from services.reviews.roster import TREE
from shared.access.actor import Actor
from shared.access.working_groups import InForce, narrowed, places_named
from shared.events.catalogue.members import WorkingGroupChanged, WorkingGroupEstablished
from shared.service import Runtime
from shared.store.connection import Document, Store
from shared.store.errors import MissingError
from shared.store.indexes import Index
from shared.store.unit_of_work import Transaction

GROUPS = "working_groups"
INDEXES = (Index(GROUPS, (("mandates.member_ids", 1),)),)
GroupFact = WorkingGroupEstablished | WorkingGroupChanged


def follow_groups(tx: Transaction, facts: Iterable[GroupFact]) -> None:
    """Take over what *facts* say of working groups, in their order; told again it changes nothing."""
    collection = tx.collection(GROUPS)
    for fact in facts:
        found = collection.find_one({"_id": fact.group_id}, session=tx.session)
        group = found or {"_id": fact.group_id, "mandates": [], "ended_on": None}
        on = fact.on.isoformat()
        if isinstance(fact, WorkingGroupChanged) and fact.change == "ended":
            group["ended_on"] = on
        if not group["mandates"] or group["ended_on"] is None:
            mandate = {
                "from": on,
                "name": fact.name,
                "organization_ids": fact.organization_ids,
                "member_ids": fact.member_ids,
            }
            others = [each for each in group["mandates"] if each["from"] != on]
            group["mandates"] = sorted([*others, mandate], key=lambda each: str(each["from"]))
        collection.replace_one({"_id": fact.group_id}, group, upsert=True, session=tx.session)


def group_of(store: Store, group_id: str) -> Document:
    """Return a working group; raise MissingError."""
    found = store.collection(GROUPS).find_one({"_id": group_id})
    if found is None:
        raise MissingError(GROUPS, group_id)
    return found


def groups(store: Store) -> list[Document]:
    """Return every working group: a deployment has a handful."""
    return sorted(store.collection(GROUPS).find({}), key=lambda raw: str(raw["_id"]))


def mandate_on(group: Document, day: date) -> Document | None:
    """Return the decision by which the group stood on that day; None before its first and from its end."""
    iso = day.isoformat()
    if group["ended_on"] is not None and group["ended_on"] <= iso:
        return None
    return next((each for each in reversed(group["mandates"]) if each["from"] <= iso), None)


def narrow(runtime: Runtime, actor: Actor) -> Actor:
    """Return the actor with just those grants of the role that a group in force today bears out."""
    today = runtime.clock.today()
    standing = [
        InForce(
            organization_ids=tuple(mandate["organization_ids"]), member_ids=frozenset(mandate["member_ids"])
        )
        for group in groups(runtime.store)
        if (mandate := mandate_on(group, today)) is not None
    ]
    wanted = sorted(places_named(actor, standing))
    found = runtime.store.collection(TREE).find({"_id": {"$in": wanted}}, ["path"])
    return narrowed(actor, standing, {raw["_id"]: raw["path"] for raw in found})
