"""The sheet “Tổ chức”: the organisations a roster brings along, ordered parents first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

import msgspec

from services.members.domain.organization import LevelScheme
from services.members.roster.form import ORGANIZATION_COLUMNS
from services.members.roster.rows import OrganizationRow
from shared.identifiers import InvalidIdentifierError, organization_code
from shared.workbook.cells import CellError, cell_date, cell_text
from shared.workbook.limits import WorkbookLimits
from shared.workbook.problems import RowProblem
from shared.workbook.sheet import Cell, SheetRow, cell_fault, excerpt, find_header

_HEADERS = {column.field: column.header for column in ORGANIZATION_COLUMNS}


class KnownOrganization(msgspec.Struct, frozen=True, kw_only=True):
    """Tổ chức đã có: what the reader must know of an organisation that exists already."""

    name: str
    level: str


def read_organizations(
    rows: Iterator[tuple[int, SheetRow]],
    *,
    sheet: str,
    known: Mapping[str, KnownOrganization],
    levels: LevelScheme,
    today: date,
    limits: WorkbookLimits,
) -> tuple[list[OrganizationRow], list[RowProblem]]:
    """Return the sound organisations, parents before children, and the problems of the others."""
    header, problems = find_header(rows, ORGANIZATION_COLUMNS, sheet=sheet, limits=limits)
    if header is None:
        return [], problems
    fields = {column: place.field for column, place in header.match.positions.items()}
    reader = _OrganizationReader(sheet=sheet, levels=levels, today=today, limits=limits)
    by_code: dict[str, OrganizationRow] = {}
    for number, cells in rows:
        if not cells:
            continue
        reader.outside_form(number, cells, fields)
        row = reader.read(
            number, {fields[column]: cell for column, cell in cells.items() if column in fields}
        )
        if row is None:
            continue
        earlier = by_code.get(row.code)
        if earlier is not None:
            reader.problem(
                number,
                "code",
                "duplicate_code",
                f"Mã {row.code} đã có ở dòng {earlier.row}.",
                row.code,
                earlier.row,
            )
            continue
        by_code[row.code] = row
    refused = {row for problem in reader.problems for row in problem.refused_rows}
    sound = {code: row for code, row in by_code.items() if row.row not in refused}
    ordered = reader.parents_first(sound, known)
    return ordered, [*problems, *reader.problems]


class _OrganizationReader:
    """Reads single rows and collects their problems."""

    def __init__(self, *, sheet: str, levels: LevelScheme, today: date, limits: WorkbookLimits) -> None:
        self._sheet = sheet
        self._levels = levels
        self._today = today
        self._limits = limits
        self.problems: list[RowProblem] = []

    def problem(  # noqa: PLR0917 -- place, reason, value: the order of RowProblem itself
        self,
        row: int,
        field: str | None,
        code: str,
        detail_vi: str,
        value: object = "",
        other: int | None = None,
    ) -> None:
        self.problems.append(
            RowProblem(
                sheet=self._sheet,
                row=row,
                column=_HEADERS[field] if field else None,
                code=code,
                detail_vi=detail_vi,
                value_excerpt=excerpt(value),
                other_row=other,
            )
        )

    def outside_form(self, row: int, cells: SheetRow, fields: Mapping[int, str]) -> None:
        for column, cell in cells.items():
            if column not in fields:
                self.problem(
                    row, None, "outside_form", f"Có dữ liệu ngoài biểu mẫu ở cột thứ {column}.", cell.value
                )

    def read(self, number: int, cells: dict[str, Cell]) -> OrganizationRow | None:
        before = len(self.problems)
        for field, cell in cells.items():
            fault = cell_fault(cell, self._limits)
            if fault is not None:
                self.problem(number, field, *fault, cell.value)
        if len(self.problems) > before:
            return None
        code = self._code(number, "code", cells)
        parent_code = self._code(number, "parent_code", cells)
        name = self._text(number, "name", cells)
        level_text = self._text(number, "level", cells)
        level = self._levels.find(level_text) if level_text else None
        if level_text and level is None:
            self.problem(number, "level", "unknown_level", "Không có cấp tổ chức này.", level_text)
        established = self._established(number, cells)
        for field, found in (
            ("code", code),
            ("name", name),
            ("level", level_text),
            ("established_on", established),
        ):
            if found is None and field not in cells:
                self.problem(number, field, "value_missing", f"Thiếu “{_HEADERS[field].lower()}”.")
        if len(self.problems) > before or not (code and name and level and established):
            return None
        return OrganizationRow(
            row=number,
            code=code,
            name=name,
            level=level.code,
            parent_code=parent_code,
            established_on=established,
        )

    def _code(self, number: int, field: str, cells: dict[str, Cell]) -> str | None:
        cell = cells.get(field)
        if cell is None:
            return None
        try:
            return organization_code(cell.value).text
        except InvalidIdentifierError as fault:
            self.problem(number, field, fault.code, fault.detail_vi, cell.value)
            return None

    def _text(self, number: int, field: str, cells: dict[str, Cell]) -> str | None:
        cell = cells.get(field)
        if cell is None:
            return None
        try:
            return cell_text(cell.value)
        except CellError as fault:
            self.problem(number, field, fault.code, fault.detail_vi, cell.value)
            return None

    def _established(self, number: int, cells: dict[str, Cell]) -> date | None:
        cell = cells.get("established_on")
        if cell is None:
            return None
        try:
            day = cell_date(cell.value)
        except CellError as fault:
            self.problem(number, "established_on", fault.code, fault.detail_vi, cell.value)
            return None
        if day > self._today:
            self.problem(
                number,
                "established_on",
                "date_in_future",
                f"Ngày thành lập ở sau ngày {self._today:%d/%m/%Y}.",
                cell.value,
            )
        return day

    def parents_first(
        self, rows: Mapping[str, OrganizationRow], known: Mapping[str, KnownOrganization]
    ) -> list[OrganizationRow]:
        """Return the rows whose parents exist (here or already), allow their level and stand before them."""
        placed: dict[str, OrganizationRow] = {}
        waiting = dict(rows)
        names: dict[tuple[str | None, str], int] = {}
        while waiting:
            ready = [
                row
                for row in waiting.values()
                if row.parent_code is None or row.parent_code in placed or row.parent_code not in waiting
            ]
            if not ready:
                for row in waiting.values():
                    self.problem(
                        row.row,
                        "parent_code",
                        "cycle",
                        "Các tổ chức trực thuộc lẫn nhau theo vòng tròn.",
                        row.parent_code,
                    )
                break
            for row in ready:
                del waiting[row.code]
                if self._may_stand(row, placed, known, names):
                    placed[row.code] = row
                    names[row.parent_code, row.name.casefold()] = row.row
        return list(placed.values())

    def _may_stand(
        self,
        row: OrganizationRow,
        placed: Mapping[str, OrganizationRow],
        known: Mapping[str, KnownOrganization],
        names: Mapping[tuple[str | None, str], int],
    ) -> bool:
        parent = (
            None if row.parent_code is None else placed.get(row.parent_code) or known.get(row.parent_code)
        )
        if row.parent_code is not None and parent is None:
            self.problem(
                row.row,
                "parent_code",
                "unknown_parent",
                "Không có tổ chức cấp trên với mã này.",
                row.parent_code,
            )
            return False
        if isinstance(parent, OrganizationRow) and row.established_on < parent.established_on:
            self.problem(
                row.row,
                "established_on",
                "established_before_parent",
                f"Ngày thành lập trước ngày thành lập của cấp trên ({parent.established_on:%d/%m/%Y}).",
                f"{row.established_on:%d/%m/%Y}",
            )
            return False
        if not self._levels.allows(parent=parent.level if parent else None, child=row.level):
            child_name = self._levels.kind(row.level).name_vi
            parent_name = self._levels.kind(parent.level).name_vi if parent else "cấp cao nhất"
            self.problem(
                row.row,
                "level",
                "level_not_allowed",
                f"{child_name} không thể trực thuộc {parent_name}.",
                row.name,
            )
            return False
        namesake = names.get((row.parent_code, row.name.casefold()))
        if namesake is not None:
            self.problem(
                row.row,
                "name",
                "name_in_force",
                f"Cùng cấp trên đã có tên này ở dòng {namesake}.",
                row.name,
            )
            return False
        return True
