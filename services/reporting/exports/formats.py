"""Formats a report can be had in; a format's library is loaded when it is first asked for."""

from collections.abc import Sequence
from importlib import import_module
from types import MappingProxyType

import msgspec

from services.reporting.domain.screening_report import ScreeningReport
from services.reporting.exports.tables.document import Tables


class Format(msgspec.Struct, frozen=True, kw_only=True):
    """One output format: the module that renders it, its media type and file ending."""

    module: str
    media_type: str
    ending: str


class Rendered(msgspec.Struct, frozen=True, kw_only=True):
    """A rendered document ready to send or to write; the file name is plain ASCII."""

    content: bytes
    media_type: str
    filename: str


FORMATS = MappingProxyType(
    {
        "json": Format(module="json_document", media_type="application/json", ending="json"),
        "text": Format(module="console", media_type="text/plain; charset=utf-8", ending="txt"),
        "xlsx": Format(
            module="workbook",
            media_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            ending="xlsx",
        ),
        "csv": Format(module="comma_separated", media_type="text/csv; charset=utf-8", ending="csv"),
        "docx": Format(
            module="word",
            media_type="application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            ending="docx",
        ),
        "pdf": Format(module="typeset", media_type="application/pdf", ending="pdf"),
    }
)


def render(name: str, reports: Sequence[ScreeningReport]) -> Rendered:
    """Render reports into one document. Raises KeyError for an unknown format, ValueError for no report."""
    if not reports:
        raise ValueError("không có báo cáo nào để xuất")
    wanted = FORMATS[name]
    starts_on = min(report.period.starts_on for report in reports)
    ends_on = max(report.period.ends_on for report in reports)
    module = import_module(f"services.reporting.exports.{wanted.module}")
    return Rendered(
        content=module.render(reports),
        media_type=wanted.media_type,
        filename=f"bao-cao-sang-loc-{starts_on:%Y%m%d}-{ends_on:%Y%m%d}.{wanted.ending}",
    )


def render_tables(name: str, document: Tables) -> Rendered:
    """Render a document of tables. Raises KeyError for an unknown format."""
    wanted = FORMATS[name]
    module = import_module(f"services.reporting.exports.tables.{wanted.module}")
    return Rendered(
        content=module.render(document),
        media_type=wanted.media_type,
        filename=f"{document.filename}.{wanted.ending}",
    )
