"""Reads of the read model. Their cost follows the number of cases asked about, never the number of members."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import msgspec

from services.reporting.documents import read_stored
from services.reporting.domain.case_facts import CaseFacts, end_of_day
from services.reporting.domain.funnel import CellReport
from services.reporting.domain.moved_organizations import (
    Ending,
    MovedOrganizations,
    OrganizationVersion,
)
from services.reporting.domain.period import Period
from services.reporting.domain.pipeline import Passage, Step
from services.reporting.domain.published_figures import PublishedBeside
from services.reporting.domain.screening_report import Applied, ReportedOrganization
from services.reporting.domain.small_organizations import Rolls, RollsOfDays
from services.reporting.levels import level_name, tree_order
from services.reporting.projection import cases, members, organizations, rounds, transfers
from services.reporting.projection.batch import READ_AT_ONCE
from services.reporting.projection.cases import facts_of
from shared.bus.progress import applied as applied_events
from shared.store.connection import Document, Store
from shared.store.errors import MissingError

EVER = date(9000, 1, 1)
"""A day by whose end everything is known."""


@dataclass(frozen=True, slots=True)
class Organization:
    """An organisation as the read model knows it."""

    id: str
    path: tuple[str, ...]
    """Its place today: what the access table decides by."""
    versions: tuple[OrganizationVersion, ...]
    endings: tuple[Ending, ...] = ()

    def dissolved_on(self, *, known_on: date) -> date | None:
        """Return the day from which it no longer exists, as known at the end of another; None while it does."""
        known = [each for each in self.endings if each.recorded_at < end_of_day(known_on)]
        return max(known, key=lambda each: each.recorded_at).on if known else None

    def version_on(self, day: date, *, known_on: date) -> OrganizationVersion | None:
        """Return the version in force on a day as known at the end of another; its first one before that."""
        cut = end_of_day(known_on)
        known = [version for version in self.versions if version.recorded_at < cut] or self.versions
        earlier = [version for version in known if version.on <= day]
        return earlier[-1] if earlier else next(iter(known), None)


def organization(store: Store, organization_id: str) -> Organization:
    """Return an organisation; raise MissingError."""
    return organizations_of(store, [organization_id])[organization_id]


def organizations_of(store: Store, ids: Iterable[str]) -> dict[str, Organization]:
    """Return organisations by id, their places as the moves of their superiors left them; raise MissingError."""
    wanted = list(dict.fromkeys(ids))
    found = store.collection(organizations.COLLECTION).find({"_id": {"$in": wanted}}, {"history": 0})
    documents = {document["_id"]: document for document in found}
    for organization_id in wanted:
        if organization_id not in documents:
            raise MissingError("organization", organization_id)
    moved = moved_organizations(store, known_on=date.max)
    return {
        organization_id: Organization(
            id=organization_id,
            path=moved.place_on(tuple(document["path"]), date.max),
            versions=organizations.versions_of(document),
            endings=organizations.endings_of(document),
        )
        for organization_id, document in documents.items()
    }


def find_organization(store: Store, text: str) -> str | None:
    """Return the id of the organisation that a text names by id or by its present name; None for none or several."""
    found = list(
        store.collection(organizations.COLLECTION).find({"$or": [{"_id": text}, {"name": text}]}, ["_id"])
    )
    by_id = [document["_id"] for document in found if document["_id"] == text]
    ids = by_id or [document["_id"] for document in found]
    return str(ids[0]) if len(ids) == 1 else None


def read_organization(document: Document) -> Organization:
    """Return the organisation of a document, its path as it was told last."""
    return Organization(
        id=document["_id"],
        path=tuple(document["path"]),
        versions=organizations.versions_of(document),
        endings=organizations.endings_of(document),
    )


def names_on(store: Store, ids: Iterable[str], day: date) -> dict[str, str]:
    """Return what organisations were called on a day; the id of one that is not known."""
    wanted = sorted(set(ids))
    versions = {
        document["_id"]: read_organization(document).version_on(day, known_on=day)
        for start in range(0, len(wanted), READ_AT_ONCE)
        for document in store.collection(organizations.COLLECTION).find(
            {"_id": {"$in": wanted[start : start + READ_AT_ONCE]}}, {"history": 0}
        )
    }
    return {id_: version.name if (version := versions.get(id_)) is not None else id_ for id_ in wanted}


def subordinates(store: Store, organization_id: str, *, period: Period, as_of: date) -> list[Organization]:
    """Return the organisations that stood directly below one at any time of a period, as known at the end of a day."""
    found = store.collection(organizations.COLLECTION).find(
        {"versions.parent_id": organization_id}, {"history": 0}
    )
    moved = moved_organizations(store, known_on=date.max)
    until = min(period.ends_on, as_of)
    standing = []
    for document in found:
        below = Organization(
            id=document["_id"],
            path=moved.place_on(tuple(document["path"]), date.max),
            versions=organizations.versions_of(document),
            endings=organizations.endings_of(document),
        )
        ended = below.dissolved_on(known_on=as_of)
        days = (period.starts_on, *(version.on for version in below.versions if version.on in period), until)
        if (ended is None or ended >= period.starts_on) and any(
            version.parent_id == organization_id
            for day in days
            if (version := below.version_on(day, known_on=as_of)) is not None and version.on <= until
        ):
            standing.append(below)
    return sorted(standing, key=lambda each: each.id)


@dataclass(frozen=True, slots=True)
class StandingOrganization:
    """An organisation that stands today — *tổ chức đang hoạt động*."""

    id: str
    path: tuple[str, ...]
    name: str
    level: str
    is_cell: bool


def standing_organizations(store: Store) -> dict[str, StandingOrganization]:
    """Return every organisation that is not dissolved, by id, in the order of the tree."""
    moved = moved_organizations(store, known_on=date.max)
    found = store.collection(organizations.COLLECTION).find(
        {"dissolved_on": None}, ["path", "name", "level", "is_cell"]
    )
    standing = [
        StandingOrganization(
            id=document["_id"],
            path=moved.path_on(tuple(document["path"]), date.max),
            name=document["name"] or document["_id"],
            level=document["level"] or "",
            is_cell=bool(document["is_cell"]),
        )
        for document in found
    ]
    standing.sort(key=lambda each: tree_order(each.level, each.name, each.id))
    return {each.id: each for each in standing}


def rolls(store: Store, days: Iterable[date]) -> RollsOfDays:
    """Return how many members each organisation had at the end of some days, by the tree of that day.

    An organisation of a later day is none of that one, unless members stood in it by then; one that was dissolved
    before has no members.
    """
    found = list(store.collection(organizations.COLLECTION).find({}, ["path", "versions.on"]))
    moved = moved_organizations(store, known_on=date.max)
    today = list(
        store.collection(members.COLLECTION).aggregate(
            [{"$match": {"status": {"$ne": None}}}, {"$group": {"_id": "$cell", "members": {"$sum": 1}}}]
        )
    )

    def on(day: date) -> Rolls:
        cells = Counter({each["_id"]: each["members"] for each in today})
        # Those whose standing is of a later day are few where the day is near: the others are counted by the store.
        for document in store.collection(members.COLLECTION).find({"history.on": {"$gt": day.isoformat()}}):
            cells[document["cell"]] -= document["status"] is not None
            standing = members.standing_on(document["history"], day)
            cells[standing["cell"]] += standing["status"] is not None
        paths = {
            document["_id"]: moved.place_on(tuple(document["path"]), day)
            for document in found
            if cells[document["_id"]]
            or not document["versions"]
            or document["versions"][0]["on"] <= day.isoformat()
        }
        return Rolls(paths, {cell: count for cell, count in cells.items() if cell is not None})

    return RollsOfDays([on(day) for day in sorted(set(days))])


def reported(store: Store, found: Organization, *, on: date, known_on: date) -> ReportedOrganization:
    """Return what heads a report: name and level as of *on*, and the name of the organisation above then."""
    version = found.version_on(on, known_on=known_on)
    superior_name = None
    above = version.path[:-1] if version is not None else ()
    if above:
        document = store.collection(organizations.COLLECTION).find_one({"_id": above[-1]}, {"history": 0})
        if document is not None:
            superior = Organization(id=above[-1], path=above, versions=organizations.versions_of(document))
            standing = superior.version_on(on, known_on=known_on)
            superior_name = standing.name if standing is not None else None
    return ReportedOrganization(
        id=found.id,
        name=version.name if version is not None else found.id,
        level_name=level_name(version.level) if version is not None else "",
        superior_name=superior_name,
    )


def moved_organizations(store: Store, *, known_on: date) -> MovedOrganizations:
    """Return the organisations that ever moved, as known at the end of a day (``date.max``: all that is known)."""
    collection = store.collection(organizations.COLLECTION)
    found = {document["_id"]: document for document in collection.find({"moved": True}, {"history": 0})}
    successors = sorted(organizations.successors_of(found.values()) - found.keys())
    if successors:
        for document in collection.find({"_id": {"$in": successors}}, {"history": 0}):
            found[document["_id"]] = document
    cut = end_of_day(min(known_on, EVER))
    return organizations.tree_of(found.values(), known_before=cut)


def case_facts(store: Store, organization_id: str, *, as_of: date) -> list[CaseFacts]:
    """Return the cases that ever stood under an organisation, as known at the end of a day, in the tree as it stood."""
    moved = moved_organizations(store, known_on=as_of)
    # An organisation that came under this one by a move brings cases whose recorded paths do not name it.
    anchors = [organization_id, *moved.standing_under(organization_id)]
    under: Any = organization_id if len(anchors) == 1 else {"$in": anchors}
    found = store.collection(cases.COLLECTION).find({"under": under}, {"facts": 1})
    return [moved.in_tree(facts_of(document).as_known(as_of)) for document in found]


def passages(store: Store, organization_id: str, *, as_of: date) -> list[Passage]:
    """Return the cases that ever stood under an organisation, with their steps, placed in the tree as it stood."""
    moved = moved_organizations(store, known_on=as_of)
    anchors = [organization_id, *moved.standing_under(organization_id)]
    wanted = ["facts", "history.event", "history.on", "history.recorded_at", "history.data"]
    found = store.collection(cases.COLLECTION).find({"under": {"$in": anchors}}, wanted)
    return [
        Passage(
            facts=moved.in_tree(facts_of(document).as_known(as_of)),
            steps=msgspec.convert(document["history"], tuple[Step, ...]),
        )
        for document in found
    ]


def transfers_under(store: Store, organization_id: str, *, on: date) -> list[Document]:
    """Return the transfers from or to an organisation that are on the way at the end of a day."""
    found = store.collection(transfers.COLLECTION).find({"under": organization_id}, {"history": 0})
    day = on.isoformat()
    return [
        document
        for document in found
        if document["started_on"] is not None
        and document["started_on"] <= day
        and (document["completed_on"] is None or document["completed_on"] > day)
    ]


def case(store: Store, case_id: str) -> Document:
    """Return a case of the read model; raise MissingError."""
    document = store.collection(cases.COLLECTION).find_one({"_id": case_id})
    if document is None:
        raise MissingError("case", case_id)
    return document


def cases_by_id(store: Store, ids: Iterable[str]) -> list[Document]:
    """Return cases without their events, sorted by id."""
    found = store.collection(cases.COLLECTION).find({"_id": {"$in": list(ids)}}, {"history": 0})
    return sorted(found, key=lambda document: str(document["_id"]))


def rounds_under(store: Store, organization: Organization) -> list[Document]:
    """Return the review rounds that touched an organisation or anything under it, newest first."""
    found = rounds_of(store, organization, ["history"])
    return sorted(found, key=lambda document: (document["opened_on"] or "", document["_id"]), reverse=True)


def rounds_of(store: Store, organization: Organization, without: Iterable[str] = ()) -> list[Document]:
    """Return the rounds opened at or above an organisation, and those that a cell under it reported to."""
    found = store.collection(rounds.COLLECTION).find(
        {"under": {"$in": list(organization.path)}}, dict.fromkeys(without, 0) or None
    )
    return [
        document
        for document in found
        # A round that is open above asks the cells here also while none of them has reported.
        if organization.id in document["under"]
        or (document["organization_path"] or [""])[-1] in organization.path
    ]


def cell_reports(store: Store, organization_id: str, *, as_of: date) -> list[CellReport]:
    """Return what cells reported of the rounds that touched an organisation, placed in the tree as it stood."""
    moved = moved_organizations(store, known_on=as_of)
    anchors = [organization_id, *moved.standing_under(organization_id)]
    found = store.collection(rounds.COLLECTION).find({"under": {"$in": anchors}}, ["history"])
    reports = []
    for document in found:
        for entry in document["history"]:
            if entry["event"] == "CellReviewReported":
                on = date.fromisoformat(entry["on"])
                reports.append(
                    CellReport(
                        round_id=document["_id"],
                        path=moved.path_on(tuple(entry["organization_path"]), on),
                        on=on,
                        recorded_at=msgspec.convert(entry["recorded_at"], datetime),
                        reviewed=entry["reviewed"],
                    )
                )
    return reports


def published_beside(store: Store, organization_id: str) -> tuple[PublishedBeside, ...]:
    """Return the published figures of an organisation, oldest publication first."""
    found = store.collection("published_figures").find({"organization_id": organization_id}, ["figures"])
    published = sorted(
        (read_stored(document["figures"]) for document in found),
        key=lambda figures: (figures.source.published_on, figures.source.title),
    )
    return tuple(PublishedBeside.of(figures) for figures in published)


def applied(store: Store) -> dict[str, Applied]:
    """Return how far the read model is with each producing service; audit chains are no part of it."""
    found = {source.rsplit("/", 1)[-1]: reached for source, reached in applied_events(store).items()}
    return {
        source: Applied(events=reached.events, time=reached.time)
        for source, reached in found.items()
        if not source.endswith("-audit")
    }
