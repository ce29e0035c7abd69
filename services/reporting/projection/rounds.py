"""Review rounds — *đợt rà soát*: opened, reported by cells, closed."""

from __future__ import annotations

from typing import Any

import msgspec

from services.reporting.projection.fold import Document, Entry, Fold, Folds, instant
from shared.events.catalogue import reviews
from shared.events.envelope import Event

COLLECTION = "rounds"


def _entry(event: Event, fact: Any) -> Entry:
    told = msgspec.to_builtins(fact)
    del told["round_id"]
    return {"event": event.name, "recorded_at": instant(event), **told}


def _derive(_: str, history: list[Entry]) -> Document:
    opened = next((entry for entry in history if entry["event"] == "RoundOpened"), None)
    closed = next((entry for entry in history if entry["event"] == "RoundClosed"), None)
    # A cell that reports again replaces its report: the later entry of its stream wins.
    reports = {
        entry["organization_path"][-1]: entry for entry in history if entry["event"] == "CellReviewReported"
    }
    return {
        "name": opened["name"] if opened else None,
        "organization_path": opened["organization_path"] if opened else None,
        "opened_on": opened["on"] if opened else None,
        "due_on": opened["due_on"] if opened else None,
        "closed_on": closed["on"] if closed else None,
        "under": sorted({id_ for entry in history for id_ in entry["organization_path"]}),
        "cells_reported": len(reports),
        "cells_late": sum(
            opened is not None and report["on"] > opened["due_on"] for report in reports.values()
        ),
        "cells_corrected": sum(report.get("number", 1) > 1 for report in reports.values()),
        "cells_corrected_after_close": sum(report.get("after_close", False) for report in reports.values()),
        "cells_not_reported": len(closed["not_reported"]) if closed else None,
        "reviewed": sum(report["reviewed"] for report in reports.values()),
        "proposed": sum(report["proposed"] for report in reports.values()),
    }


ROUNDS = Fold(COLLECTION, lambda fact: str(fact.round_id), _entry, _derive)
FOLDS: Folds = dict.fromkeys((reviews.RoundOpened, reviews.CellReviewReported, reviews.RoundClosed), ROUNDS)
