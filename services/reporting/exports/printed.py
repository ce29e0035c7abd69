"""How values are printed for people: text, dates dd/mm/yyyy, instants in Vietnamese time."""

import unicodedata
from datetime import date, datetime

from services.reporting.domain.case_facts import VIETNAM_TIME
from services.reporting.domain.published_figures import PublishedBeside
from services.reporting.domain.screening_report import ScreeningReport

TITLE = "Kết quả rà soát, giáo dục, giúp đỡ, sàng lọc đảng viên"
PARTY = "ĐẢNG CỘNG SẢN VIỆT NAM"
IDENTITY = (
    "Đầu kỳ + Mới đưa vào + Chuyển đến + Trở lại danh sách = Công nhận tiến bộ + Chuyển sinh hoạt + "
    "Đưa ra khỏi Đảng (trong danh sách) + Ra khỏi danh sách khác + Còn tiếp tục + Chưa đối chiếu được."
)

# Explicit direction controls can make a name read as something else; no Vietnamese text needs them.
_DIRECTION_CONTROLS = {chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))}


def text(value: str) -> str:
    """Return text as one printable NFC line: control characters (ESC, NUL, …) become the replacement character."""
    line = " ".join(unicodedata.normalize("NFC", value).split())
    return "".join("\ufffd" if unsafe(letter) else letter for letter in line)


def unsafe(letter: str) -> bool:
    """Tell whether a character must not reach a terminal or a document."""
    return unicodedata.category(letter) in {"Cc", "Cs"} or letter in _DIRECTION_CONTROLS


def day(value: date) -> str:
    """Return a date as dd/mm/yyyy."""
    return f"{value:%d/%m/%Y}"


def instant(value: datetime) -> str:
    """Return an instant as hh:mm dd/mm/yyyy in Vietnamese time."""
    return f"{value.astimezone(VIETNAM_TIME):%H:%M %d/%m/%Y}"


def period(report: ScreeningReport) -> str:
    """Return the report's period, its dates added where the label does not carry them."""
    label = text(report.period.label)
    dates = f"{day(report.period.starts_on)} – {day(report.period.ends_on)}"
    return label if label.startswith("Từ ") and report.period.kind == "range" else f"{label} ({dates})"


def applied(report: ScreeningReport) -> str:
    """Return which events the figures stand on."""
    sources = (f"{text(source)}: {applied.events}" for source, applied in sorted(report.applied.items()))
    return ", ".join(sources) or "chưa có sự kiện nào"


def source(published: PublishedBeside) -> str:
    """Return the source of published figures in short: name and date."""
    return f"{text(published.source.name)}, {day(published.source.published_on)}"


def notes(report: ScreeningReport) -> list[str]:
    """Return the notes under a report: rounds, sources with their own notes and cross-cuts, what was assumed."""
    lines = [] if report.rounds_held is None else [f"Số đợt rà soát trong kỳ: {report.rounds_held}."]
    for published in report.published:
        origin = published.source
        lines.append(
            f"Số liệu công bố: {text(published.organization_name)}, {text(published.period.label)}. "
            f"Nguồn: {source(published)}, “{text(origin.title)}”."
        )
        for cut in published.cross_cuts:
            base = f"trên {text(cut.base)}" if cut.base else "nguồn không nói rõ tính trên số nào"
            lines.append(f"{text(cut.label)}: {cut.figure} ({base}).")
        lines.extend(text(note) for note in (origin.note, *published.notes) if note)
    lines.extend(f"Chưa kiểm chứng: {text(assumption)}" for assumption in report.assumptions)
    return lines
