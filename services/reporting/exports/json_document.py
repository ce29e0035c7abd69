"""The reports as one JSON document: ``{"reports": [...]}``, each as the API gives it."""

from collections.abc import Sequence

import msgspec
import orjson

from services.reporting.domain.screening_report import ScreeningReport, read_report


def render(reports: Sequence[ScreeningReport]) -> bytes:
    """Return the document as UTF-8, indented for people."""
    return orjson.dumps(
        {"reports": [msgspec.to_builtins(report) for report in reports]}, option=orjson.OPT_INDENT_2
    )


def read(content: bytes) -> list[ScreeningReport]:
    """Read the document back. Raises orjson.JSONDecodeError, KeyError, msgspec.ValidationError."""
    return [read_report(report) for report in orjson.loads(content)["reports"]]
