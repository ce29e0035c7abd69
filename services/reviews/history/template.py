"""The empty form as a workbook: headings, drop-down lists, and a sheet that says what belongs into each column."""

from __future__ import annotations

from io import BytesIO

from services.reviews.domain.criteria import CRITERIA
from services.reviews.domain.grounds import GROUNDS, MODE_VI
from services.reviews.domain.history import PAST_OUTCOME_VI
from services.reviews.history.form import COLUMNS, DATES, EXPLAINED, EXPLANATIONS, SHEET, TITLE

FILE_NAME = "mau-vu-viec-truoc-he-thong.xlsx"
_ROWS = 1000
"""Rows that are formatted beforehand; more may follow."""
_HEADING_ROW = 2
_RULES = (
    "Mỗi dòng là một vụ việc đã có trước khi dùng hệ thống. Không rõ thì để trống; không điền phỏng đoán.",
    "Vụ việc được đánh dấu là nhập từ hồ sơ cũ ở mọi nơi hiển thị. Các bước không ghi ở đây vẫn là không rõ.",
    "Vụ việc còn trong danh sách được tiếp tục theo quy định hiện hành kể từ khi nhập.",
    "Không ghi công thức, không gộp ô; ngày ghi dd/mm/yyyy. Hệ thống xem trước từng dòng rồi mới nhập.",
)


def template() -> bytes:
    """Return the workbook."""
    import xlsxwriter  # noqa: PLC0415 -- only who asks for the form needs it

    content = BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as workbook:
        base = {"font_name": "Times New Roman", "font_size": 11, "valign": "top", "text_wrap": True}
        text = workbook.add_format({**base, "num_format": "@"})
        day = workbook.add_format({**base, "num_format": "dd/mm/yyyy", "align": "left"})
        heading = workbook.add_format({**base, "bold": True, "border": 1, "align": "center"})
        title = workbook.add_format({**base, "bold": True, "font_size": 14, "text_wrap": False})
        sheet = workbook.add_worksheet(SHEET)
        sheet.write_string(0, 0, TITLE, title)
        for place, column in enumerate(COLUMNS):
            sheet.set_column(place, place, column.width, day if column.field in DATES else text)
            sheet.write_string(_HEADING_ROW, place, column.header, heading)
            choices = _CHOICES.get(column.field)
            if choices is not None:
                rows = (_HEADING_ROW + 1, place, _HEADING_ROW + _ROWS, place)
                sheet.data_validation(*rows, {"validate": "list", "source": choices})
        sheet.freeze_panes(_HEADING_ROW + 1, 2)
        _explain(workbook.add_worksheet(EXPLANATIONS), title=title, heading=heading, text=text)
    return content.getvalue()


def _explain(sheet: object, *, title: object, heading: object, text: object) -> None:
    write = sheet.write_string  # type: ignore[attr-defined]  # xlsxwriter ships no types
    sheet.set_column(0, 0, 34)  # type: ignore[attr-defined]  # the same
    sheet.set_column(1, 1, 100)  # type: ignore[attr-defined]  # the same
    write(0, 0, "CÁCH GHI", title)
    lines: list[tuple[str, str]] = [("Chung", rule) for rule in _RULES]
    lines += [(column.header, EXPLAINED[column.field]) for column in COLUMNS if column.field in EXPLAINED]
    lines += [(f"Tiêu chí {each.code}", each.text_vi) for each in CRITERIA]
    lines += [(f"Căn cứ {each.code}", each.text_vi) for each in GROUNDS]
    write(2, 0, "Cột", heading)
    write(2, 1, "Cách ghi", heading)
    for row, (name, how) in enumerate(lines, start=3):
        write(row, 0, name, text)
        write(row, 1, how, text)


_CHOICES: dict[str, list[str]] = {
    "standing": ["chính thức", "dự bị"],
    "criterion": [each.code for each in CRITERIA],
    "outcome": list(PAST_OUTCOME_VI.values()),
    "mode": list(MODE_VI.values()),
    "ground": [each.code for each in GROUNDS],
}
