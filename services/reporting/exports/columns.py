"""Columns of the report (*các cột của biểu*), once for all formats.

The order is that of published reports of several Khối; the official annex has not been seen (an assumption
printed with every report).
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from services.reporting.domain.code_lists import CRITERIA, GROUNDS, MODES, OTHER_REASONS, label
from services.reporting.domain.screening_count import Figures
from services.reporting.domain.screening_report import ScreeningReport
from services.reporting.exports.printed import text


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """Part of a figure — *trong đó*. ``adds``: the parts that add up to the total; ``in_table``: a column.

    ``in_sheet``: a column at least where the table is a sheet, which has room for more than a page.
    """

    key: str
    heading: str
    adds: bool = True
    in_table: bool = True
    in_sheet: bool = True


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """Figure of the report under its key (`Figures.flat`), with its parts; ``in_table``: a column of the table."""

    key: str
    heading: str
    parts: tuple[Part, ...] = ()
    in_table: bool = True

    @property
    def table_parts(self) -> tuple[Part, ...]:
        """Parts that are columns of the official table."""
        return tuple(part for part in self.parts if part.in_table)

    @property
    def sheet_parts(self) -> tuple[Part, ...]:
        """Parts that are columns of a workbook's table."""
        return tuple(part for part in self.parts if part.in_sheet)


def columns(reports: Sequence[ScreeningReport]) -> list[Column]:
    """Return the columns for these reports: the known codes always, other codes where a report has them."""
    flat = [figures.flat() for report in reports for figures in _all_figures(report)]
    flat += [dict.fromkeys(published.figures, 0) for report in reports for published in report.published]
    used = sorted({key for figures in flat for key in figures})

    def parts(
        prefix: str, codes: Mapping[str, str], *, known: bool = True, **flags: bool
    ) -> tuple[Part, ...]:
        start = f"{prefix}."
        found = [key.removeprefix(start) for key in used if key.startswith(start)]
        shown = (
            _ordered(codes, found) if known else [code for code in _ordered(codes, found) if code in found]
        )
        return tuple(Part(key=start + code, heading=_heading(prefix, codes, code), **flags) for code in shown)

    def removed(name: str) -> tuple[Part, ...]:
        return (
            *parts(f"{name}.by_mode", MODES),
            Part(key=f"{name}.probationary", heading="Trong đó: dự bị", adds=False),
            *parts(f"{name}.by_ground", GROUNDS, known=False, adds=False, in_table=False),
        )

    return [
        Column(key="opening", heading="Đầu kỳ"),
        Column(key="listed", heading="Mới đưa vào danh sách", parts=parts("listed.by_criterion", CRITERIA)),
        Column(key="transferred_in", heading="Chuyển đến"),
        Column(key="reversed.returned_to_list", heading="Trở lại danh sách (khôi phục)"),
        Column(key="recognized", heading="Công nhận tiến bộ"),
        Column(key="transferred_out", heading="Chuyển sinh hoạt (có nhận xét, đánh giá)"),
        Column(key="removed_from_list", heading="Đưa ra khỏi Đảng", parts=removed("removed_from_list")),
        Column(
            key="other_exits",
            heading="Ra khỏi danh sách khác",
            parts=parts("other_exits.by_reason", OTHER_REASONS, known=False, in_table=False, in_sheet=False),
        ),
        Column(key="continuing", heading="Còn tiếp tục giáo dục, giúp đỡ"),
        Column(key="unreconciled", heading="Chưa đối chiếu được"),
        Column(
            key="removed_outside_list",
            heading="Đưa ra khỏi Đảng ngoài danh sách",
            parts=removed("removed_outside_list"),
            in_table=False,
        ),
        Column(key="reversed", heading="Hủy quyết định đưa ra, khôi phục đảng tịch", in_table=False),
    ]


def _all_figures(report: ScreeningReport) -> list[Figures]:
    """Return every count in a report: a code that only another period or one kind has is a column as well."""
    compared = [each.figures for each in report.comparison]
    return [report.figures, *compared, *(kind.figures for kind in report.by_organization_kind)]


def _ordered(codes: Mapping[str, str], found: Iterable[str]) -> list[str]:
    return [*codes, *(code for code in found if code not in codes)]


def _heading(prefix: str, codes: Mapping[str, str], code: str) -> str:
    # Criteria head narrow columns by their code, as in printed reports; everything else by its name.
    if prefix == "listed.by_criterion" and code in codes:
        return code
    if prefix.endswith(".by_ground"):
        return text(
            f"Lý do {code}: {label(codes, code)}" if code in codes else f"Lý do: {label(codes, code)}"
        )
    return text(label(codes, code))
