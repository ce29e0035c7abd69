"""Reading a roster workbook: a stream of rows, problems and notes, with memory bounded by the limits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any, BinaryIO

from services.members.domain.organization import LevelScheme
from services.members.roster.form import LIST_COLUMNS, MEMBER_COLUMNS, MEMBER_SHEET, ORGANIZATION_SHEET
from services.members.roster.member_list import MemberListReader, is_member_list
from services.members.roster.member_sheet import MemberSheetReader
from services.members.roster.organization_sheet import KnownOrganization, read_organizations
from services.members.roster.rows import RosterItem
from shared.workbook.archive import check_archive
from shared.workbook.headers import header_key
from shared.workbook.limits import WorkbookLimits
from shared.workbook.problems import WorkbookError
from shared.workbook.sheet import find_header, open_workbook, rows_of

_NOTHING_KNOWN: Mapping[str, KnownOrganization] = MappingProxyType({})


class RosterReading:
    """Lượt đọc sổ: iterate once to get the items; ``rows_read`` of ``rows_expected`` is the progress."""

    def __init__(
        self,
        source: Path | BinaryIO,
        *,
        today: date,
        limits: WorkbookLimits,
        levels: LevelScheme,
        known: Mapping[str, KnownOrganization],
        kept: frozenset[str],
    ) -> None:
        self._source = source
        self._today = today
        self._limits = limits
        self._levels = levels
        self._known = known
        self._kept = kept
        self.member_sheet = MEMBER_SHEET
        """Title of the sheet that the members stand on; settled with the first item."""
        self.rows_read = 0
        """Rows of all sheets passed so far, headings and blank rows included."""
        self.rows_expected: int | None = None
        """Rows the workbook declares; None before the first item and where it declares none."""

    def __iter__(self) -> Iterator[RosterItem]:
        """Yield the organisations (parents first), then the members, problems and notes in place.

        Raises WorkbookError for what concerns the file as a whole, before or while reading it.
        """
        with ExitStack() as open_things:
            stream = (
                open_things.enter_context(self._source.open("rb"))
                if isinstance(self._source, Path)
                else self._source
            )
            check_archive(stream, self._limits)
            workbook = open_workbook(stream)
            open_things.callback(workbook.close)
            yield from self._items(workbook)

    def _items(self, workbook: Any) -> Iterator[RosterItem]:
        sheets = {header_key(sheet.title): sheet for sheet in workbook.worksheets}
        if len(workbook.sheetnames) > self._limits.sheets:
            raise WorkbookError(
                "too_many_sheets",
                f"Tệp có {len(workbook.sheetnames)} trang, vượt giới hạn {self._limits.sheets}.",
            )
        member_sheet = sheets.get(header_key(MEMBER_SHEET))
        # Reading a sheet forgets the size it declares, so that is asked for first.
        declared = {sheet.title: min(sheet.max_row or 0, self._limits.rows) for sheet in workbook.worksheets}
        list_sheet = self._list_sheet(workbook.worksheets)
        if list_sheet is not None:
            self.member_sheet = list_sheet.title
            self.rows_expected = declared[list_sheet.title] or None
            yield from self._list(list_sheet, self._known)
            return
        organization_sheet = sheets.get(header_key(ORGANIZATION_SHEET))
        if member_sheet is None:
            raise WorkbookError("sheet_missing", f"Tệp không có trang “{MEMBER_SHEET}”.")
        read = [sheet for sheet in (organization_sheet, member_sheet) if sheet is not None]
        self.rows_expected = sum(declared[sheet.title] for sheet in read) or None
        known = dict(self._known)
        if organization_sheet is not None:
            organizations, problems = read_organizations(
                self._counted(organization_sheet),
                sheet=organization_sheet.title,
                known=known,
                levels=self._levels,
                today=self._today,
                limits=self._limits,
            )
            yield from organizations
            yield from problems
            known.update(
                {row.code: KnownOrganization(name=row.name, level=row.level) for row in organizations}
            )
        yield from self._members(member_sheet, known)

    def _list_sheet(self, sheets: Sequence[Any]) -> Any:
        """Return the sheet whose headings are those of DS_DANGVIEN rather than of Mẫu 7-HSĐV, or None."""
        return next((sheet for sheet in sheets if is_member_list(sheet, self._limits)), None)

    def _list(self, sheet: Any, known: Mapping[str, KnownOrganization]) -> Iterator[RosterItem]:
        rows = self._counted(sheet)
        header, problems = find_header(rows, LIST_COLUMNS, sheet=sheet.title, limits=self._limits)
        yield from problems
        if header is None:
            return
        reader = MemberListReader(
            sheet=sheet.title,
            header=header,
            cells_by_code={
                code: organization.name
                for code, organization in known.items()
                if self._levels.kind(organization.level).is_cell
            },
            today=self._today,
            limits=self._limits,
            kept=self._kept,
        )
        for number, cells in rows:
            yield from reader.items(number, cells)

    def _members(self, sheet: Any, known: Mapping[str, KnownOrganization]) -> Iterator[RosterItem]:
        rows = self._counted(sheet)
        header, problems = find_header(rows, MEMBER_COLUMNS, sheet=sheet.title, limits=self._limits)
        yield from problems
        if header is None:
            return
        reader = MemberSheetReader(
            sheet=sheet.title,
            header=header,
            cells_by_code={
                code: organization.name
                for code, organization in known.items()
                if self._levels.kind(organization.level).is_cell
            },
            organizations=frozenset(known),
            today=self._today,
            limits=self._limits,
            kept=self._kept,
        )
        for number, cells in rows:
            yield from reader.items(number, cells)

    def _counted(self, sheet: Any) -> Iterator[tuple[int, Any]]:
        for row in rows_of(sheet, self._limits):
            self.rows_read += 1
            yield row


def read_roster(
    source: Path | BinaryIO,
    *,
    today: date,
    limits: WorkbookLimits | None = None,
    levels: LevelScheme | None = None,
    known: Mapping[str, KnownOrganization] = _NOTHING_KNOWN,
    kept: frozenset[str] = frozenset(),
) -> RosterReading:
    """Return the reading of a roster workbook; nothing is opened before it is iterated.

    *source* is a path or a seekable binary stream; *today* the last date that may have happened; *known* the
    organisations that exist already, by code: give only those the caller may write to, and a cell outside
    them is refused as unknown. *kept* are the sensitive fields that the deployment keeps; of others a note says that
    they were left out.

    A row with a RowProblem is never yielded as a row; a duplicate names an earlier row that was yielded, so an
    import runs only after the whole preview and leaves out every row of ``RowProblem.refused_rows``. A problem
    of scope ``file`` refuses the import as a whole.
    """
    return RosterReading(
        source,
        today=today,
        limits=limits or WorkbookLimits(),
        levels=levels or LevelScheme(),
        known=known,
        kept=kept,
    )
