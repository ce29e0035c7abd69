"""Reads of rounds: how the cells of a round stand on a day, by organisation, and what each cell reported."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import msgspec

from services.reviews.documents import Round, RoundPaper, RoundReport
from services.reviews.domain import rounds as domain
from services.reviews.domain.rounds import STANDING_VI, CellInRound, Reported, Stay
from services.reviews.queries import round_of
from services.reviews.roster import Organization, RosterReader
from services.reviews.round_cells import Tree, days_of, overdue, owing, stays
from shared.store.connection import Document, Store
from shared.store.errors import MissingError
from shared.store.pages import BadCursorError, decode_cursor, encode_cursor

SORTS = ("name", *domain.Sums.__struct_fields__)


def report_of(store: Store, round_id: str, cell_id: str) -> RoundReport:
    """Return a cell's report in a round; raise MissingError."""
    raw = store.collection(RoundReport.kind()).find_one({"_id": f"{round_id}:{cell_id}"})
    if raw is None:
        raise MissingError(RoundReport.kind(), f"{round_id}:{cell_id}")
    found: RoundReport = RoundReport.from_document(raw)
    return found


def versions_of(raw: Document) -> list[Document]:
    """Return the versions of a stored report, first to last, each with the day from which it holds."""
    last = {name: raw.get(name) for name in ("reviewed", "proposed", "reason", "recorded_by", "role")}
    return [
        *raw.get("earlier", []),
        {
            **last,
            "number": raw.get("number", 1),
            "on": raw.get("corrected_on") or raw["on"],
            "after_close": raw.get("after_close", False),
            "recorded_at": raw.get("recorded_at"),
        },
    ]


def cells_of(tree: Tree, reports: Mapping[str, Document], current: Round, day: date) -> list[CellInRound]:
    """Return the cells that had to report on that day, and those that did report, whatever became of them."""
    asked = days_of(current).asked_on(day)
    found = []
    for cell_id in {*(each for each in tree if _was_cell(tree[each])), *reports}:
        report = reports.get(cell_id)
        where = [] if cell_id not in tree else owing(tree, cell_id, current)
        owes = _on(where, asked)
        if report is None and owes is None:
            continue
        found.append(
            CellInRound(
                cell_id=cell_id,
                path=tuple(owes["path"] if owes else _last_place(tree, cell_id, current, report, asked)),
                must_report=owes is not None,
                versions=() if report is None else _versions(report),
            )
        )
    return found


def _on(where: Sequence[Stay], day: date) -> Stay | None:
    return next((each for each in where if each["since"] <= day.isoformat() < each["until"]), None)


def _last_place(
    tree: Tree, cell_id: str, current: Round, report: Document | None, day: date
) -> Sequence[str]:
    """Return where a cell that owes nothing stands or stood last in the round, or where it reported from."""
    root = str(current.organization_id)
    where = [] if cell_id not in tree else stays(tree, cell_id, within=root, since=current.on)
    there = _on(where, day) or (where[-1] if where else None)
    if there is not None:
        return there["path"]
    return [] if report is None else list(report["organization_path"])


def _was_cell(organization: Organization) -> bool:
    return any(each.is_cell for each in organization.versions)


def _versions(raw: Document) -> tuple[Reported, ...]:
    return tuple(
        Reported(
            number=each["number"],
            since=date.fromisoformat(each["on"]),
            reviewed=each["reviewed"],
            proposed=each["proposed"],
        )
        for each in versions_of(raw)
    )


def reports_in(raws: Iterable[Document]) -> dict[str, Document]:
    """Return stored reports by their cell."""
    return {raw["cell_id"]: raw for raw in raws}


def name_on(tree: Tree, organization_id: str, day: date) -> str:
    """Return what an organisation was called on that day, or by its last name when it was gone."""
    known = tree.get(organization_id)
    if known is None or not known.versions:
        return organization_id
    return (known.on(day) or known.versions[-1]).name


def closing_record(
    tree: Tree, reports: Mapping[str, Document], current: Round, on: date
) -> domain.ClosingRecord:
    """Return the record of the round as it ends on *on*: the sums, and who did not report."""
    days = msgspec.structs.replace(days_of(current), closed_on=on)
    cells = cells_of(tree, reports, current, on)
    root = str(current.organization_id)
    silent = [
        domain.Silent(
            organization_id=each.cell_id,
            name=name_on(tree, each.cell_id, on),
            organization_path=each.path,
            above=tuple(name_on(tree, one, on) for one in each.path[each.path.index(root) : -1]),
        )
        for each in domain.silent(cells, days, on)
    ]
    return domain.ClosingRecord(
        round_id=str(current.id),
        name=current.name,
        on=on,
        due_on=current.due_on,
        counts=domain.sums(cells, days, on),
        not_reported=tuple(sorted(silent, key=lambda each: (each.above, each.name, each.organization_id))),
    )


class RoundReads:
    """A round as it stood on one day: read once, asked about as often as one likes."""

    def __init__(self, store: Store, round_id: str, day: date) -> None:
        """Read the round, the tree and the reports; raise MissingError."""
        self._store = store
        self.current = round_of(store, round_id)
        self.days = days_of(self.current)
        self.day = day
        self.asked = self.days.asked_on(day)
        self.tree = RosterReader(store).tree()
        self.root = str(self.current.organization_id)
        raws = store.collection(RoundReport.kind()).find({"round_id": round_id})
        self.cells = cells_of(self.tree, reports_in(raws), self.current, day)

    def below(self, organization_id: str) -> list[str]:
        """Return the organisations right below that one in which there are cells of the round."""
        found = set()
        for cell in self.cells:
            if organization_id in cell.path[:-1]:
                found.add(cell.path[cell.path.index(organization_id) + 1])
        return sorted(found)

    def under(self, organization_ids: Iterable[str]) -> list[CellInRound]:
        """Return the cells at or below any of these organisations."""
        wanted = set(organization_ids)
        return [each for each in self.cells if wanted.intersection(each.path)]

    def sums(self, cells: Iterable[CellInRound]) -> dict[str, int]:
        """Return what cells add up to."""
        found: dict[str, int] = msgspec.to_builtins(domain.sums(cells, self.days, self.day))
        return found

    def rows(self, organization_ids: Sequence[str], *, sort: str) -> list[dict[str, Any]]:
        """Return one row of sums per organisation, in the order of *sort* (with ``-``: the largest first)."""
        rows: list[dict[str, Any]] = [
            {
                "organization_id": each,
                "name": name_on(self.tree, each, self.asked),
                **self.sums(self.under([each])),
            }
            for each in organization_ids
        ]
        rows.sort(key=lambda row: (row["name"], row["organization_id"]))
        column = sort.removeprefix("-")
        rows.sort(key=lambda row: row[column], reverse=sort.startswith("-"))
        return rows

    def silent(self, organization_ids: Iterable[str] | None) -> list[dict[str, Any]]:
        """Return the cells at or below any of these (None: all) that have not reported, by name.

        After the end they are those that the closing record names.
        """
        wanted = None if organization_ids is None else set(organization_ids)
        record = self.current.record
        if record is not None and self.days.closed_on is not None and self.day >= self.days.closed_on:
            found = [
                (each["organization_id"], each["name"], list(each["organization_path"]))
                for each in record["not_reported"]
            ]
        else:
            found = [
                (each.cell_id, name_on(self.tree, each.cell_id, self.asked), list(each.path))
                for each in domain.silent(self.cells, self.days, self.day)
            ]
        overdue = self.asked > self.days.due_on
        rows = [
            {"organization_id": each, "name": name, "organization_path": path, "overdue": overdue}
            for each, name, path in found
            if wanted is None or wanted.intersection(path)
        ]
        return sorted(rows, key=lambda row: (row["name"], row["organization_id"]))

    def cell_row(self, cell: CellInRound) -> dict[str, Any]:
        """Return how one cell stands, with the figures of its report."""
        standing = cell.standing(self.days, self.day)
        report = cell.report_on(self.day)
        return {
            "organization_id": cell.cell_id,
            "name": name_on(self.tree, cell.cell_id, self.asked),
            "organization_path": list(cell.path),
            "standing": {"code": standing, "label": STANDING_VI[standing]},
            "overdue": report is None and self.asked > self.days.due_on,
            "reported_on": None if report is None else cell.versions[0].since,
            "number": None if report is None else report.number,
            "reviewed": None if report is None else report.reviewed,
            "proposed": None if report is None else report.proposed,
        }


def page_of_rows(
    rows: Sequence[dict[str, Any]], *, after: str | None, limit: int
) -> tuple[list[dict[str, Any]], str | None]:
    """Return one page of rows that are told apart by their organisation; raise BadCursorError."""
    start = 0
    if after is not None:
        last = decode_cursor(after)
        start = next((place for place, row in enumerate(rows, 1) if row["organization_id"] == last), 0)
        if start == 0:
            raise BadCursorError("the cursor is of another list")
    page = list(rows[start : start + limit])
    more = start + limit < len(rows)
    return page, encode_cursor(page[-1]["organization_id"]) if more else None


def overdue_cells(
    store: Store, current: Round, *, under: Iterable[str] | None, day: date, after: str | None, limit: int
) -> tuple[list[dict[str, Any]], str | None]:
    """Return one page of the cells that were overdue on *day*, by the names and places of that day."""
    asked = days_of(current).asked_on(day)
    page = overdue(store, round_id=str(current.id), under=under, day=asked, after=after, limit=limit)
    tree = RosterReader(store).tree()
    items = [
        {
            "organization_id": each["cell_id"],
            "name": name_on(tree, each["cell_id"], asked),
            "organization_path": next(
                stay["path"] for stay in each["stays"] if stay["since"] <= asked.isoformat() < stay["until"]
            ),
            "due_on": each["due_on"],
            "days_overdue": (asked - current.due_on).days,
        }
        for each in page.items
    ]
    return items, page.next


def corrected_after_close(store: Store, round_id: str) -> list[dict[str, Any]]:
    """Return the corrections that came when the round was closed, in the order of cells."""
    raws = store.collection(RoundReport.kind()).find({"round_id": round_id, "after_close": True})
    return [
        {"organization_id": raw["cell_id"], **each}
        for raw in sorted(raws, key=lambda raw: str(raw["_id"]))
        for each in versions_of(raw)
        if each["after_close"]
    ]


def papers_of(store: Store, round_id: str) -> list[dict[str, Any]]:
    """Return the papers that were made of a closed round, without their content."""
    raws = store.collection(RoundPaper.kind()).find({"round_id": round_id}, {"content": 0})
    return [paper_answer(raw) for raw in sorted(raws, key=lambda raw: str(raw["_id"]))]


def paper_answer(raw: Document) -> dict[str, Any]:
    """Return what the API says of a paper of a round."""
    names = ("size", "sha256", "template_sha256", "made_at", "role")
    return {"id": raw["_id"], **{name: raw.get(name) for name in names}}
