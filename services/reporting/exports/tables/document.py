"""A document made of tables — *văn bản gồm các bảng*: what every format prints of it."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import msgspec

from services.reporting.domain.case_facts import VIETNAM_TIME
from services.reporting.exports import printed

Value = str | int | date | None
"""What stands in a cell; None: kept back, or there is no such figure."""


class Heading(msgspec.Struct, frozen=True, kw_only=True):
    """Heading of a column; ``sums``: keys of the columns of the same table whose sum it is in every row."""

    key: str
    text: str
    sums: tuple[str, ...] = ()


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """One table. Its first ``labels`` columns say whose figures a row has, the others are figures."""

    key: str
    title: str
    headings: tuple[Heading, ...]
    rows: tuple[tuple[Value, ...], ...]
    labels: int = 1


class Tables(msgspec.Struct, frozen=True, kw_only=True):
    """Document of tables. ``value``: what the API answers, for JSON. ``about``: period, day and what was applied."""

    title: str
    filename: str
    organization: str
    subject: str
    about: str
    tables: tuple[Table, ...]
    notes: tuple[str, ...]
    made_at: datetime
    value: Any


def shown(value: Value) -> str:
    """Return a value as people read it: dates dd/mm/yyyy, nothing where there is nothing."""
    if value is None:
        return ""
    if isinstance(value, date):
        return printed.day(value)
    return printed.text(value) if isinstance(value, str) else str(value)


def place_and_day(document: Tables) -> str:
    """Return the day on which the document was made, as it stands in its head."""
    day = document.made_at.astimezone(VIETNAM_TIME)
    return f"Ngày {day.day:02} tháng {day.month:02} năm {day.year}"


def positions(table: Table, keys: Sequence[str]) -> list[int]:
    """Return the positions of columns by their keys."""
    at = {heading.key: position for position, heading in enumerate(table.headings)}
    return [at[key] for key in keys]
