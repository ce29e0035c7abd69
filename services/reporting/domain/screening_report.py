"""Screening report (*báo cáo kết quả rà soát, giáo dục, giúp đỡ, sàng lọc đảng viên*): the shape every output has.

The JSON of the API is ``msgspec.to_builtins(report)``; exports read it back with `read_report`.
"""

from datetime import date, datetime
from typing import Any, Literal

import msgspec

from services.reporting.domain.period import Period
from services.reporting.domain.published_figures import PublishedBeside
from services.reporting.domain.screening_count import Figures

REPORTING_ASSUMPTIONS = (
    "Mẫu biểu kèm Hướng dẫn 02-HD/BTCTW (12/4/2021) chưa được đối chiếu; các cột theo báo cáo đã công bố.",
    "Đảng viên trong danh sách chuyển sinh hoạt: nơi đi tính “chuyển sinh hoạt”, nơi đến tính “chuyển đến”.",
    "Quyết định đưa ra khỏi Đảng bị hủy vẫn giữ ở kỳ đã tính; việc khôi phục ghi ở kỳ có quyết định khôi phục.",
)
"""Counting rules that no document seen so far confirms; printed with every report as "chưa kiểm chứng"."""


class ReportedOrganization(msgspec.Struct, frozen=True, kw_only=True):
    """Organisation a report speaks of — *tổ chức đảng*; ``superior_name`` heads the official layout, if given."""

    id: str
    name: str
    level_name: str
    superior_name: str | None = None


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """Figures of another period, counted as of the same day — *so sánh*: ``with_`` says which one."""

    with_: Literal["period_before", "year_before"] = msgspec.field(name="with")
    period: Period
    figures: Figures


class KindFigures(msgspec.Struct, frozen=True, kw_only=True):
    """Figures of all organisations of one kind directly below — *theo loại hình tổ chức*.

    Counted as of one organisation: a move between two of the same kind is none, one to another kind is a
    transfer. So the kinds add up to the report in every figure but the transfers and the list's states.
    """

    level: str
    level_name: str
    organizations: int
    figures: Figures


class Applied(msgspec.Struct, frozen=True, kw_only=True):
    """How far the read model is with one source — *sự kiện đã áp dụng*: how many events, the time of the newest."""

    events: int
    time: datetime | None = None


class ScreeningReport(msgspec.Struct, frozen=True, kw_only=True):
    """Screening report of one organisation and period — *báo cáo sàng lọc đảng viên*.

    ``as_of``: what was known at the end of that day. ``applied``: per event source, how far the read model was
    when the figures were counted. ``assumptions``: what was assumed, in the words the reader sees.
    ``comparison``: the period before and the same period a year before, where there are such.
    ``rounds_held``: review rounds that ran in the period; None in reports frozen before they were counted, and in sums.
    ``cases``: drill-down by figure key, only for those who may see cases; None for everyone else.
    """

    organization: ReportedOrganization
    period: Period
    as_of: date
    generated_at: datetime
    applied: dict[str, Applied]
    figures: Figures
    assumptions: tuple[str, ...] = REPORTING_ASSUMPTIONS
    published: tuple[PublishedBeside, ...] = ()
    comparison: tuple[Compared, ...] = ()
    by_organization_kind: tuple[KindFigures, ...] = ()
    rounds_held: int | None = None
    cases: dict[str, tuple[str, ...]] | None = None


def read_report(document: Any) -> ScreeningReport:
    """Read a report from its decoded JSON. Raises msgspec.ValidationError naming the place of the fault."""
    return msgspec.convert(document, ScreeningReport)
