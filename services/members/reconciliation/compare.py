"""Holding a list against the roll of a day: what stands only there, only here, or differently."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, BinaryIO, Literal

import msgspec

from services.members.domain.matching import RULE_BY_CODE, Match
from services.members.imports.directory import Place, known, places
from services.members.imports.matching import changes, matches, people_of, records_like, shown_changes
from services.members.rolls import Roll
from services.members.roster import MemberRow, read_roster
from shared.store.connection import Document, Store
from shared.workbook.problems import RowProblem, WorkbookError

Kind = Literal["only_in_list", "only_on_record", "differs", "unsure", "unreadable"]
_ROWS_AT_ONCE = 250


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """Một điểm khác nhau: where it stands in the list and which record it is about."""

    kind: Kind
    row: int | None = None
    member_id: str | None = None
    name: str
    cell: str | None = None
    """Code or id of the cell."""
    reason: str
    fields: list[dict[str, Any]] | None = None
    """Of ``differs``: field, before (the record), after (the list)."""
    candidates: list[str] | None = None
    """Of ``unsure``: the records it may be."""


class Comparison:
    """One list held against one roll: iterate once, then ``agreed`` and ``outside`` are known."""

    def __init__(self, store: Store, stream: BinaryIO, roll: Roll, *, today: date) -> None:
        """Compare *stream* with *roll*; nothing is read before it is iterated."""
        self._store = store
        self._stream = stream
        self._roll = roll
        self._today = today
        self._row_of: dict[str, int] = {}
        self._asked: set[str] = set()
        self.rows = 0
        """Rows of the list that could be read."""
        self.agreed = 0
        """Members who stand in both alike."""
        self.outside = 0
        """Rows of cells that are not in the subtree, and of nobody who is."""

    def __iter__(self) -> Iterator[Difference]:
        """Yield the differences. Raises WorkbookError for what concerns the file as a whole."""
        standing = places(self._store)
        waiting: list[MemberRow] = []
        for item in read_roster(self._stream, today=self._today, known=known(standing)):
            if isinstance(item, RowProblem):
                if item.scope == "file":
                    raise WorkbookError(item.code, item.detail_vi)
                yield _unreadable(item)
            elif isinstance(item, MemberRow) and item.cell_code in standing:
                waiting.append(item)
            if len(waiting) >= _ROWS_AT_ONCE:
                yield from self._chunk(waiting, standing)
                waiting = []
        yield from self._chunk(waiting, standing)
        for stand in self._roll.members(gone=False):
            if stand.raw["_id"] not in self._row_of and stand.raw["_id"] not in self._asked:
                yield Difference(
                    kind="only_on_record",
                    member_id=stand.raw["_id"],
                    name=stand.raw["full_name"],
                    cell=stand.cell_id,
                    reason="Có trong hồ sơ, không có trong danh sách đối chiếu.",
                )

    def _chunk(self, rows: list[MemberRow], standing: Mapping[str, Place]) -> Iterator[Difference]:
        if not rows:
            return
        self.rows += len(rows)
        on_roll = {}
        for raw in records_like(self._store, people_of(rows, standing)):
            cell_id = self._roll.cell_of(raw)
            if cell_id is not None and not self._roll.had_left(raw):
                on_roll[raw["_id"]] = {**raw, "cell_id": cell_id}
        found = matches(rows, standing, list(on_roll.values()))
        for row in rows:
            cell = standing[row.cell_code]
            yield from self._row(row, found[row.row], on_roll, cell, inside=cell.id in self._roll.cells)

    def _row(
        self, row: MemberRow, found: Match, on_roll: Mapping[str, Document], cell: Place, *, inside: bool
    ) -> Iterator[Difference]:
        gone = row.leaving is not None and row.leaving.on <= self._roll.as_of
        if found.sure is not None:
            yield from self._same(row, on_roll[found.sure], cell)
        elif gone:
            # Gone in the list and not on the roll: the two agree.
            self.agreed += inside
        elif not inside:
            self.outside += 1
        elif found.unsure:
            ids = [record_id for record_id, _ in found.unsure]
            self._asked.update(ids)
            yield Difference(
                kind="unsure",
                row=row.row,
                name=row.full_name,
                cell=row.cell_code,
                reason=RULE_BY_CODE[found.unsure[0][1]].text_vi,
                candidates=ids,
            )
        else:
            yield Difference(
                kind="only_in_list",
                row=row.row,
                name=row.full_name,
                cell=row.cell_code,
                reason="Có trong danh sách đối chiếu, không có trong hồ sơ.",
            )

    def _same(self, row: MemberRow, raw: Document, cell: Place) -> Iterator[Difference]:
        first = self._row_of.setdefault(raw["_id"], row.row)
        reason = "Có ở cả hai nơi, có điểm khác."
        fields = shown_changes(changes(row, raw), raw)
        if first != row.row:
            reason = f"Danh sách đối chiếu ghi hai lần, ở dòng {first} và dòng {row.row}."
            fields.append({"field": "row", "before": str(first), "after": str(row.row)})
        if raw["cell_id"] != cell.id:
            fields.append({"field": "cell_id", "before": raw["cell_id"], "after": cell.id})
        official = (raw.get("official_on") or "9") <= self._roll.as_of.isoformat()
        if row.said_official is not None and row.said_official != official:
            words = {True: "official", False: "probationary"}
            fields.append({"field": "status", "before": words[official], "after": words[row.said_official]})
        if row.leaving is not None and row.leaving.on <= self._roll.as_of:
            fields.append({"field": "leaving", "before": None, "after": row.leaving.on.isoformat()})
        if not fields:
            self.agreed += 1
            return
        yield Difference(
            kind="differs",
            row=row.row,
            member_id=raw["_id"],
            name=raw["full_name"],
            cell=row.cell_code,
            reason=reason,
            fields=fields,
        )


def _unreadable(problem: RowProblem) -> Difference:
    place = f"{problem.column}: " if problem.column else ""
    return Difference(
        kind="unreadable",
        row=problem.row,
        name=problem.value_excerpt,
        reason=f"{place}{problem.detail_vi}",
    )
