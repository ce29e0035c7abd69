"""The empty form as a workbook: both sheets with their headings, and one that says what belongs into each column."""

from __future__ import annotations

from io import BytesIO

from services.reporting.published_imports.form import (
    COLUMNS,
    EXPLAINED,
    FIGURES_SHEET,
    PART,
    SHARE_COLUMNS,
    SHARES_SHEET,
    SOURCE_KINDS,
    WHOLE,
)

FILE_NAME = "mau-so-lieu-cong-bo.xlsx"
_HEADING_ROW = 2
_ROWS = 500
_RULES = (
    "Mỗi bộ số liệu ghi đúng như nguồn in; không cộng, không suy ra. Số nguồn không nêu thì để trống.",
    "Số có cận ghi như nguồn: “trên 20”, “gần 90.000”, “ít nhất 7”.",
    "Không ghi công thức, không gộp ô; ngày ghi dd/mm/yyyy. Hệ thống cho xem trước rồi mới nhập.",
)


def template() -> bytes:
    """Return the workbook."""
    import xlsxwriter  # noqa: PLC0415 -- only who asks for the form needs it

    content = BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        base = {"font_name": "Times New Roman", "font_size": 11, "valign": "top", "text_wrap": True}
        heading = book.add_format({**base, "bold": True, "border": 1, "align": "center"})
        title = book.add_format({**base, "bold": True, "font_size": 14, "text_wrap": False})
        text = book.add_format(base)
        choices = {"kind": list(SOURCE_KINDS), "line": [WHOLE, PART]}
        for name, columns in ((FIGURES_SHEET, COLUMNS), (SHARES_SHEET, SHARE_COLUMNS)):
            sheet = book.add_worksheet(name)
            sheet.write_string(0, 0, name.upper(), title)
            for place, column in enumerate(columns):
                sheet.set_column(place, place, column.width, text)
                sheet.write_string(_HEADING_ROW, place, column.header, heading)
                if column.field in choices:
                    rows = (_HEADING_ROW + 1, place, _HEADING_ROW + _ROWS, place)
                    sheet.data_validation(*rows, {"validate": "list", "source": choices[column.field]})
            sheet.freeze_panes(_HEADING_ROW + 1, 1)
        told = book.add_worksheet("Hướng dẫn")
        told.set_column(0, 0, 34)
        told.set_column(1, 1, 100)
        lines = [("Chung", rule) for rule in _RULES]
        known = {column.field: column.header for column in (*COLUMNS, *SHARE_COLUMNS)}
        lines += [(known[field], how) for field, how in EXPLAINED.items()]
        for row, (name, how) in enumerate(lines):
            told.write_string(row, 0, name, text)
            told.write_string(row, 1, how, text)
    return content.getvalue()
