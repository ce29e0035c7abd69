"""Writing a roster workbook in the official form, row by row, so that memory does not grow with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from services.members.domain.member import LEAVING_MODE_VI
from services.members.domain.organization import LevelScheme
from services.members.roster.cells import EXEMPT_NOTE
from services.members.roster.form import (
    FORM_NAME,
    MEMBER_COLUMNS,
    MEMBER_SHEET,
    ORGANIZATION_COLUMNS,
    ORGANIZATION_SHEET,
    TITLE,
)
from services.members.roster.rows import DatedPlace, MemberRow, OrganizationRow
from shared.identifiers import shown_dossier_number
from shared.workbook.headers import Column
from shared.workbook.writing import TEXT_STAYS_TEXT

_GENDER_VI = {"male": "Nam", "female": "Nữ"}
_LINE_HEIGHT = 15


class RosterHeading(msgspec.Struct, frozen=True, kw_only=True):
    """Tiêu đề của sổ: the organisation above, the one whose register it is, and its date."""

    superior: str
    organization: str
    as_of: date


class _Formats:
    def __init__(self, workbook: Any) -> None:
        base = {"font_name": "Times New Roman", "font_size": 11, "valign": "top"}
        self.plain = workbook.add_format({**base, "text_wrap": True, "border": 1, "num_format": "@"})
        self.number = workbook.add_format({**base, "border": 1, "align": "center"})
        self.day = workbook.add_format({**base, "border": 1, "num_format": "dd/mm/yyyy", "align": "left"})
        self.header = workbook.add_format(
            {**base, "text_wrap": True, "border": 1, "bold": True, "align": "center", "valign": "vcenter"}
        )
        self.section = workbook.add_format({**base, "bold": True})
        self.heading = workbook.add_format({**base, "bold": True})
        self.title = workbook.add_format({**base, "bold": True, "font_size": 14})


def write_roster(
    target: Path | BinaryIO,
    *,
    heading: RosterHeading,
    organizations: Sequence[OrganizationRow],
    members: Iterable[MemberRow],
    levels: LevelScheme | None = None,
) -> int:
    """Write the workbook to *target* and return the number of members in it.

    *members* come grouped by cell; each change of ``cell_code`` opens a section. ``row`` of the rows is not
    looked at. The file is byte-stable for the same input and ``heading.as_of``.
    """
    import xlsxwriter  # noqa: PLC0415 -- the services read rosters and need no writer in memory

    scheme = levels or LevelScheme()
    destination = str(target) if isinstance(target, Path) else target
    workbook = xlsxwriter.Workbook(
        destination,
        {"constant_memory": True, **TEXT_STAYS_TEXT},
    )
    try:
        workbook.set_properties({"title": f"{TITLE} ({FORM_NAME})", "created": _midnight(heading.as_of)})
        formats = _Formats(workbook)
        _write_organizations(workbook.add_worksheet(ORGANIZATION_SHEET), organizations, scheme, formats)
        names = {row.code: row.name for row in organizations}
        return _write_members(workbook.add_worksheet(MEMBER_SHEET), heading, names, members, formats)
    finally:
        workbook.close()


def _midnight(day: date) -> datetime:
    # XlsxWriter writes a naive instant as UTC; a fixed one keeps the file the same byte for byte.
    return datetime.combine(day, time(), UTC).replace(tzinfo=None)


def _write_organizations(
    sheet: Any, organizations: Sequence[OrganizationRow], levels: LevelScheme, formats: _Formats
) -> None:
    _set_columns(sheet, ORGANIZATION_COLUMNS)
    _write_header(sheet, 0, ORGANIZATION_COLUMNS, formats)
    sheet.freeze_panes(1, 0)
    for index, row in enumerate(organizations, start=1):
        texts = (row.code, row.name, levels.kind(row.level).name_vi, row.parent_code)
        for column, text in enumerate(texts):
            _write_text(sheet, index, column, text, formats)
        sheet.write_datetime(index, len(texts), row.established_on, formats.day)


def _write_members(
    sheet: Any, heading: RosterHeading, names: dict[str, str], members: Iterable[MemberRow], formats: _Formats
) -> int:
    _set_columns(sheet, MEMBER_COLUMNS)
    sheet.set_landscape()
    sheet.set_paper(8)  # A3: fourteen columns do not fit A4
    sheet.write_string(0, 0, heading.superior.upper(), formats.heading)
    sheet.write_string(0, 9, "ĐẢNG CỘNG SẢN VIỆT NAM", formats.heading)
    sheet.write_string(1, 0, heading.organization.upper(), formats.heading)
    sheet.write_string(1, 13, FORM_NAME, formats.heading)
    sheet.write_string(2, 4, TITLE, formats.title)
    sheet.write_string(3, 4, f"Tính đến ngày {heading.as_of:%d/%m/%Y}", formats.heading)
    header_row = 5
    _write_header(sheet, header_row, MEMBER_COLUMNS, formats)
    for column in range(len(MEMBER_COLUMNS)):
        sheet.write_number(header_row + 1, column, column + 1, formats.number)
    sheet.freeze_panes(header_row + 2, 2)
    sheet.repeat_rows(header_row, header_row + 1)
    index, count, cell_code = header_row + 2, 0, None
    for member in members:
        if member.cell_code != cell_code:
            cell_code = member.cell_code
            sheet.write_string(
                index, 0, f"{cell_code} — {names.get(cell_code, '')}".rstrip(" —"), formats.section
            )
            index += 1
        count += 1
        _write_member(sheet, index, count, member, formats)
        index += 1
    return count


def _write_member(sheet: Any, index: int, ordinal: int, member: MemberRow, formats: _Formats) -> None:
    sheet.write_number(index, 0, ordinal, formats.number)
    for column, text in enumerate(_member_texts(member), start=1):
        _write_text(sheet, index, column, text, formats)


def _member_texts(member: MemberRow) -> Iterator[str | None]:
    """Yield columns 2 to 14."""
    yield "\n".join(filter(None, (member.full_name, member.birth_name)))
    gender = _GENDER_VI[member.gender] if member.gender else None
    # Without the gender the form's own third column could not be read again.
    said = [
        f"{label}: {member.optional[name]}"
        for name, label in (("ethnicity", "Dân tộc"), ("religion", "Tôn giáo"))
        if name in member.optional
    ]
    yield "; ".join([gender, *said]) if gender else None
    yield member.native_place
    yield member.education
    yield member.occupation
    yield ";\n".join(f"{day:%d/%m/%Y}" for day in (member.admitted_on, member.official_on) if day is not None)
    yield "\n".join(
        f"{label}: {value}"
        for label, value in (
            ("Thẻ", member.card_number),
            ("LL", member.dossier_number and shown_dossier_number(member.dossier_number)),
            ("HH", member.badge),
        )
        if value
    )
    yield member.service
    yield _dated_place(member.transferred_out)
    yield _dated_place(member.transferred_in)
    yield f"{member.died_on:%d/%m/%Y}" if member.died_on else None
    left = member.left
    yield f"{left.on:%d/%m/%Y} - {left.detail or LEAVING_MODE_VI[left.mode].capitalize()}" if left else None
    exempt = EXEMPT_NOTE.format(day=f"{member.exempt_from:%d/%m/%Y}") if member.exempt_from else None
    yield ". ".join(filter(None, (exempt, member.notes)))


def _dated_place(transfer: DatedPlace | None) -> str | None:
    if transfer is None:
        return None
    return f"{transfer.on:%d/%m/%Y}" + (f" - {transfer.place}" if transfer.place else "")


def _write_text(sheet: Any, row: int, column: int, text: str | None, formats: _Formats) -> None:
    if text:
        sheet.write_string(row, column, text, formats.plain)
    else:
        sheet.write_blank(row, column, None, formats.plain)


def _write_header(sheet: Any, row: int, columns: Sequence[Column], formats: _Formats) -> None:
    sheet.set_row(row, _LINE_HEIGHT * 4)
    for index, column in enumerate(columns):
        sheet.write_string(row, index, column.header, formats.header)


def _set_columns(sheet: Any, columns: Sequence[Column]) -> None:
    for index, column in enumerate(columns):
        sheet.set_column(index, index, column.width)
