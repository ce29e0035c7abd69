"""Reads of working groups: which there are, and which organisations each had on a day."""

from __future__ import annotations

from datetime import date
from typing import Any

from services.members.documents import Organization, WorkingGroup
from shared.access.actor import Actor
from shared.access.working_groups import InForce, narrowed, places_named
from shared.service import Runtime
from shared.store.connection import Document, Store
from shared.store.errors import MissingError
from shared.store.indexes import Index
from shared.store.pages import Page, page_of

INDEXES = (Index("working_groups", (("organization_ids", 1),)),)


def group(store: Store, group_id: str) -> Document:
    """Return the document of a working group; raise MissingError."""
    found = store.collection(WorkingGroup.kind()).find_one({"_id": group_id})
    if found is None:
        raise MissingError(WorkingGroup.kind(), group_id)
    return found


def paths(store: Store, organization_ids: list[str]) -> list[list[str]]:
    """Return the present paths of organisations; raise MissingError for one that never was."""
    found = {
        raw["_id"]: list(raw["path"])
        for raw in store.collection(Organization.kind()).find({"_id": {"$in": organization_ids}}, ["path"])
    }
    for each in organization_ids:
        if each not in found:
            raise MissingError(Organization.kind(), each)
    return [found[each] for each in organization_ids]


def groups(
    store: Store,
    *,
    visible: frozenset[str] | None,
    organization: str | None,
    as_of: date | None,
    after: str | None,
    limit: int,
) -> Page[Document]:
    """Return one page of working groups, oldest first.

    *organization* narrows to those that have it or one above it among their own; *visible* to those with
    anything in these subtrees. With *as_of* only those that stood on that day, as they were then.
    """
    bounds: list[Document] = []
    if organization is not None:
        [line] = paths(store, [organization])
        bounds.append({"organization_ids": {"$in": line}})
    if visible is not None:
        bounds.append({"organization_ids": {"$in": _around(store, visible)}})
    if as_of is not None:
        day = as_of.isoformat()
        bounds.append({"mandates.from": {"$lte": day}})
        bounds.append({"$or": [{"ended_on": {"$exists": False}}, {"ended_on": {"$gt": day}}]})
    return page_of(
        store.collection(WorkingGroup.kind()),
        {"$and": bounds} if bounds else {},
        order_by="_id",
        after=after,
        limit=limit,
    )


def state_of(raw: Document, as_of: date | None = None) -> dict[str, Any]:
    """Return a working group as the API shows it, now or by the decision that held on *as_of*."""
    mandate = raw["mandates"][-1]
    if as_of is not None:
        day = as_of.isoformat()
        mandate = next(
            (each for each in reversed(raw["mandates"]) if each["from"] <= day), raw["mandates"][0]
        )
    return {
        "id": raw["_id"],
        "name": mandate["name"],
        "organization_ids": mandate["organization_ids"],
        "member_ids": mandate["member_ids"],
        "leader_id": mandate.get("leader_id"),
        "established_on": raw["established_on"],
        "ended_on": raw.get("ended_on"),
        "in_force": raw["in_force"],
        "mandates": raw["mandates"],
        "version": raw["version"],
    }


def concerns(store: Store, raw: Document, roots: frozenset[str]) -> bool:
    """Say whether the group has anything at, above or below *roots*."""
    return not set(raw["organization_ids"]).isdisjoint(_around(store, roots))


def _around(store: Store, roots: frozenset[str]) -> list[str]:
    """Return the organisations at, above and below *roots*: whoever holds one may know who goes with it."""
    documents = list(store.collection(Organization.kind()).find({}, ["path"]))
    below = {raw["_id"] for raw in documents if not roots.isdisjoint(raw["path"])}
    above = {each for raw in documents if raw["_id"] in roots for each in raw["path"]}
    return sorted(below | above)


def narrow(runtime: Runtime, actor: Actor) -> Actor:
    """Return the actor with just those grants of the role that a group in force today bears out."""
    store, today = runtime.store, runtime.clock.today()
    day = today.isoformat()
    begun = store.collection(WorkingGroup.kind()).find({"mandates.from": {"$lte": day}})
    standing = [
        InForce(organization_ids=tuple(state["organization_ids"]), member_ids=frozenset(state["member_ids"]))
        for raw in begun
        if (raw.get("ended_on") or "9999-12-31") > day
        for state in [state_of(raw, today)]
    ]
    wanted = sorted(places_named(actor, standing))
    found = store.collection(Organization.kind()).find({"_id": {"$in": wanted}}, ["path"])
    return narrowed(actor, standing, {raw["_id"]: raw["path"] for raw in found})
