"""Commands of rounds (đợt rà soát): open, report of a cell, close."""

from __future__ import annotations

from datetime import date

import msgspec

from services.reviews.commands.steps import applicable_profile, not_in_future, reader
from services.reviews.documents import Round, RoundReport
from shared.clock import on_screen
from shared.events.catalogue.members import Document
from shared.events.catalogue.reviews import CellReviewReported, RoundClosed, RoundOpened
from shared.ids import new_id
from shared.store.unit_of_work import Transaction
from shared.web.problems import Problem, invalid


def open_round(
    tx: Transaction,
    *,
    name: str,
    organization_id: str,
    on: date,
    due_on: date,
    document: Document | None,
) -> Round:
    """Open a round for the cells of an organisation; raises NoOrganizationError."""
    not_in_future(tx, on, "/on")
    if due_on < on:
        raise invalid(
            "/due_on",
            "before_start",
            "Hạn báo cáo không được trước ngày bắt đầu.",
            "The round is due before it begins.",
        )
    profile = applicable_profile(on)
    opened = Round(
        id=new_id(),
        name=name,
        organization_id=organization_id,
        organization_path=reader(tx).path(organization_id, on),
        on=on,
        due_on=due_on,
        profile=profile.id,
        document=None if document is None else msgspec.to_builtins(document),
    )
    tx.emit(
        opened,
        RoundOpened(
            round_id=str(opened.id),
            name=name,
            organization_path=list(opened.organization_path),
            on=on,
            due_on=due_on,
            profile=profile.id,
            document=document,
        ),
    )
    tx.record("round.open", str(opened.id))
    tx.insert(opened)
    return opened


def report(
    tx: Transaction, round_id: str, *, organization_id: str, on: date, reviewed: int, proposed: int
) -> RoundReport:
    """Record what a cell reports in a round, zero included; raises AlreadyExistsError for a second report."""
    not_in_future(tx, on, "/on")
    current = tx.load(Round, round_id)
    path = reader(tx).path(organization_id, on)
    _check_report(tx, current, path=path, on=on, reviewed=reviewed, proposed=proposed)
    given = RoundReport(
        id=f"{round_id}:{organization_id}",
        round_id=round_id,
        cell_id=organization_id,
        organization_path=path,
        on=on,
        reviewed=reviewed,
        proposed=proposed,
        late=on > current.due_on,
    )
    tx.emit(
        given,
        CellReviewReported(
            round_id=round_id, organization_path=path, on=on, reviewed=reviewed, proposed=proposed
        ),
    )
    tx.record("round.report", str(given.id))
    tx.insert(given)
    return given


def _check_report(
    tx: Transaction, current: Round, *, path: list[str], on: date, reviewed: int, proposed: int
) -> None:
    if current.state != "open":
        raise Problem("conflict", "Đợt rà soát đã kết thúc.", "The round is closed.")
    if not reader(tx).organization(path[-1], on).is_cell or current.organization_id not in path:
        raise invalid(
            "/organization_id",
            "not_a_cell_of_the_round",
            "Chỉ chi bộ thuộc tổ chức mở đợt rà soát mới báo cáo trong đợt này.",
            "Only a cell of the organisation that opened the round reports in it.",
        )
    if on < current.on:
        raise invalid(
            "/on",
            "before_round",
            f"Đợt rà soát bắt đầu ngày {on_screen(current.on)}.",
            f"The round began on {current.on.isoformat()}.",
        )
    if proposed > reviewed:
        raise invalid(
            "/proposed",
            "more_than_reviewed",
            f"Số dự kiến ({proposed}) nhiều hơn số đảng viên được rà soát ({reviewed}).",
            f"More proposed ({proposed}) than reviewed ({reviewed}).",
        )


def close_round(tx: Transaction, round_id: str, version: int, *, on: date) -> Round:
    """Close a round and record which cells did not report."""
    not_in_future(tx, on, "/on")
    current = tx.load_version(Round, round_id, version)
    if current.state != "open":
        raise Problem("conflict", "Đợt rà soát đã kết thúc.", "The round is closed.")
    if on < current.on:
        raise invalid(
            "/on",
            "before_round",
            f"Đợt rà soát bắt đầu ngày {on_screen(current.on)}.",
            f"The round began on {current.on.isoformat()}.",
        )
    reported = {
        raw["cell_id"]
        for raw in tx.collection(RoundReport.kind()).find(
            {"round_id": round_id}, ["cell_id"], session=tx.session
        )
    }
    cells = reader(tx).cells_below(current.organization_id, on)
    current.state = "closed"
    current.closed_on = on  # type: ignore[assignment]  # mongoengine's descriptors take the plain value
    current.not_reported = [cell["id"] for cell in cells if cell["id"] not in reported]
    tx.emit(
        current,
        RoundClosed(
            round_id=round_id,
            organization_path=list(current.organization_path),
            on=on,
            not_reported=list(current.not_reported),
        ),
    )
    tx.record("round.close", round_id)
    tx.save(current)
    return current
