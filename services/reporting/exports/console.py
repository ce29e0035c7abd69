"""The report as a text table for the terminal: one row for each figure, one column for each organisation."""

import io
from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from services.reporting.domain.screening_report import ScreeningReport
from services.reporting.exports import printed
from services.reporting.exports.columns import Column, columns
from services.reporting.exports.lines import Beside, beside, lines
from services.reporting.exports.published import published_tables
from services.reporting.exports.tables.console import text_of

_ALARM = "bold red"
_HEADING_WIDTH = 30
_FIGURE_WIDTH = 16
_FILE_WIDTH = 110


def print_reports(reports: Sequence[ScreeningReport], console: Console) -> None:
    """Print the reports side by side, the published figures to the right of the report they belong to.

    Reports that do not fit side by side go into further tables below.
    """
    shown = columns(reports)
    fitting = max(1, (console.width - _HEADING_WIDTH - 4) // (_FIGURE_WIDTH + 3))
    for together in _side_by_side(reports, fitting):
        console.print(_table(together, shown))
    for report in reports:
        console.print(
            Text(
                f"{printed.text(report.organization.name)}: {printed.period(report)}; "
                f"số liệu biết đến hết ngày {printed.day(report.as_of)}; "
                f"lập lúc {printed.instant(report.generated_at)}; sự kiện đã áp dụng: {printed.applied(report)}."
            )
        )
    seen: list[str] = []
    for note in (note for report in reports for note in printed.notes(report)):
        if note not in seen:
            seen.append(note)
            console.print(Text(f"- {note}", style="dim"))


def text_table(reports: Sequence[ScreeningReport], *, width: int = 110) -> str:
    """Return the same as plain text of at most ``width`` columns."""
    console = Console(
        file=io.StringIO(), width=width, color_system=None, force_terminal=False, legacy_windows=False
    )
    with console.capture() as capture:
        print_reports(reports, console)
    return capture.get()


def render(reports: Sequence[ScreeningReport]) -> bytes:
    """Return the text table as UTF-8; what each report is compared with, and its split by kind, follow it."""
    console = Console(
        file=io.StringIO(), width=_FILE_WIDTH, color_system=None, force_terminal=False, legacy_windows=False
    )
    with console.capture() as capture:
        print_reports(reports, console)
        shown = columns(reports)
        fitting = max(1, (_FILE_WIDTH - _HEADING_WIDTH - 4) // (_FIGURE_WIDTH + 3))
        for report in reports:
            found = beside(report)
            for start in range(0, len(found), fitting):
                console.print(_beside_table(report, found[start : start + fitting], shown))
        for published in published_tables(reports):
            console.print(text_of(published))
    return capture.get().encode()


def _beside_table(report: ScreeningReport, found: Sequence[Beside], shown: Sequence[Column]) -> Table:
    title = f"{printed.text(report.organization.name)}: so sánh, theo loại hình"
    table = Table(box=box.ROUNDED, title=Text(title), title_style="bold", header_style="bold")
    table.add_column(Text("Chỉ tiêu"))
    for each in found:
        table.add_column(Text(each.heading), justify="right", width=_FIGURE_WIDTH)
    flats = [each.figures.flat() for each in found]
    for line in lines(report, shown):
        heading = f"  {line.heading}" if line.part else line.heading
        table.add_row(Text(heading), *(Text(str(flat.get(line.key, 0))) for flat in flats))
    return table


def _side_by_side(reports: Sequence[ScreeningReport], fitting: int) -> list[list[ScreeningReport]]:
    """Split the reports into tables of at most ``fitting`` columns of figures, one report at least in each."""
    tables: list[list[ScreeningReport]] = []
    used = fitting
    for report in reports:
        needed = 1 + len(report.published)
        if used + needed > fitting:
            tables.append([])
            used = 0
        tables[-1].append(report)
        used += needed
    return tables


def _table(reports: Sequence[ScreeningReport], shown: Sequence[Column]) -> Table:
    table = Table(box=box.ROUNDED, title=Text(printed.TITLE), title_style="bold", header_style="bold")
    table.add_column(Text("Chỉ tiêu"))
    for report in reports:
        organization = report.organization
        heading = f"{printed.text(organization.name)}\n({printed.text(organization.level_name)})"
        table.add_column(Text(heading), justify="right", width=_FIGURE_WIDTH)
        for published in report.published:
            heading = f"Công bố:\n{printed.source(published)}"
            table.add_column(Text(heading, style="italic"), justify="right", width=_FIGURE_WIDTH)
    flats = [report.figures.flat() for report in reports]
    for column in shown:
        style = "bold" if column.key in {"continuing", "unreconciled"} else ""
        _row(table, reports, flats, key=column.key, heading=column.heading, style=style)
        for part in column.parts:
            _row(table, reports, flats, key=part.key, heading=f"  {part.heading}", style="dim")
    return table


def _row(
    table: Table,
    reports: Sequence[ScreeningReport],
    flats: Sequence[dict[str, int]],
    *,
    key: str,
    heading: str,
    style: str,
) -> None:
    cells = [Text(heading, style=style)]
    for report, flat in zip(reports, flats, strict=True):
        count = flat.get(key, 0)
        cells.append(Text(str(count), style=_ALARM if key == "unreconciled" and count else style))
        for published in report.published:
            stated = published.unreconciled if key == "unreconciled" else published.figures.get(key)
            cells.append(Text(stated.text if stated else "", style=style))
    table.add_row(*cells)
