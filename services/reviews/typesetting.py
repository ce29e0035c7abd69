"""Papers as DOCX: the templates that come with the service, those a deployment puts in their place, and filling them.

A template is an ordinary Word document with ``{{ names }}`` in it; ``khoi papers templates`` writes out the ones
here as a beginning. Data is only ever inserted: what looks like a template in it stays text.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from services.reviews.domain.papers import TITLE_VI, Paper, PaperKind, place_and_day_vi

FIELDS: Mapping[str, str] = {
    "cap_tren": "tên tổ chức cấp trên, chữ hoa",
    "to_chuc": "tên tổ chức ban hành, chữ hoa",
    "so": "số và ký hiệu",
    "noi_ngay": "địa danh, ngày tháng năm",
    "tieu_de": "tên loại văn bản, chữ hoa",
    "trich_yeu": "trích yếu",
    "noi_dung": "các đoạn nội dung (danh sách)",
    "chuc_danh": "chức danh người ký",
    "noi_nhan": "nơi nhận (danh sách)",
}
"""What a template may name."""


class TemplateError(ValueError):
    """The deployment's template cannot be filled; the message says which and why."""

    def __init__(self, kind: PaperKind, why: str) -> None:
        """Name the template of *kind*."""
        super().__init__(f"{kind}.docx: {why}")
        self.kind = kind
        self.why = why


def template(kind: PaperKind, folder: Path | None) -> bytes:
    """Return the template of *kind*: the deployment's, where its *folder* has one, else the service's own."""
    if folder is not None:
        own = folder / f"{kind}.docx"
        if own.is_file():
            return own.read_bytes()
    return _built_in()


def digest(content: bytes) -> str:
    """Return the SHA-256 of *content*, hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def filled(
    paper: Paper,
    source: bytes,
    *,
    organization: str,
    superior: str,
    number: str,
    place: str,
    office: str,
    recipients: Sequence[str],
) -> bytes:
    """Return the DOCX of *paper*; raise TemplateError when the template asks for what there is not, or is none."""
    from docx.opc.exceptions import PackageNotFoundError  # noqa: PLC0415 -- 10 MB that only this needs
    from docxtpl import DocxTemplate  # noqa: PLC0415 -- the same
    from jinja2 import StrictUndefined  # noqa: PLC0415 -- the same
    from jinja2 import TemplateError as JinjaError  # noqa: PLC0415 -- the same
    from jinja2.sandbox import ImmutableSandboxedEnvironment  # noqa: PLC0415 -- the same

    context: dict[str, Any] = {
        "cap_tren": superior.upper(),
        "to_chuc": organization.upper(),
        "so": paper.number or number or "……",
        "noi_ngay": place_and_day_vi(place, paper.on),
        "tieu_de": TITLE_VI[paper.kind].upper(),
        "trich_yeu": paper.summary,
        "noi_dung": list(paper.lines),
        "chuc_danh": office.upper(),
        "noi_nhan": list(recipients),
    }
    environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=True)
    target = BytesIO()
    try:
        document = DocxTemplate(BytesIO(source))
        document.render(context, jinja_env=environment, autoescape=True)
        document.save(target)
    except (JinjaError, PackageNotFoundError, BadZipFile, KeyError, ValueError) as error:
        raise TemplateError(paper.kind, str(error)) from error
    return target.getvalue()


def _built_in() -> bytes:
    """Return the template in the layout of Party documents: heading and slogan block, body, signature."""
    from docx import Document  # noqa: PLC0415 -- 10 MB that only this needs
    from docx.enum.text import WD_ALIGN_PARAGRAPH  # noqa: PLC0415 -- the same
    from docx.shared import Cm, Pt  # noqa: PLC0415 -- the same

    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin, section.right_margin = Cm(3), Cm(2)
    section.top_margin = section.bottom_margin = Cm(2)
    style = document.styles["Normal"]
    style.font.name, style.font.size = "Times New Roman", Pt(14)

    def write(container: Any, text: str, *, bold: bool = False, center: bool = True) -> None:
        first = container.paragraphs[0] if not container.paragraphs[0].text else container.add_paragraph()
        first.add_run(text).bold = bold
        if center:
            first.alignment = WD_ALIGN_PARAGRAPH.CENTER

    heading = document.add_table(rows=1, cols=2)
    left, right = heading.rows[0].cells
    for text, bold in (
        ("{{ cap_tren }}", False),
        ("{{ to_chuc }}", True),
        ("*", False),
        ("Số: {{ so }}", False),
    ):
        write(left, text, bold=bold)
    for text, bold in (("ĐẢNG CỘNG SẢN VIỆT NAM", True), ("", False), ("{{ noi_ngay }}", False)):
        write(right, text, bold=bold)
    for text, bold in (("", False), ("{{ tieu_de }}", True), ("{{ trich_yeu }}", True), ("", False)):
        line = document.add_paragraph()
        line.add_run(text).bold = bold
        line.alignment = WD_ALIGN_PARAGRAPH.CENTER
    document.add_paragraph("{%p for doan in noi_dung %}")
    document.add_paragraph("{{ doan }}").alignment = WD_ALIGN_PARAGRAPH.JUSTIFY
    document.add_paragraph("{%p endfor %}")
    document.add_paragraph("")
    ending = document.add_table(rows=1, cols=2)
    left, right = ending.rows[0].cells
    write(left, "Nơi nhận:", bold=True, center=False)
    for text in ("{%p for noi in noi_nhan %}", "- {{ noi }},", "{%p endfor %}"):
        left.add_paragraph(text)
    write(right, "{{ chuc_danh }}", bold=True)
    write(right, "(ký, ghi rõ họ tên, đóng dấu)")
    target = BytesIO()
    document.save(target)
    return target.getvalue()
