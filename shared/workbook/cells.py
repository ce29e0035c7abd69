"""Single cells: what their text says, refused where it could be read in two ways."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime

from shared.text import nfc

_DATE_PARTS = re.compile(r"(\d{1,2})\s*[/.\-]\s*(\d{1,2})\s*[/.\-]\s*(\d{4})")
_MONTH_ONLY = re.compile(r"(?:tháng\s*)?\d{1,2}\s*[/.\-]\s*\d{4}", re.IGNORECASE)
_YEAR_ONLY = re.compile(r"(?:năm\s*)?\d{4}", re.IGNORECASE)


class CellError(ValueError):
    """The cell cannot be read; ``code`` is stable, ``detail_vi`` is for the person."""

    def __init__(self, code: str, detail_vi: str) -> None:
        super().__init__(detail_vi)
        self.code = code
        self.detail_vi = detail_vi


def cell_text(value: object) -> str | None:
    """Return a cell as one line of NFC text, None if blank; CellError for dates and fractions."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise CellError("cell_not_text", "Ô phải là văn bản.")
    return nfc(str(value)) or None


def is_decomposed(value: object) -> bool:
    """Say whether a text is not in NFC (as macOS programs write it)."""
    return isinstance(value, str) and not unicodedata.is_normalized("NFC", value)


def cell_date(value: object) -> date:
    """Return the day in a cell: a real spreadsheet date, or the text dd/mm/yyyy.

    CellError for month or year alone, two-digit years, plain numbers and days that do not exist.
    """
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if not isinstance(value, str):
        raise CellError("date_not_text", "Ô ngày phải là dạng ngày hoặc văn bản dd/mm/yyyy.")
    text = nfc(value)
    parts = _DATE_PARTS.fullmatch(text)
    if parts is None:
        if _MONTH_ONLY.fullmatch(text):
            raise CellError("date_month_only", "Ngày chỉ có tháng và năm; phải ghi đủ dd/mm/yyyy.")
        if _YEAR_ONLY.fullmatch(text):
            raise CellError("date_year_only", "Ngày chỉ có năm; phải ghi đủ dd/mm/yyyy.")
        raise CellError("date_wrong", "Ngày phải ghi dạng dd/mm/yyyy.")
    day, month, year = (int(part) for part in parts.groups())
    try:
        return date(year, month, day)
    except ValueError as problem:
        raise CellError("date_wrong", f"Không có ngày {text}.") from problem
