"""Reads of the members service: plain documents, found by equality on an index."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from services.members.documents import AT_ROOT, Member, Organization, status_of, stays_of, versions_of
from services.members.domain.classification import LEVEL_VI, Level
from services.members.domain.organization import OrganizationTree, OrganizationVersion
from services.members.domain.stay import Stay, stay_on
from services.members.levels import SCHEME, level_name
from services.members.name_order import along
from services.members.tree import cells_in_order
from shared.names import name_tokens
from shared.store.connection import Document, Store
from shared.store.errors import MissingError
from shared.store.pages import BadCursorError, Page, decode_cursor, encode_cursor
from shared.text import fold

_ORGANIZATION_ROW = [
    "name", "code", "level", "is_cell", "parent_id", "path", "in_force", "established_on", "dissolved_on",
    "successor_id", "order", "version", "terms",
]  # fmt: skip
_NUMBER = re.compile(r"[\d\s.\-]{6,}")
_CURSOR_GAP = "\x1f"
_FEW_CELLS = 40
"""So many cells a search reads by their rolls, some hundred members at most."""
_USUAL_CELL = 13
"""Members of a usual cell: so many cells are read at once that a page is likely full and little is read in vain."""
_SMALL_CELL = 10
"""Members of a rather small cell: so many cells are read at once that a page is likely full."""


# -- organisations


def organization(store: Store, organization_id: str) -> Document:
    """Return the organisation's document; raise MissingError."""
    found = store.collection(Organization.kind()).find_one({"_id": organization_id})
    if found is None:
        raise MissingError(Organization.kind(), organization_id)
    return found


def organization_state(raw: Document) -> dict[str, Any]:
    """Return an organisation as the API shows it, as it stands now."""
    return {
        "id": raw["_id"],
        "name": raw["name"],
        "level": raw["level"],
        "level_name": level_name(raw["level"]),
        "is_cell": raw["is_cell"],
        "code": raw.get("code"),
        "parent_id": raw.get("parent_id"),
        "organization_path": raw["path"],
        "in_force": raw["in_force"],
        "established_on": raw["established_on"],
        "dissolved_on": raw.get("dissolved_on"),
        "successor_id": raw.get("successor_id"),
        "version": raw["version"],
    }


def organization_on(store: Store, raw: Document, day: date) -> dict[str, Any] | None:
    """Return an organisation as it stood on *day*, with the path of that day; None if it was not in force."""
    line: list[OrganizationVersion] = []
    current: Document | None = raw
    while current is not None:
        version = next((each for each in _history(current) if each.holds(day)), None)
        if version is None or any(each.organization_id == version.organization_id for each in line):
            return None
        line.append(version)
        current = (
            None
            if version.parent_id is None
            else store.collection(Organization.kind()).find_one({"_id": version.parent_id})
        )
    return _state_on(raw, line[0], [each.organization_id for each in reversed(line)], day)


def organizations(
    store: Store,
    *,
    roots: frozenset[str] | None,
    parent_id: str | None,
    code: str | None,
    q: str | None,
    after: str | None,
    limit: int,
) -> Page[dict[str, Any]]:
    """Return one page of the organisations in force now, by name; *parent_id* ``-`` means the root."""
    found = [
        raw
        for raw in _organizations_by(store, code=code, parent_id=parent_id)
        if raw["in_force"] and _within(raw["path"], roots) and _named(raw["terms"], q)
    ]
    return _page([(raw["order"], organization_state(raw)) for raw in found], after, limit)


def organizations_on(
    store: Store,
    day: date,
    *,
    roots: frozenset[str] | None,
    parent_id: str | None,
    code: str | None,
    q: str | None,
    after: str | None,
    limit: int,
) -> Page[dict[str, Any]]:
    """Return one page of the organisations as they stood on *day*; *parent_id* ``-`` means the root."""
    documents = {raw["_id"]: raw for raw in store.collection(Organization.kind()).find({})}
    tree = OrganizationTree(
        (version for raw in documents.values() for version in _history(raw)), levels=SCHEME
    )
    found: list[tuple[str, dict[str, Any]]] = []
    for version in tree.in_force(day):
        if parent_id is not None and (version.parent_id or "-") != parent_id:
            continue
        if (code is not None and version.code != code) or not _named(name_tokens(version.name), q):
            continue
        try:
            path = tree.path(version.organization_id, on=day)
        except LookupError:
            continue
        if _within(path, roots):
            state = _state_on(documents[version.organization_id], version, path, day)
            found.append((f"{fold(version.name)} {version.organization_id}", state))
    return _page(found, after, limit)


def versions(raw: Document) -> list[dict[str, Any]]:
    """Return the organisation's dated versions, oldest first."""
    return [dict(version) for version in raw["versions"]]


def _organizations_by(store: Store, *, code: str | None, parent_id: str | None) -> Iterator[Document]:
    collection = store.collection(Organization.kind())
    if code is not None:
        found = collection.find({"code": code}, _ORGANIZATION_ROW)
        return (raw for raw in found if parent_id in (None, raw.get("parent_id") or "-"))
    if parent_id is not None:
        wanted = None if parent_id == "-" else parent_id
        found = collection.find({"parents": wanted or AT_ROOT}, _ORGANIZATION_ROW)
        return (raw for raw in found if raw.get("parent_id") == wanted)
    return iter(collection.find({}, _ORGANIZATION_ROW))


def _history(raw: Document) -> list[OrganizationVersion]:
    return versions_of(raw["_id"], raw["versions"])


def _state_on(raw: Document, version: OrganizationVersion, path: list[str], day: date) -> dict[str, Any]:
    return {
        **organization_state(raw),
        "name": version.name,
        "level": version.level,
        "level_name": level_name(version.level),
        "code": version.code,
        "parent_id": version.parent_id,
        "organization_path": path,
        "in_force": True,
        "as_of": day.isoformat(),
        "valid_from": version.valid_from.isoformat(),
        "valid_to": None if version.valid_to is None else version.valid_to.isoformat(),
    }


def _named(terms: Sequence[str], q: str | None) -> bool:
    return q is None or set(name_tokens(q)) <= set(terms)


def _within(path: Iterable[str], roots: frozenset[str] | None) -> bool:
    return roots is None or not roots.isdisjoint(path)


# -- members


def member(store: Store, member_id: str) -> Document:
    """Return the member's document; raise MissingError."""
    found = store.collection(Member.kind()).find_one({"_id": member_id})
    if found is None:
        raise MissingError(Member.kind(), member_id)
    return found


def member_state(raw: Document) -> dict[str, Any]:
    """Return a member as the API shows one."""
    return {
        **member_row(raw),
        "birth_name": raw.get("birth_name"),
        "birth_date": raw.get("birth_date"),
        "badge": raw.get("badge"),
        "native_place": raw.get("native_place"),
        "education": raw.get("education"),
        "occupation": raw.get("occupation"),
        "service": raw.get("service"),
        "notes": raw.get("notes"),
        "leaving": raw.get("leaving") or None,
        "reversed_leavings": raw.get("reversed_leavings", []),
        "stays": [{"cell_id": s.cell_id, "from": s.since, "to": s.until} for s in stays_of(raw)],
        "past_cards": list(raw.get("past_cards", [])),
        "past_exemptions": list(raw.get("past_exemptions", [])),
        "transit": raw.get("transit") or None,
        "decided": raw.get("decided") or None,
        "guest": raw.get("guest") or None,
        "classifications": classified(raw.get("classifications", [])),
        "quarterly_results": classified(raw.get("quarterly_results", [])),
        "participation": list(raw.get("participation", [])),
        "standing": list(raw.get("standing", [])),
        "source": raw.get("source") or None,
    }


def classified(entries: Iterable[Document]) -> list[dict[str, Any]]:
    """Return stored results with the Vietnamese name of each level."""
    return [{**each, "label": LEVEL_VI[Level(each["level"])]} for each in entries]


_MEMBER_ROW = [
    "full_name", "gender", "card_number", "dossier_number", "admitted_on", "official_on", "current",
    "exempt_from", "exempt_until", "temporary", "cell_id", "organization_path", "organization_since",
    "screening_status", "order", "search_terms", "version",
]  # fmt: skip


def member_row(raw: Document) -> dict[str, Any]:
    """Return a member as lists show one."""
    return {
        "id": raw["_id"],
        "full_name": raw["full_name"],
        "gender": raw.get("gender"),
        "card_number": raw.get("card_number"),
        "dossier_number": raw.get("dossier_number"),
        "admitted_on": raw["admitted_on"],
        "official_on": raw.get("official_on"),
        "status": status_of(current=raw["current"], official_on=raw.get("official_on")),
        "exempt_from": raw.get("exempt_from"),
        "exempt_until": raw.get("exempt_until"),
        "temporary": raw["temporary"],
        "cell_id": raw["cell_id"],
        "organization_path": raw["organization_path"],
        "since": raw["organization_since"],
        "screening_status": raw["screening_status"],
        "version": raw["version"],
    }


def own_record(store: Store, member_id: str | None) -> Page[dict[str, Any]]:
    """Return the one record that a member without office may see."""
    found = None if member_id is None else store.collection(Member.kind()).find_one({"_id": member_id})
    return Page(items=[] if found is None else [member_row(found)], next=None)


def find_members(
    store: Store,
    *,
    roots: frozenset[str] | None,
    organization_id: str | None,
    q: str | None,
    card_number: str | None,
    status: str,
    after: str | None,
    limit: int,
) -> Page[dict[str, Any]]:
    """Return the members whose name has all parts of *q*, or with the number, by given name.

    *q* may be written without marks and in any order; a number in it is a card or dossier number.
    """
    terms = [card_number] if card_number else _terms_of(q or "")
    if not terms:
        return Page(items=[], next=None)
    start = _text_cursor(after)
    by_number = terms[0][0].isdigit()
    few = None if by_number else _few_cells(store, roots=roots, organization_id=organization_id)

    def fits(raw: Document) -> bool:
        return (
            set(terms) <= set(raw["search_terms"])
            and _has_status(raw, status)
            and _within(raw["organization_path"], roots)
            and (organization_id is None or organization_id in raw["organization_path"])
        )

    if by_number:
        found = _with_number(store, terms[0], start)
    elif few is not None:
        found = _of_cells(store, few, start)
    else:
        found = along(store, terms, start=start, wanted=limit + 1, fields=_MEMBER_ROW, fits=fits)
    return _first([(raw["order"], member_row(raw)) for raw in found if fits(raw)][: limit + 1], limit)


def _few_cells(
    store: Store, *, roots: frozenset[str] | None, organization_id: str | None
) -> list[str] | None:
    """Return the cells that a search is about when they are few: then their rolls are read, and no name of others."""
    if roots is None and organization_id is None:
        return None
    cells = [
        cell.id
        for cell in cells_in_order(store)
        if (organization_id is None or organization_id in cell.path) and _within(cell.path, roots)
    ]
    return cells if len(cells) <= _FEW_CELLS else None


def _of_cells(store: Store, cells: list[str], start: str) -> list[Document]:
    found = store.collection(Member.kind()).find({"cell_id": {"$in": cells}}, _MEMBER_ROW)
    return sorted((raw for raw in found if raw["order"] > start), key=lambda raw: raw["order"])


def _with_number(store: Store, number: str, start: str) -> list[Document]:
    found = store.collection(Member.kind()).find({"search_terms": number}, _MEMBER_ROW)
    return sorted((raw for raw in found if raw["order"] > start), key=lambda raw: raw["order"])


def list_members(
    store: Store,
    *,
    roots: frozenset[str] | None,
    organization_id: str | None,
    status: str,
    after: str | None,
    limit: int,
) -> Page[dict[str, Any]]:
    """Return the members cell by cell (as registers are kept), within a cell by given name.

    A page costs a look-up or two by cell, however many members there are.
    """
    cell_order, _, member_order = _text_cursor(after).partition(_CURSOR_GAP)
    cells = [
        cell
        for cell in cells_in_order(store)
        if cell.order >= cell_order
        and (organization_id is None or organization_id in cell.path)
        and _within(cell.path, roots)
    ]
    items: list[tuple[str, dict[str, Any]]] = []
    read = 0
    while read < len(cells) and len(items) <= limit:
        # As many cells as are likely to fill the page, then one by one what they left.
        at_once = max(1, (limit + 1 - len(items)) // _USUAL_CELL)
        orders = {cell.id: cell.order for cell in cells[read : read + at_once]}
        read += at_once
        found = [
            (orders[raw["cell_id"]], raw["order"], raw)
            for raw in store.collection(Member.kind()).find({"cell_id": {"$in": list(orders)}}, _MEMBER_ROW)
            if _has_status(raw, status)
        ]
        items.extend(
            (order + _CURSOR_GAP + name_order, member_row(raw))
            for order, name_order, raw in sorted(found, key=lambda each: each[:2])
            if order > cell_order or name_order > member_order
        )
    return _first(items, limit)


def members_on(
    store: Store,
    day: date,
    *,
    roots: frozenset[str] | None,
    organization_id: str | None,
    q: str | None,
    card_number: str | None,
    status: str,
    after: str | None,
    limit: int,
) -> Page[dict[str, Any]]:
    """Return the members as they belonged to cells on *day*, by the tree of that day, cell by cell.

    Whom the caller may see depends on where the member belongs now, as for a single record.
    """
    tree = OrganizationTree(
        (version for raw in store.collection(Organization.kind()).find({}) for version in _history(raw)),
        levels=SCHEME,
    )
    cells: list[tuple[str, str, list[str]]] = []
    for version in tree.in_force(day):
        if not SCHEME.kind(version.level).is_cell:
            continue
        try:
            path = tree.path(version.organization_id, on=day)
        except LookupError:
            continue
        if organization_id is None or organization_id in path:
            cells.append((f"{fold(version.name)} {version.organization_id}", version.organization_id, path))
    cell_order, _, member_order = _text_cursor(after).partition(_CURSOR_GAP)
    wanted = sorted(each for each in cells if each[0] >= cell_order)
    terms = set([card_number] if card_number else _terms_of(q or ""))
    items: list[tuple[str, dict[str, Any]]] = []
    at_once = max(1, limit // _SMALL_CELL)
    for start in range(0, len(wanted), at_once):
        places = {cell_id: (order, path) for order, cell_id, path in wanted[start : start + at_once]}
        rows = [
            (*places[stay.cell_id], raw, stay)
            for raw in _once_in(store, list(places))
            if (stay := stay_on(stays_of(raw), day)) is not None
            and stay.cell_id in places
            and terms <= set(raw["search_terms"])
            and _within(raw["organization_path"], roots)
            and _had_status(raw, status, day)
        ]
        items.extend(
            (order + _CURSOR_GAP + raw["order"], _row_on(raw, stay, path, day))
            for order, path, raw, stay in sorted(rows, key=lambda each: (each[0], each[2]["order"]))
            if order > cell_order or raw["order"] > member_order
        )
        if len(items) > limit:
            break
    return _first(items, limit)


def _once_in(store: Store, cells: list[str]) -> Iterable[Document]:
    """Return the members who belong to one of the cells or once did."""
    collection = store.collection(Member.kind())
    fields = [*_MEMBER_ROW, "past_stays", "leaving", "reversed_leavings"]
    found: dict[str, Document] = {}
    for field in ("cell_id", "past_stays.cell_id"):
        found.update((raw["_id"], raw) for raw in collection.find({field: {"$in": cells}}, fields))
    return found.values()


def _had_status(raw: Document, status: str, day: date) -> bool:
    return status in ("current", "any", _status_on(raw, day))


def _status_on(raw: Document, day: date) -> str:
    official_on = raw.get("official_on")
    return "official" if official_on is not None and official_on <= day.isoformat() else "probationary"


def _row_on(raw: Document, stay: Stay, path: list[str], day: date) -> dict[str, Any]:
    return {
        **member_row(raw),
        "status": _status_on(raw, day),
        "cell_id": stay.cell_id,
        "organization_path": path,
        "since": stay.since.isoformat(),
        "as_of": day.isoformat(),
    }


def _terms_of(q: str) -> list[str]:
    number = _NUMBER.fullmatch(q.strip())
    return [re.sub(r"\D", "", q)] if number else name_tokens(q)


def _has_status(raw: Document, status: str) -> bool:
    if status == "any":
        return True
    if status == "current":
        return bool(raw["current"])
    return status == status_of(current=raw["current"], official_on=raw.get("official_on"))


def _text_cursor(after: str | None) -> str:
    if after is None:
        return ""
    key = decode_cursor(after)
    if not isinstance(key, str):
        raise BadCursorError("the cursor was not made for this list")
    return key


def _page(found: list[tuple[str, dict[str, Any]]], after: str | None, limit: int) -> Page[dict[str, Any]]:
    start = _text_cursor(after)
    return _first(sorted((pair for pair in found if pair[0] > start), key=lambda pair: pair[0]), limit)


def _first(items: list[tuple[str, dict[str, Any]]], limit: int) -> Page[dict[str, Any]]:
    more = len(items) > limit
    return Page(
        items=[row for _, row in items[:limit]],
        next=encode_cursor(items[limit - 1][0]) if more else None,
    )
