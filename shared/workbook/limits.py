"""How large a workbook may be before it is refused; every bound is checked before memory is spent on it."""

from __future__ import annotations

import msgspec

MEBIBYTE = 1024 * 1024


class WorkbookLimits(msgspec.Struct, frozen=True, kw_only=True):
    """Giới hạn tệp nhập: bounds of one workbook; the defaults carry 60,000 members with room to spare."""

    file_bytes: int = 20 * MEBIBYTE
    uncompressed_bytes: int = 256 * MEBIBYTE
    ratio: int = 120
    """Uncompressed to compressed bytes of one part; counted only above ``ratio_from_bytes``."""
    ratio_from_bytes: int = MEBIBYTE
    parts: int = 200
    """Files inside the archive."""
    small_part_bytes: int = 8 * MEBIBYTE
    """Any part that is neither a sheet nor the table of shared texts."""
    record_bytes: int = 512 * 1024
    """One row of a sheet, or one shared text."""
    sheets: int = 10
    rows: int = 100_000
    columns: int = 40
    cell_characters: int = 2_000
