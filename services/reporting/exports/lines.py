"""The figures of one report as lines: a heading, the count, and what it is compared with. For CSV, DOCX, XLSX."""

from collections.abc import Mapping, Sequence

import msgspec

from services.reporting.domain.screening_report import Compared, ScreeningReport
from services.reporting.exports import printed
from services.reporting.exports.columns import Column

_WITH: Mapping[str, str] = {"period_before": "Kỳ trước", "year_before": "Cùng kỳ năm trước"}


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One figure — *một chỉ tiêu*; ``compared`` stands in the order of the report's comparison."""

    key: str
    heading: str
    part: bool
    count: int
    compared: tuple[int, ...]


def lines(report: ScreeningReport, shown: Sequence[Column]) -> list[Line]:
    """Return every figure and part of a report in the order of the form."""
    flat = report.figures.flat()
    others = [each.figures.flat() for each in report.comparison]

    def line(key: str, heading: str, *, part: bool) -> Line:
        compared = tuple(other.get(key, 0) for other in others)
        return Line(key=key, heading=heading, part=part, count=flat.get(key, 0), compared=compared)

    found = []
    for column in shown:
        found.append(line(column.key, column.heading, part=False))
        found.extend(line(part.key, part.heading, part=True) for part in column.parts)
    return found


def compared_heading(compared: Compared) -> str:
    """Return the heading of a column of comparison: which period, by name."""
    return f"{_WITH[compared.with_]}: {printed.text(compared.period.label)}"
