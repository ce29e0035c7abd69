"""Published figures beside the records, as tables: of the source's own days, by years and parts of years; shares."""

from collections.abc import Iterable, Mapping, Sequence

from services.reporting.domain.published_figures import PublishedBeside, PublishedFigure, PublishedPeriod
from services.reporting.domain.screening_report import ScreeningReport
from services.reporting.exports import printed
from services.reporting.exports.columns import columns
from services.reporting.exports.tables.document import Heading, Table, Value

GAP = "Chênh: cả kỳ trừ tổng từng kỳ"


def published_tables(reports: Sequence[ScreeningReport]) -> tuple[Table, ...]:
    """Return a table of published figures and one of shares; only those that have a row."""
    headings = {
        key: heading
        for column in columns(reports)
        for key, heading in (
            (column.key, column.heading),
            *((part.key, f"{column.heading}: {part.heading}") for part in column.parts),
        )
    }
    figures = Table(
        key="published",
        title="Số liệu công bố theo kỳ của nguồn",
        headings=(
            Heading(key="organization", text="Tổ chức đảng"),
            Heading(key="source", text="Nguồn"),
            Heading(key="period", text="Kỳ"),
            Heading(key="from", text="Từ ngày"),
            Heading(key="to", text="Đến ngày"),
            Heading(key="figure", text="Chỉ tiêu"),
            Heading(key="stated", text="Công bố"),
            Heading(key="counted", text="Theo hồ sơ"),
        ),
        rows=tuple(row for each in _published(reports) for row in _rows(*each, headings)),
        labels=6,
    )
    shares = Table(
        key="shares",
        title="Tỷ lệ đã công bố",
        headings=(
            Heading(key="organization", text="Tổ chức đảng"),
            Heading(key="source", text="Nguồn"),
            Heading(key="label", text="Tỷ lệ"),
            Heading(key="of", text="Tính trên"),
            Heading(key="denominator", text="Mẫu số"),
            Heading(key="percent", text="Công bố"),
            Heading(key="by_own_figures", text="Theo số liệu của chính nguồn"),
            Heading(key="agrees", text="Khớp"),
        ),
        rows=tuple(row for each in _published(reports) for row in _shares(*each)),
        labels=4,
    )
    return tuple(table for table in (figures, shares) if table.rows)


def _published(reports: Iterable[ScreeningReport]) -> list[tuple[str, PublishedBeside]]:
    return [(report.organization.name, each) for report in reports for each in report.published]


def _rows(
    organization: str, published: PublishedBeside, headings: Mapping[str, str]
) -> Iterable[tuple[Value, ...]]:
    """Yield the whole where something stands beside it, every part of the series, and what these leave open."""
    source = printed.source(published)

    def of(
        period: PublishedPeriod,
        label: str,
        figures: Mapping[str, PublishedFigure],
        counted: Mapping[str, int] | None,
    ) -> Iterable[tuple[Value, ...]]:
        for key, stated in figures.items():
            beside = None if counted is None else counted[key]
            named = (organization, source, label, period.starts_on, period.ends_on)
            yield (*named, headings.get(key, key), _value(stated), beside)

    if published.series or published.counted is not None:
        stated = {**published.figures, "unreconciled": published.unreconciled} if published.figures else {}
        yield from of(published.period, printed.text(published.period.label), stated, published.counted)
    for part in published.series:
        label = printed.text(part.period.label)
        yield from of(
            part.period,
            f"{label} (không đủ năm)" if part.part_of_year else label,
            {**part.figures, "unreconciled": part.unreconciled},
            part.counted,
        )
    for key, gap in published.series_unreconciled.items():
        yield (organization, source, GAP, None, None, headings.get(key, key), _value(gap), None)


def _shares(organization: str, published: PublishedBeside) -> Iterable[tuple[Value, ...]]:
    for share in published.shares:
        yield (
            organization,
            printed.source(published),
            share.label,
            share.of,
            None if share.denominator is None else _value(share.denominator),
            share.percent,
            share.by_own_figures,
            None if share.agrees is None else ("có" if share.agrees else "không"),
        )


def _value(stated: PublishedFigure) -> Value:
    """Return a number where the figure is exact, its text where it is a bound."""
    return stated.value if stated.kind == "exact" and stated.value is not None else stated.text
