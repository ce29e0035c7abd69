"""The reports as DOCX in the layout of Party documents, to be worked on further in a word processor.

Each report begins a page: heading, one table with every figure, one by kind of organisation, notes, signatures.
Data goes in as text runs.
"""

import io
from collections.abc import Sequence
from typing import Any

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt

from services.reporting.domain.case_facts import VIETNAM_TIME
from services.reporting.domain.screening_report import ScreeningReport
from services.reporting.exports import printed
from services.reporting.exports.columns import Column, columns
from services.reporting.exports.lines import Line, compared_heading, kind_heading, lines
from services.reporting.exports.published import published_tables
from services.reporting.exports.tables.word import write_table

BY_KIND = "Theo loại hình tổ chức trực thuộc"


def render(reports: Sequence[ScreeningReport]) -> bytes:
    """Return the document."""
    document: Any = Document()
    style = document.styles["Normal"]
    style.font.name, style.font.size = "Times New Roman", Pt(12)
    section = document.sections[0]
    section.orientation = WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin, section.right_margin = Cm(3), Cm(1.5)
    section.top_margin = section.bottom_margin = Cm(2)
    document.core_properties.title = printed.TITLE
    document.core_properties.author = ""
    shown = columns(reports)
    for position, report in enumerate(reports):
        if position:
            document.add_page_break()
        _head(document, report)
        _figures(document, report, shown)
        if report.by_organization_kind:
            _kinds(document, report, shown)
        for table in published_tables([report]):
            document.add_paragraph().add_run(table.title).bold = True
            write_table(document, table)
        _notes(document, report)
        _signatures(document)
    output = io.BytesIO()
    document.save(output)
    return output.getvalue()


def _head(document: Any, report: ScreeningReport) -> None:
    signed_on = report.generated_at.astimezone(VIETNAM_TIME)
    organization = report.organization
    left = [
        printed.text(organization.superior_name or "").upper(),
        printed.text(organization.name).upper(),
        "*",
    ]
    right = [printed.PARTY, "", f"Ngày {signed_on.day:02} tháng {signed_on.month:02} năm {signed_on.year}"]
    head = document.add_table(rows=1, cols=2)
    for cell, texts in zip(head.rows[0].cells, (left, right), strict=True):
        cell.text = "\n".join(text for text in texts if text)
        cell.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.CENTER
    for text, bold in (("BÁO CÁO", True), (printed.TITLE, True), (printed.period(report), False)):
        paragraph = document.add_paragraph()
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        paragraph.add_run(text).bold = bold


def _figures(document: Any, report: ScreeningReport, shown: Sequence[Column]) -> None:
    """Write one row for each figure; the heading row is repeated on every page."""
    headings = [
        "Chỉ tiêu",
        "Số liệu",
        *(compared_heading(each) for each in report.comparison),
        *(f"Công bố: {printed.source(published)}" for published in report.published),
    ]
    rows = []
    for line in lines(report, shown):
        stated = [
            published.unreconciled if line.key == "unreconciled" else published.figures.get(line.key)
            for published in report.published
        ]
        counts = [str(count) for count in (line.count, *line.compared)]
        rows.append((line, [*counts, *(each.text if each is not None else "" for each in stated)]))
    _table(document, headings, rows)


def _kinds(document: Any, report: ScreeningReport, shown: Sequence[Column]) -> None:
    document.add_paragraph().add_run(BY_KIND).bold = True
    headings = [BY_KIND, *(kind_heading(each) for each in report.by_organization_kind)]
    rows = [(line, [str(count) for count in line.kinds]) for line in lines(report, shown)]
    _table(document, headings, rows)


def _table(document: Any, headings: Sequence[str], lines_of: Sequence[tuple[Line, list[str]]]) -> None:
    table = document.add_table(rows=1 + len(lines_of), cols=len(headings), style="Table Grid")
    rows = list(table.rows)
    repeated = OxmlElement("w:tblHeader")
    repeated.set(qn("w:val"), "true")
    rows[0]._tr.get_or_add_trPr().append(repeated)  # noqa: SLF001 -- python-docx has no other way to repeat a row
    for cell, heading in zip(rows[0].cells, headings, strict=True):
        cell.text = ""
        cell.paragraphs[0].add_run(heading).bold = True
    for row, (line, texts) in zip(rows[1:], lines_of, strict=True):
        for position, (cell, text) in enumerate(zip(row.cells, [line.heading, *texts], strict=True)):
            cell.text = text
            if position:
                cell.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.RIGHT
            elif line.part:
                cell.paragraphs[0].paragraph_format.left_indent = Cm(0.6)


def _notes(document: Any, report: ScreeningReport) -> None:
    about = (
        f"Số liệu biết đến hết ngày {printed.day(report.as_of)}; lập lúc {printed.instant(report.generated_at)} "
        f"(giờ Việt Nam); sự kiện đã áp dụng: {printed.applied(report)}."
    )
    for note in (printed.IDENTITY, about, *printed.notes(report)):
        run = document.add_paragraph().add_run(note)
        run.italic, run.font.size = True, Pt(9)


def _signatures(document: Any) -> None:
    table = document.add_table(rows=1, cols=2)
    for cell, title in zip(table.rows[0].cells, ("NGƯỜI LẬP BIỂU", "T/M CẤP ỦY, CHI BỘ"), strict=True):
        cell.text = f"{title}\n(ký, ghi rõ họ tên)\n\n\n"
        cell.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.CENTER
