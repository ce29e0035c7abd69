"""Reading a file of published figures: workbook or JSON into documents of the form, every fault with its place."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, BinaryIO

import msgspec

from services.reporting.domain.published_figures import (
    PublishedFigures,
    PublishedFiguresRefused,
    read_published_figures,
)
from services.reporting.published_imports.form import (
    COLUMNS,
    FIGURE_COLUMNS,
    FIGURES_SHEET,
    PART,
    SHARE_COLUMNS,
    SHARES_SHEET,
    SOURCE_KINDS,
    WHOLE,
)
from shared.web.problems import FieldProblem
from shared.workbook.cells import CellError, cell_date, cell_text
from shared.workbook.headers import Column, header_key
from shared.workbook.limits import MEBIBYTE, WorkbookLimits
from shared.workbook.problems import WorkbookError
from shared.workbook.sheet import Cell, cell_fault, find_header, open_workbook, rows_of

LIMITS = WorkbookLimits(
    file_bytes=2 * MEBIBYTE, uncompressed_bytes=32 * MEBIBYTE, rows=2000, columns=60, sheets=5
)
MOST_SETS = 200
Resolve = Callable[[str], str | None]
"""The id of the organisation that a text names by id or name; None where there is none, or more than one."""

_SOURCE = ("kind", "name", "title", "published_on")
_FIGURES = {column.field for column in FIGURE_COLUMNS}
_BY_HEADER = {header_key(column.header): column.field for column in FIGURE_COLUMNS}


class Reading(msgspec.Struct, kw_only=True):
    """What a file holds: the sets that can be read, and every fault."""

    found: list[PublishedFigures] = []
    errors: list[FieldProblem] = []

    def add(self, document: Any, place: Callable[[str], str], resolve: Resolve) -> None:
        """Take one document; *place* says where a pointer into it stands in the file."""
        try:
            published = read_published_figures(document)
        except PublishedFiguresRefused as refused:
            self.errors += [
                FieldProblem(pointer=place(fault.pointer), code="published_figures", detail=fault.detail)
                for fault in refused.problems
            ]
            return
        named = published.organization_id
        organization_id = None if named is None else resolve(named)
        if named is not None and organization_id is None:
            detail = f"Không có, hoặc có nhiều tổ chức “{named}” trong hệ thống."
            self.errors.append(
                FieldProblem(pointer=place("/organization/id"), code="organization", detail=detail)
            )
            return
        self.found.append(msgspec.structs.replace(published, organization_id=organization_id))


def read_file(stream: BinaryIO, resolve: Resolve) -> Reading:
    """Read a file that was checked before; a JSON document, a list of them, or a workbook. Raises WorkbookError."""
    start = stream.read(1)
    stream.seek(0)
    reading = Reading()
    if start in {b"{", b"["}:
        _read_json(stream.read(), reading, resolve)
    else:
        for document, place in _Workbook(stream, reading).sets():
            reading.add(document, place, resolve)
    return reading


def placed(given: Any) -> Any:
    """Move a top-level ``organization_id`` to where the form has it: a source's own file knows no ids."""
    if not isinstance(given, dict) or not isinstance(given.get("organization"), dict):
        return given
    placed = dict(given)
    if "organization_id" in placed:
        placed["organization"] = {**placed["organization"], "id": placed.pop("organization_id")}
    return placed


def _read_json(content: bytes, reading: Reading, resolve: Resolve) -> None:
    try:
        given = json.loads(content)
    except ValueError as error:
        raise WorkbookError("not_json", "Tệp JSON không đọc được.") from error
    documents = given if isinstance(given, list) else [given]
    if len(documents) > MOST_SETS:
        raise WorkbookError("too_many_sets", f"Tệp có hơn {MOST_SETS} bộ số liệu.")
    for number, document in enumerate(documents):
        start = f"/{number}" if isinstance(given, list) else ""
        reading.add(placed(document), lambda pointer, start=start: f"{start}{pointer}" or "/", resolve)  # type: ignore[misc]  # mypy sees the bound default as a second parameter


class _Line(msgspec.Struct, kw_only=True):
    """One row that can be read: its number and its cells by field."""

    sheet: str
    row: int
    cells: dict[str, Any]


class _Workbook:
    """Reads both sheets; faults of cells go into the reading, the rest becomes documents."""

    def __init__(self, stream: BinaryIO, reading: Reading) -> None:
        self._reading = reading
        book = open_workbook(stream)
        try:
            sheets = {header_key(sheet.title): sheet for sheet in book.worksheets}
            if header_key(FIGURES_SHEET) not in sheets:
                raise WorkbookError(
                    "sheet_missing",
                    f"Tệp không có trang “{FIGURES_SHEET}”; hãy dùng tệp mẫu tải từ hệ thống.",
                )
            self._figures = self._lines(sheets[header_key(FIGURES_SHEET)], FIGURES_SHEET, COLUMNS)
            shares = sheets.get(header_key(SHARES_SHEET))
            self._shares = [] if shares is None else self._lines(shares, SHARES_SHEET, SHARE_COLUMNS)
        finally:
            book.close()

    def sets(self) -> Iterator[tuple[dict[str, Any], Callable[[str], str]]]:
        """Yield the document of each set, and where its parts stand."""
        by_set: dict[str, list[_Line]] = {}
        for line in self._figures:
            by_set.setdefault(str(line.cells.get("set", "")), []).append(line)
        if len(by_set) > MOST_SETS:
            raise WorkbookError("too_many_sets", f"Tệp có hơn {MOST_SETS} bộ số liệu.")
        for line in self._shares:
            if str(line.cells.get("set", "")) not in by_set:
                self._fault(line, "set", "set_unknown", "Không có bộ số liệu này ở trang số liệu.")
        for name, lines in by_set.items():
            of_set = [line for line in self._shares if str(line.cells.get("set", "")) == name]
            yield self._document(lines, of_set)

    def _document(
        self, lines: Sequence[_Line], shares: Sequence[_Line]
    ) -> tuple[dict[str, Any], Callable[[str], str]]:
        places: dict[str, tuple[_Line, str | None]] = {"": (lines[0], None)}
        wholes = [line for line in lines if line.cells.get("line", WHOLE) != PART]
        for extra in wholes[1:]:
            self._fault(extra, "line", "second_whole", f"Bộ số liệu đã có dòng “{WHOLE}”.")
        head = (wholes or lines)[0]
        document: dict[str, Any] = {
            "source": {name: head.cells.get(name) for name in _SOURCE},
            "organization": {"name": head.cells.get("organization")},
            "period": _period(head),
            "notes": [line.cells["note"] for line in lines if "note" in line.cells],
        }
        places |= {f"/source/{name}": (head, name) for name in _SOURCE}
        places |= {"/organization/name": (head, "organization"), "/period": (head, "period")}
        places["/organization/id"] = (head, "organization_id")
        if "organization_id" in head.cells:
            document["organization"]["id"] = head.cells["organization_id"]
        if wholes:
            document["figures"] = self._figures_of(head, "/figures", places)
        else:
            document["period"] = {"label": f"{_label(lines[0])} – {_label(lines[-1])}"}
        parts = [line for line in lines if line.cells.get("line") == PART]
        if parts:
            document["series"] = [
                {
                    "period": _period(line),
                    "figures": self._figures_of(line, f"/series/{number}/figures", places),
                }
                for number, line in enumerate(parts)
            ]
            places |= {f"/series/{number}/period": (line, "period") for number, line in enumerate(parts)}
        self._add_shares(document, shares, places)
        return document, _placing(places)

    @staticmethod
    def _figures_of(
        line: _Line, at: str, places: dict[str, tuple[_Line, str | None]]
    ) -> dict[str, Any] | None:
        found = {field: value for field, value in line.cells.items() if field in _FIGURES}
        places |= {at: (line, None)} | {f"{at}/{field}": (line, field) for field in found}
        return found

    def _add_shares(
        self,
        document: dict[str, Any],
        lines: Sequence[_Line],
        places: dict[str, tuple[_Line, str | None]],
    ) -> None:
        cuts: list[dict[str, Any]] = []
        shares: list[dict[str, Any]] = []
        for line in lines:
            cells = line.cells
            if "percent" not in cells:
                at = f"/cross_cuts/{len(cuts)}"
                cuts.append(
                    {"label": cells.get("label"), "figure": cells.get("figure"), "base": cells.get("of")}
                )
            else:
                at = f"/shares/{len(shares)}"
                shares.append(
                    {
                        **{name: cells.get(name) for name in ("label", "percent", "of", "denominator")},
                        "figure": self._of_figure(line),
                    }
                )
            places[at] = (line, None)
            places |= {
                f"{at}/{name}": (line, field)
                for name, field in (
                    ("label", "label"),
                    ("figure", "figure"),
                    ("percent", "percent"),
                    ("of", "of"),
                    ("base", "of"),
                    ("denominator", "denominator"),
                )
            }
        if cuts:
            document["cross_cuts"] = cuts
        if shares:
            document["shares"] = shares

    def _of_figure(self, line: _Line) -> str | None:
        named = line.cells.get("of_figure")
        if named is None:
            return None
        field = _BY_HEADER.get(header_key(named))
        if field is None:
            self._fault(line, "of_figure", "figure_unknown", "Không có cột số liệu nào tên như vậy.")
        return field

    def _lines(self, sheet: Any, name: str, columns: Sequence[Column]) -> list[_Line]:
        rows = rows_of(sheet, LIMITS)
        header, problems = find_header(rows, columns, sheet=name, limits=LIMITS)
        self._reading.errors += [
            FieldProblem(
                pointer=f"/{each.sheet}/{each.row}/{each.column or ''}", code=each.code, detail=each.detail_vi
            )
            for each in problems
        ]
        found = []
        for number, cells in rows if header is not None else ():
            line = _Line(sheet=name, row=number, cells={})
            for place, cell in cells.items():
                column = header.match.positions.get(place) if header is not None else None
                if column is not None:
                    self._take(line, column.field, cell)
            if line.cells:
                found.append(line)
        return found

    def _take(self, line: _Line, field: str, cell: Cell) -> None:
        fault = cell_fault(cell, LIMITS)
        if fault is not None:
            self._fault(line, field, *fault)
            return
        try:
            line.cells[field] = _READERS.get(field, _figure if field in _FIGURES else _text)(cell)
        except CellError as error:
            self._fault(line, field, error.code, error.detail_vi)

    def _fault(self, line: _Line, field: str, code: str, detail: str) -> None:
        pointer = _pointer(line, field)
        self._reading.errors.append(FieldProblem(pointer=pointer, code=code, detail=detail))


def _text(cell: Cell) -> Any:
    return cell_text(cell.value)


def _day(cell: Cell) -> Any:
    return cell_date(cell.value).isoformat()


def _figure(cell: Cell) -> Any:
    """Return a number, or the text as printed."""
    if isinstance(cell.value, float) and cell.value.is_integer():
        return int(cell.value)
    return cell.value if isinstance(cell.value, int) else cell_text(cell.value)


def _percent(cell: Cell) -> Any:
    """Return a percentage as text: a cell of 0.35 that is shown as 35% says 35."""
    if not isinstance(cell.value, int | float):
        return cell_text(cell.value)
    shown = cell.value * (100 if "%" in cell.number_format else 1)
    return f"{shown:.4f}".rstrip("0").rstrip(".")


def _kind(cell: Cell) -> Any:
    text = cell_text(cell.value)
    return {header_key(name): code for name, code in SOURCE_KINDS.items()}.get(header_key(text or ""), text)


def _line(cell: Cell) -> Any:
    found = {header_key(name): name for name in (WHOLE, PART)}.get(header_key(cell_text(cell.value) or ""))
    if found is None:
        raise CellError("line_unknown", f"Ghi “{WHOLE}” hoặc “{PART}”.")
    return found


_READERS: Mapping[str, Callable[[Cell], Any]] = {
    **dict.fromkeys(("published_on", "from", "to"), _day),
    **dict.fromkeys(("figure", "denominator"), _figure),
    "percent": _percent,
    "kind": _kind,
    "line": _line,
}
"""How a cell is read, by its field; figures as they are printed, everything else as text."""


def _period(line: _Line) -> dict[str, Any]:
    return {"label": line.cells.get("period"), "from": line.cells.get("from"), "to": line.cells.get("to")}


def _label(line: _Line) -> str:
    return str(line.cells.get("period", ""))


def _placing(places: Mapping[str, tuple[_Line, str | None]]) -> Callable[[str], str]:
    """Return what says where in the workbook a pointer into the document stands."""

    def place(pointer: str) -> str:
        known = pointer.replace("~1", "/").replace("~0", "~")
        while known not in places:
            known = known.rpartition("/")[0]
        return _pointer(*places[known])

    return place


def _pointer(line: _Line, field: str | None) -> str:
    columns = COLUMNS if line.sheet == FIGURES_SHEET else SHARE_COLUMNS
    header = next((column.header for column in columns if column.field == field), "")
    return f"/{line.sheet}/{line.row}/{header}"
