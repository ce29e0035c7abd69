"""Commands of rounds (đợt rà soát): open, report of a cell, its correction, close, the paper of the closing record."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import msgspec

from services.reviews import round_cells
from services.reviews.commands.steps import applicable_profile, not_in_future, reader
from services.reviews.documents import Round, RoundPaper, RoundReport
from services.reviews.domain.rounds import ClosingRecord, closing_paper
from services.reviews.rounds import closing_record, reports_in, versions_of
from services.reviews.typesetting import digest, filled, template
from shared.clock import on_screen
from shared.events.catalogue.members import Document
from shared.events.catalogue.reviews import CellReviewReported, RoundClosed, RoundOpened
from shared.ids import new_id
from shared.store.errors import MissingError
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
            cells_founded=profile.settings.round_cells.value.founded,
            cells_dissolved=profile.settings.round_cells.value.dissolved,
        ),
    )
    tx.record("round.open", str(opened.id))
    tx.insert(opened)
    round_cells.begin(tx, opened)
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
        recorded_by=tx.context.actor.subject,
        recorded_at=tx.clock.now(),
        role=tx.context.role,
    )
    tx.emit(
        given,
        CellReviewReported(
            round_id=round_id, organization_path=path, on=on, reviewed=reviewed, proposed=proposed
        ),
    )
    tx.record("round.report", str(given.id))
    tx.insert(given)
    round_cells.answered(tx, current, organization_id, on)
    return given


def correct_report(
    tx: Transaction,
    round_id: str,
    cell_id: str,
    version: int,
    *,
    on: date,
    reviewed: int,
    proposed: int,
    reason: str,
) -> RoundReport:
    """Correct a cell's report as a new version; the one before stays readable.

    A round that is closed stays as its record says: the correction is marked as later. Raises MissingError for a
    cell that never reported.
    """
    not_in_future(tx, on, "/on")
    current = tx.load(Round, round_id)
    given = tx.load_version(RoundReport, f"{round_id}:{cell_id}", version)
    _check_counts(reviewed=reviewed, proposed=proposed)
    since = given.corrected_on or given.on
    if on < since:
        raise invalid(
            "/on",
            "before_report",
            f"Báo cáo đang có hiệu lực ghi ngày {on_screen(since)}.",
            f"The report as it stands is of {since.isoformat()}.",
        )
    if (reviewed, proposed) == (given.reviewed, given.proposed):
        raise invalid("/reviewed", "nothing_changed", "Không có gì thay đổi.", "Nothing is changed.")
    given.earlier = versions_of(given.to_document())
    given.number += 1
    given.reviewed, given.proposed, given.reason = reviewed, proposed, reason
    given.corrected_on = on  # type: ignore[assignment]  # mongoengine's descriptors take the plain value
    given.after_close = current.state == "closed"
    given.recorded_by, given.role = tx.context.actor.subject, tx.context.role
    given.recorded_at = tx.clock.now()
    tx.emit(
        given,
        CellReviewReported(
            round_id=round_id,
            organization_path=list(given.organization_path),
            on=given.on,
            reviewed=reviewed,
            proposed=proposed,
            number=given.number,
            corrected_on=on,
            after_close=given.after_close,
        ),
    )
    tx.record("round.correct_report", str(given.id), reason=reason, before=f"v{given.version}")
    tx.save(given)
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
    _check_counts(reviewed=reviewed, proposed=proposed)


def _check_counts(*, reviewed: int, proposed: int) -> None:
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
    reports = tx.collection(RoundReport.kind()).find({"round_id": round_id}, session=tx.session)
    record = closing_record(round_cells.tree_of(tx), reports_in(reports), current, on)
    current.state = "closed"
    current.closed_on = on  # type: ignore[assignment]  # mongoengine's descriptors take the plain value
    current.not_reported = [each.organization_id for each in record.not_reported]
    current.record = {  # type: ignore[assignment]  # the same
        **msgspec.to_builtins(record),
        "recorded_at": tx.clock.now().isoformat(),
        "recorded_by": tx.context.actor.subject,
        "role": tx.context.role,
    }
    tx.emit(
        current,
        RoundClosed(
            round_id=round_id,
            organization_path=list(current.organization_path),
            on=on,
            not_reported=list(current.not_reported),
        ),
    )
    tx.record("round.close", round_id, after=digest(msgspec.json.encode(record, order="sorted")))
    tx.save(current)
    round_cells.lapse(tx, current, on)
    return current


def make_closing_paper(
    tx: Transaction,
    round_id: str,
    *,
    paper_id: str,
    number: str,
    place: str,
    office: str,
    recipients: Sequence[str],
    templates: Path | None,
) -> RoundPaper:
    """Fill the template with the closing record and keep the result; raise MissingError, TemplateError."""
    current = tx.load(Round, round_id)
    record = record_of(current)
    paper = closing_paper(record)
    names = [reader(tx).organization(each, record.on).name for each in current.organization_path[-2:]]
    source = template(paper.kind, templates)
    content = filled(
        paper,
        source,
        organization=names[-1],
        superior=names[0] if len(names) > 1 else "",
        number=number,
        place=place,
        office=office,
        recipients=recipients,
    )
    made = RoundPaper(
        id=paper_id,
        round_id=round_id,
        content=content,
        size=len(content),
        sha256=digest(content),
        template_sha256=digest(source),
        made_at=tx.clock.now(),
        made_by=tx.context.actor.subject,
        role=tx.context.role,
    )
    tx.record("round.make_paper", paper_id, after=made.sha256)
    tx.insert(made)
    return made


def read_closing_paper(tx: Transaction, round_id: str, paper_id: str) -> RoundPaper:
    """Return a paper of the round and record that it was read; raise MissingError."""
    found = tx.load(RoundPaper, paper_id)
    if found.round_id != round_id:
        raise MissingError(RoundPaper.kind(), paper_id)
    tx.record("round.read_paper", paper_id)
    return found


def record_of(current: Round) -> ClosingRecord:
    """Return the closing record; a problem while the round is open."""
    if current.record is None:
        raise Problem(
            "conflict",
            "Đợt rà soát chưa kết thúc nên chưa có biên bản.",
            "The round is not closed, so there is no record yet.",
            extra={"code": "round_open"},
        )
    return msgspec.convert(current.record, ClosingRecord)
