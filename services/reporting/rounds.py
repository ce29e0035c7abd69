"""Reading the rounds of the pipeline: what each told, and where the cells stood on the days that count."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import msgspec

from services.reporting import queries
from services.reporting.domain.moved_organizations import MovedOrganizations
from services.reporting.domain.period import Period
from services.reporting.domain.rounds import CellPlaces, Round, Standing, asked_on, standing
from services.reporting.projection import organizations
from shared.store.connection import Document, Store


def standings(
    store: Store, organization: queries.Organization, *, period: Period, as_of: date
) -> list[Standing]:
    """Return the rounds that ask cells of an organisation and touch a period or are open, oldest first."""
    known = [each for each in _known(store, organization, as_of) if each.touches(period, as_of)]
    if not known:
        return []
    cells = _cells(store)
    moved = queries.moved_organizations(store, known_on=as_of)
    return [
        standing(each, _places(cells, moved, each, as_of), on=as_of)
        for each in sorted(known, key=lambda each: (each.opened_on, each.round_id))
    ]


def rounds_held(store: Store, organization: queries.Organization, *, period: Period, as_of: date) -> int:
    """Return how many rounds that ask cells of an organisation ran in a period — *số đợt rà soát*."""
    return sum(each.ran_in(period, as_of) for each in _known(store, organization, as_of))


def _known(store: Store, organization: queries.Organization, as_of: date) -> list[Round]:
    return [
        found
        for document in queries.rounds_of(store, organization)
        if (told := _told(document)) is not None and (found := told.as_known(as_of)) is not None
    ]


def _told(document: Document) -> Round | None:
    """Return what a round told; None while only reports of its cells have arrived."""
    entries = document["history"]
    opened = next((entry for entry in entries if entry["event"] == "RoundOpened"), None)
    if opened is None:
        return None
    closed: Document = next((entry for entry in entries if entry["event"] == "RoundClosed"), {})
    reports = [
        {"path": entry["organization_path"], "on": entry["on"], "recorded_at": entry["recorded_at"]}
        for entry in entries
        if entry["event"] == "CellReviewReported"
    ]
    return msgspec.convert(
        {
            "round_id": document["_id"],
            "name": opened["name"],
            "organization_id": opened["organization_path"][-1],
            "opened_on": opened["on"],
            "opened_at": opened["recorded_at"],
            "due_on": opened["due_on"],
            **{name: opened[name] for name in ("cells_founded", "cells_dissolved") if name in opened},
            "closed_on": closed.get("on"),
            "closed_at": closed.get("recorded_at"),
            "reports": reports,
        },
        Round,
    )


def _cells(store: Store) -> list[queries.Organization]:
    found = store.collection(organizations.COLLECTION).find({"versions.is_cell": True}, {"history": 0})
    return [queries.read_organization(document) for document in found]


def _places(
    cells: Sequence[queries.Organization], moved: MovedOrganizations, known: Round, as_of: date
) -> list[CellPlaces]:
    asked = asked_on(known, as_of)
    due = min(known.due_on, asked)
    return [
        CellPlaces(
            cell_id=cell.id,
            by_due_day=_place(cell, moved, due, as_of),
            when_asked=_place(cell, moved, asked, as_of),
            when_opened=_place(cell, moved, known.opened_on, as_of),
            before_its_end=_place(cell, moved, ended - timedelta(days=1), as_of)
            if (ended := cell.dissolved_on(known_on=as_of)) is not None and known.opened_on < ended <= asked
            else (),
        )
        for cell in cells
    ]


def _place(cell: queries.Organization, moved: MovedOrganizations, day: date, as_of: date) -> tuple[str, ...]:
    """Return where a cell stood on a day as known on another; nothing before it was founded or after its end."""
    version = cell.version_on(day, known_on=as_of)
    if version is None or not version.is_cell or version.on > day:
        return ()
    ended = cell.dissolved_on(known_on=as_of)
    if ended is not None and ended <= day:
        return ()
    return moved.place_on(version.path, day)
