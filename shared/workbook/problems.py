"""What reading a workbook finds wrong: with the file as a whole, or at one place of it."""

from __future__ import annotations

from typing import Literal

import msgspec


class WorkbookError(ValueError):
    """The file as a whole cannot be read; ``code`` is stable, ``detail_vi`` is for the person.

    Codes: file_too_large, file_empty, not_a_workbook, encrypted, old_excel, broken_workbook, zip_bomb,
    forbidden_markup, too_many_parts, too_many_sheets, too_many_rows, record_too_large, sheet_missing.
    """

    def __init__(self, code: str, detail_vi: str) -> None:
        super().__init__(detail_vi)
        self.code = code
        self.detail_vi = detail_vi


class RowProblem(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Lỗi tại một ô: why a row is refused, with its place. ``scope`` ``file`` refuses the whole import."""

    sheet: str
    row: int
    column: str | None
    """Header of the column as the form names it; None when the whole row is meant."""
    code: str
    detail_vi: str
    value_excerpt: str = ""
    """At most 40 characters of the cell."""
    other_row: int | None = None
    """The other row of a duplicate: it was yielded before, and is refused with this one."""
    scope: Literal["row", "file"] = "row"

    @property
    def refused_rows(self) -> tuple[int, ...]:
        """Rows of the sheet that must not be imported because of this problem."""
        return (self.row,) if self.other_row is None else (self.other_row, self.row)


class RowNote(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Lưu ý: something done to the data that does not refuse it; each code is told once, at its first row."""

    sheet: str
    row: int
    column: str | None
    code: str
    detail_vi: str
