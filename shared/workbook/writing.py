"""XLSX workbooks that are sent out: text from the records stays text, whatever it looks like."""

from __future__ import annotations

from typing import Final

TEXT_STAYS_TEXT: Final = {
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
"""Options of ``xlsxwriter.Workbook``: a name such as ``=HYPERLINK(…)`` is no formula, no link and no number."""
