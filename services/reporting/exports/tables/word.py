"""Tables as DOCX in the layout of Party documents, to be worked on further in a word processor."""

import io
from typing import Any

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt

from services.reporting.exports import printed
from services.reporting.exports.tables.document import Table, Tables, place_and_day, shown


def render(document: Tables) -> bytes:
    """Return the document."""
    made: Any = Document()
    style = made.styles["Normal"]
    style.font.name, style.font.size = "Times New Roman", Pt(11)
    section = made.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = Cm(29.7), Cm(21)
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Cm(1.5)
    made.core_properties.title = document.title
    made.core_properties.author = ""
    _head(made, document)
    for table in document.tables:
        made.add_paragraph().add_run(table.title).bold = True
        write_table(made, table)
    for line in (document.about, *document.notes):
        run = made.add_paragraph().add_run(printed.text(line))
        run.italic, run.font.size = True, Pt(9)
    output = io.BytesIO()
    made.save(output)
    return output.getvalue()


def _head(made: Any, document: Tables) -> None:
    head = made.add_table(rows=1, cols=2)
    left = f"{printed.text(document.organization).upper()}\n*"
    right = f"{printed.PARTY}\n{place_and_day(document)}"
    for cell, text in zip(head.rows[0].cells, (left, right), strict=True):
        cell.text = text
        cell.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.CENTER
    for text, bold in (("BÁO CÁO", True), (document.title, True), (document.subject, False)):
        paragraph = made.add_paragraph()
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        paragraph.add_run(text).bold = bold


def write_table(made: Any, table: Table) -> None:
    """Write one table into a document; its headings are repeated on every page."""
    written = made.add_table(rows=1 + len(table.rows), cols=len(table.headings), style="Table Grid")
    rows = list(written.rows)
    repeated = OxmlElement("w:tblHeader")
    repeated.set(qn("w:val"), "true")
    rows[0]._tr.get_or_add_trPr().append(repeated)  # noqa: SLF001 -- python-docx has no other way to repeat a row
    for cell, heading in zip(rows[0].cells, table.headings, strict=True):
        cell.text = ""
        cell.paragraphs[0].add_run(heading.text).bold = True
    for row, values in zip(rows[1:], table.rows, strict=True):
        for position, (cell, value) in enumerate(zip(row.cells, values, strict=True)):
            cell.text = shown(value)
            if position >= table.labels:
                cell.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.RIGHT
