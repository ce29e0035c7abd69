"""The columns of a form and how their headings are recognised in a sheet."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from shared.text import fold

_NOT_LETTERS = re.compile(r"[\W_]+")


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """Cột của biểu mẫu: the field it fills, its official header, and other headings seen for it."""

    field: str
    header: str
    also: tuple[str, ...] = ()
    width: int = 16
    """Width in characters when written."""
    required: bool = True
    """Whether a file without it is refused."""


class HeaderMatch(msgspec.Struct, frozen=True, kw_only=True):
    """Kết quả đọc dòng tiêu đề: which column of the sheet holds which field, and what does not fit."""

    positions: dict[int, Column]
    """By column number of the sheet, from 1."""
    unknown: list[tuple[int, str]]
    repeated: list[tuple[int, str]]
    missing: list[Column]


def header_key(text: str) -> str:
    """Return a heading without case, marks, signs and blanks, so that spelling habits do not matter."""
    return _NOT_LETTERS.sub("", fold(text))


def match_headers(texts: Sequence[str | None], columns: Sequence[Column]) -> HeaderMatch:
    """Return how the cells of one row fit the headers of *columns*."""
    known = {header_key(text): column for column in columns for text in (column.header, *column.also)}
    positions: dict[int, Column] = {}
    unknown: list[tuple[int, str]] = []
    repeated: list[tuple[int, str]] = []
    for number, text in enumerate(texts, start=1):
        if not text:
            continue
        column = known.get(header_key(text))
        if column is None:
            unknown.append((number, text))
        elif column in positions.values():
            repeated.append((number, text))
        else:
            positions[number] = column
    found = set(positions.values())
    return HeaderMatch(
        positions=positions,
        unknown=unknown,
        repeated=repeated,
        missing=[column for column in columns if column.required and column not in found],
    )
