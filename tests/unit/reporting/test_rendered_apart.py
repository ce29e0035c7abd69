"""A file made by a process of its own: the same file, and whoever waits may give up."""

from datetime import UTC, datetime

import msgspec
import pytest

from services.reporting.export_jobs import apart
from services.reporting.export_jobs.apart import RenderingError, rendered_apart
from services.reporting.exports import formats

NOW = datetime(2026, 1, 15, tzinfo=UTC)


class GaveUpError(Exception):
    """Whoever waited no longer does."""


class TestRenderedApart:
    """What the process makes is what the worker would have made itself."""

    def test_the_same_file(self, three_reports):
        parts = [msgspec.json.encode(report) for report in three_reports]
        made = rendered_apart("screening_report", "csv", parts, made_at=NOW, waiting=lambda: None)
        assert made == formats.render("csv", three_reports)

    def test_what_cannot_be_rendered_is_an_error_of_its_own(self):
        with pytest.raises(RenderingError):
            rendered_apart("screening_report", "csv", [b"{}"], made_at=NOW, waiting=lambda: None)

    def test_who_gives_up_leaves_no_process(self, three_reports, monkeypatch):
        def lost() -> None:
            raise GaveUpError

        monkeypatch.setattr(apart, "BEAT_SECONDS", 0.01)
        parts = [msgspec.json.encode(report) for report in three_reports]
        with pytest.raises(GaveUpError):
            rendered_apart("screening_report", "docx", parts, made_at=NOW, waiting=lost)
