"""Writing ``DS_DANGVIEN.xlsx``, row by row, so that memory does not grow with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import BinaryIO

from services.members.roster.form import LIST_COLUMNS, LIST_FORM_NAME
from services.members.roster.rows import MemberRow
from shared.workbook.writing import TEXT_STAYS_TEXT

_COLUMNS = [column for column in LIST_COLUMNS if column.field != "official"]


def write_member_list(
    target: Path | BinaryIO, *, as_of: date, cell_names: Mapping[str, str], members: Iterable[MemberRow]
) -> int:
    """Write the nine columns to *target* and return the number of members in it.

    The citizen id stays blank where it is not kept, the cell at the place of residence always. The cell is written
    with its code, since two cells may have one name.
    """
    import xlsxwriter  # noqa: PLC0415 -- the services read rosters and need no writer in memory

    workbook = xlsxwriter.Workbook(
        str(target) if isinstance(target, Path) else target,
        {"constant_memory": True, **TEXT_STAYS_TEXT},
    )
    count = 0
    try:
        # XlsxWriter writes a naive instant as UTC; a fixed one keeps the file the same byte for byte.
        created = datetime.combine(as_of, time(), UTC).replace(tzinfo=None)
        workbook.set_properties({"title": LIST_FORM_NAME, "created": created})
        base = {"font_name": "Times New Roman", "font_size": 11, "border": 1}
        text = workbook.add_format({**base, "num_format": "@"})
        header = workbook.add_format({**base, "bold": True, "align": "center", "text_wrap": True})
        sheet = workbook.add_worksheet(LIST_FORM_NAME)
        for index, column in enumerate(_COLUMNS):
            sheet.set_column(index, index, column.width)
            sheet.write_string(0, index, column.header, header)
        sheet.freeze_panes(1, 2)
        for count, member in enumerate(members, start=1):
            sheet.write_number(count, 0, count, text)
            for index, value in enumerate(_texts(member, cell_names), start=1):
                if value:
                    sheet.write_string(count, index, value, text)
                else:
                    sheet.write_blank(count, index, None, text)
    finally:
        workbook.close()
    return count


def _texts(member: MemberRow, cell_names: Mapping[str, str]) -> tuple[str | None, ...]:
    return (
        member.full_name.upper(),
        member.card_number,
        member.optional.get("citizen_id"),
        f"{member.birth_date:%d/%m/%Y}" if member.birth_date else None,
        f"{member.admitted_on:%d/%m/%Y}",
        f"{member.cell_code} — {cell_names[member.cell_code]}",
        None,
        "Dự bị" if member.official_on is None else "Chính thức",
    )
