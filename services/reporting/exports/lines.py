"""The figures of one report as lines: a heading, the count, and the counts that stand beside it. For all tables."""

from collections.abc import Mapping, Sequence

import msgspec

from services.reporting.domain.screening_count import Figures
from services.reporting.domain.screening_report import Compared, KindFigures, ScreeningReport
from services.reporting.exports import printed
from services.reporting.exports.columns import Column

_WITH: Mapping[str, str] = {"period_before": "Kỳ trước", "year_before": "Cùng kỳ năm trước"}


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One figure — *một chỉ tiêu*; ``compared`` and ``kinds`` stand in the order in which the report has them."""

    key: str
    heading: str
    part: bool
    count: int
    compared: tuple[int, ...]
    kinds: tuple[int, ...]


class Beside(msgspec.Struct, frozen=True, kw_only=True):
    """Counts that stand beside those of the report: of another period, or of the organisations of one kind."""

    heading: str
    short: str
    figures: Figures


def lines(report: ScreeningReport, shown: Sequence[Column]) -> list[Line]:
    """Return every figure and part of a report in the order of the form."""
    flat = report.figures.flat()
    others = [each.figures.flat() for each in report.comparison]
    kinds = [each.figures.flat() for each in report.by_organization_kind]

    def line(key: str, heading: str, *, part: bool) -> Line:
        return Line(
            key=key,
            heading=heading,
            part=part,
            count=flat.get(key, 0),
            compared=tuple(other.get(key, 0) for other in others),
            kinds=tuple(kind.get(key, 0) for kind in kinds),
        )

    found = []
    for column in shown:
        found.append(line(column.key, column.heading, part=False))
        found.extend(line(part.key, part.heading, part=True) for part in column.parts)
    return found


def compared_heading(compared: Compared) -> str:
    """Return the heading of a column of comparison: which period, by name."""
    return f"{_WITH[compared.with_]}: {printed.text(compared.period.label)}"


def kind_heading(kind: KindFigures) -> str:
    """Return the heading of a column of one kind of organisation: its name and how many there are."""
    return f"{printed.text(kind.level_name)} ({kind.organizations} tổ chức)"


def beside(report: ScreeningReport) -> list[Beside]:
    """Return everything counted beside the figures of a report: other periods first, then the kinds."""
    return [
        *(
            Beside(heading=compared_heading(each), short=_WITH[each.with_], figures=each.figures)
            for each in report.comparison
        ),
        *(
            Beside(
                heading=f"Theo loại hình: {kind_heading(each)}",
                short=printed.text(each.level_name),
                figures=each.figures,
            )
            for each in report.by_organization_kind
        ),
    ]
