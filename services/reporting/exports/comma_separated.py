"""The reports as CSV (RFC 4180, UTF-8 with a byte order mark): one line for each figure of each report.

The split by kind of organisation follows the figures of its report: the same figures again for each kind, which
``kind``, ``kind_name`` and ``organizations_of_kind`` name. What a source printed of its own days, year by year, and
its shares follow with ``source``: ``count`` is then what the records say of those days.

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
from services.reporting.exports.published import published_tables
from services.reporting.exports.tables.document import Table, Value

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
    "source",
)
_NO_KIND = ("", "", "")
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
            writer.writerow((*named, *count, *compared, safe(published_text), *_NO_KIND, ""))
        for position, kind in enumerate(report.by_organization_kind):
            of_kind = (safe(kind.level), safe(kind.level_name), kind.organizations)
            for line in found:
                count = (line.key, safe(line.heading), line.kinds[position])
                writer.writerow((*named, *count, "", "", "", *of_kind, ""))
        for table in published_tables([report]):
            for row in table.rows:
                writer.writerow((*named[:3], *_published(table, row, report)))
    return b"\xef\xbb\xbf" + output.getvalue().encode()


def _published(table: Table, row: Sequence[Value], report: ScreeningReport) -> tuple[str | int, ...]:
    """Return the cells of a published figure or share from the period on."""
    told = dict(zip((heading.key for heading in table.headings), row, strict=True))
    as_of, source = report.as_of.isoformat(), safe(str(told["source"]))
    if table.key == "shares":
        heading = f"{told['label']} (trên {told['of']})"
        of_report = (safe(report.period.label), "", "", as_of)
        return (*of_report, "share", safe(heading), "", "", "", safe(str(told["percent"])), *_NO_KIND, source)
    days = ["" if (day := told[name]) is None else str(day) for name in ("from", "to")]
    period = (safe(str(told["period"])), *days, as_of)
    counted = "" if told["counted"] is None else str(told["counted"])
    stated = safe(str(told["stated"]))
    return (*period, "published", safe(str(told["figure"])), counted, "", "", stated, *_NO_KIND, source)


def safe(value: str) -> str:
    """Return text that no spreadsheet takes for a formula."""
    text = printed.text(value)
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
