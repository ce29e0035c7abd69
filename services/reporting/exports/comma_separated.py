"""The reports as CSV (RFC 4180, UTF-8 with a byte order mark): one line for each figure of each report.

The split by kind of organisation follows the figures of its report: the same figures again for each kind, which
``kind``, ``kind_name`` and ``organizations_of_kind`` name.

A spreadsheet takes text that begins like a formula for one; such text gets an apostrophe before it, which shows
it as text. Counts are plain numbers, dates ISO.
"""

import csv
import io
from collections.abc import Sequence

from services.reporting.domain.screening_report import ScreeningReport
from services.reporting.exports import printed
from services.reporting.exports.columns import columns
from services.reporting.exports.lines import lines

HEADINGS = (
    "organization_id",
    "organization",
    "level",
    "period",
    "from",
    "to",
    "as_of",
    "figure",
    "heading",
    "count",
    "period_before",
    "year_before",
    "published",
    "kind",
    "kind_name",
    "organizations_of_kind",
)
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def render(reports: Sequence[ScreeningReport]) -> bytes:
    """Return the file. A published figure stands as printed (``>20``), several sources by ``;``."""
    output = io.StringIO(newline="")
    writer = csv.writer(output)
    writer.writerow(HEADINGS)
    shown = columns(reports)
    for report in reports:
        named = (
            safe(report.organization.id),
            safe(report.organization.name),
            safe(report.organization.level_name),
            safe(report.period.label),
            report.period.starts_on.isoformat(),
            report.period.ends_on.isoformat(),
            report.as_of.isoformat(),
        )
        at = {each.with_: position for position, each in enumerate(report.comparison)}
        found = lines(report, shown)
        for line in found:
            compared = [
                line.compared[at[name]] if name in at else "" for name in ("period_before", "year_before")
            ]
            stated = [
                published.unreconciled if line.key == "unreconciled" else published.figures.get(line.key)
                for published in report.published
            ]
            published_text = "; ".join(each.text for each in stated if each is not None)
            count = (line.key, safe(line.heading), line.count)
            writer.writerow((*named, *count, *compared, safe(published_text), "", "", ""))
        for position, kind in enumerate(report.by_organization_kind):
            of_kind = (safe(kind.level), safe(kind.level_name), kind.organizations)
            for line in found:
                count = (line.key, safe(line.heading), line.kinds[position])
                writer.writerow((*named, *count, "", "", "", *of_kind))
    return b"\xef\xbb\xbf" + output.getvalue().encode()


def safe(value: str) -> str:
    """Return text that no spreadsheet takes for a formula."""
    text = printed.text(value)
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
