"""Văn bản, biểu mẫu của vụ việc: which papers a case can give now, and what each says, purely from the case.

Names are no part of a case: whoever has a paper made gives the member's name, which then stands in the paper only.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Literal

import msgspec

from services.reviews.domain.ballot import EXCLUSION_VI, Exclusion, votes_needed
from services.reviews.domain.case import BallotRecord, Case, Document
from services.reviews.domain.criteria import CRITERIA
from services.reviews.domain.grounds import GROUNDS, MODE_VI

PaperKind = Literal[
    "ballot_minutes",
    "notice",
    "follow_up",
    "assessment",
    "recognition",
    "removal_decision",
    "complaint_reply",
    "round_closing",
]
TITLE_VI: Mapping[PaperKind, str] = {
    "ballot_minutes": "Biên bản kiểm phiếu",
    "notice": "Thông báo",
    "follow_up": "Phiếu theo dõi, giúp đỡ đảng viên",
    "assessment": "Nhận xét, đánh giá sự tiến bộ của đảng viên",
    "recognition": "Quyết định công nhận tiến bộ",
    "removal_decision": "Quyết định",
    "complaint_reply": "Thông báo kết quả giải quyết khiếu nại",
    "round_closing": "Biên bản kết thúc đợt rà soát",
}
FOR_THE_MEMBER: tuple[PaperKind, ...] = (
    "notice",
    "assessment",
    "recognition",
    "removal_decision",
    "complaint_reply",
)
"""Papers addressed to the member: they may read them in their own case."""
LAYOUT_SOURCE = "Thể thức văn bản của Đảng (chưa kiểm chứng)"
"""The layout of Party documents was not seen in an official text: assumed, and replaceable by a template."""


class Paper(msgspec.Struct, frozen=True, kw_only=True):
    """Nội dung một văn bản: what a template is filled with, besides the heading and the signature."""

    kind: PaperKind
    summary: str
    """Trích yếu."""
    number: str
    """Number and sign of the decision it prints; empty where whoever signs gives one."""
    on: dt.date
    lines: tuple[str, ...]


class NothingToPrintError(LookupError):
    """The case has not come to what the paper is about."""


def papers(case: Case, *, name: str) -> dict[PaperKind, Paper]:
    """Return every paper the case can give now, about the member called *name*."""
    found = {}
    for kind, write in _WRITERS.items():
        paper = write(case, name)
        if paper is not None:
            found[kind] = paper
    return found


def paper(case: Case, kind: PaperKind, *, name: str) -> Paper:
    """Return one paper; raise NothingToPrintError when the case has not come to it."""
    write = _WRITERS.get(kind)
    found = None if write is None else write(case, name)
    if found is None:
        raise NothingToPrintError(kind)
    return found


def day_vi(day: dt.date) -> str:
    """Return a date as people read it."""
    return f"{day:%d/%m/%Y}"


def place_and_day_vi(place: str, day: dt.date) -> str:
    """Return the line of place and date under the slogan block: "Sơn Vân, ngày 05 tháng 9 năm 2022"."""
    month = f"{day.month:02}" if day.month <= 2 else str(day.month)  # noqa: PLR2004 -- official style: 01 and 02
    return f"{place}, ngày {day.day:02} tháng {month} năm {day.year}"


def _cited(document: Document) -> str:
    return f"{document.number} ngày {day_vi(document.issued_on)} của {document.issuer}"


def _criterion(case: Case) -> str:
    text = next((each.text_vi for each in CRITERIA if each.code == case.criterion), "")
    return f"tiêu chí {case.criterion}: {text}" if text else "không ghi tiêu chí"


def _excluded(excluded: tuple[Exclusion, ...]) -> str:
    counts: dict[str, int] = {}
    for each in excluded:
        counts[EXCLUSION_VI[each.reason]] = counts.get(EXCLUSION_VI[each.reason], 0) + 1
    return "; ".join(f"{reason}: {count}" for reason, count in counts.items()) or "không có"


def _ballot_minutes(case: Case, name: str) -> Paper | None:
    if not case.ballots:
        return None
    ballot = case.ballots[-1]
    return Paper(
        kind="ballot_minutes",
        summary=f"Bỏ phiếu kín đưa đảng viên {name} vào danh sách cần giáo dục, giúp đỡ",
        number="",
        on=ballot.on,
        lines=_ballot_lines(ballot, case),
    )


def _ballot_lines(ballot: BallotRecord, case: Case) -> tuple[str, ...]:
    needed = votes_needed(base=ballot.roll.base, share=ballot.share)
    result = "đưa vào danh sách" if ballot.reached else "không đưa vào danh sách"
    totals = ballot.totals
    lines = [
        f"Lý do đề nghị: {_criterion(case)}.",
        f"Cơ số tính tỷ lệ: {ballot.roll.base} đảng viên chính thức; không tính: {_excluded(ballot.roll.excluded)}.",
        f"Số phiếu phát ra: {totals.issued}; thu về: {totals.returned}; hợp lệ: {totals.valid}.",
        f"Đồng ý: {totals.votes_for}; không đồng ý: {totals.against}.",
        f"Tỷ lệ quy định: {ballot.share} cơ số, cần {needed} phiếu đồng ý. Kết quả: {result}.",
        ballot.minutes,
    ]
    if ballot.version > 1:
        lines.insert(0, f"Biên bản đính chính, lần ghi thứ {ballot.version}.")
    return tuple(lines)


def _notice(case: Case, name: str) -> Paper | None:
    removal = case.removal
    if removal is not None and removal.decision is None:
        ground = next((each.text_vi for each in GROUNDS if each.code == removal.ground), None)
        why = f" Căn cứ: {ground}." if ground else ""
        return Paper(
            kind="notice",
            summary="Về việc đề nghị đưa ra khỏi Đảng",
            number="",
            on=removal.proposed_on,
            lines=(
                (
                    f"Ngày {day_vi(removal.proposed_on)} có đề nghị đưa đồng chí {name} ra khỏi Đảng bằng hình thức "
                    f"{MODE_VI[removal.mode]}.{why}"
                ),
                "Đồng chí được viết bản tự kiểm điểm và trình bày ý kiến trước chi bộ trước khi chi bộ biểu quyết.",
                "Đồng chí được xem vụ việc của mình và gửi ý kiến bất cứ lúc nào.",
            ),
        )
    if case.listed_on is None:
        return None
    due = f" đến ngày {day_vi(case.education_due_on)}" if case.education_due_on else ""
    return Paper(
        kind="notice",
        summary="Về việc đưa vào danh sách cần giáo dục, giúp đỡ",
        number="",
        on=case.listed_on,
        lines=(
            (
                f"Ngày {day_vi(case.listed_on)}, chi bộ đưa đồng chí {name} vào danh sách đảng viên cần được giáo dục, "
                f"giúp đỡ ({_criterion(case)})."
            ),
            f"Thời gian giáo dục, giúp đỡ{due}.",
            (
                "Đồng chí tự xây dựng kế hoạch phấn đấu, được chi bộ phân công đảng viên giúp đỡ, được xem vụ việc của "
                "mình và gửi ý kiến bất cứ lúc nào."
            ),
        ),
    )


def _follow_up(case: Case, name: str) -> Paper | None:
    if not case.follow_ups:
        return None
    last = case.follow_ups[-1]
    lines = [f"Lần theo dõi thứ {last.number}, ngày {day_vi(last.on)}.", last.minutes]
    if last.help_given:
        lines.append(f"Việc đã giúp: {last.help_given}")
    return Paper(kind="follow_up", summary=f"Đồng chí {name}", number="", on=last.on, lines=tuple(lines))


def _assessment(case: Case, name: str) -> Paper | None:
    summary = f"Đồng chí {name}"
    if case.transfers:
        last = case.transfers[-1]
        return Paper(
            kind="assessment",
            summary=f"{summary}, khi chuyển sinh hoạt đảng",
            number="",
            on=last.on,
            lines=(last.assessment,),
        )
    if not case.assessments:
        return None
    assessed = case.assessments[-1]
    concluded = "có tiến bộ" if assessed.progressed else "chưa tiến bộ"
    return Paper(
        kind="assessment",
        summary=summary,
        number="",
        on=assessed.on,
        lines=(assessed.minutes, f"Kết luận của chi bộ: {concluded}."),
    )


def _recognition(case: Case, name: str) -> Paper | None:
    if case.recognition is None:
        return None
    decision = case.recognition.decision
    return Paper(
        kind="recognition",
        summary=f"Công nhận sự tiến bộ của đồng chí {name} và đưa ra khỏi danh sách cần theo dõi, giúp đỡ",
        number=decision.number,
        on=decision.issued_on,
        lines=(
            f"Xét nhận xét, đánh giá của chi bộ: {case.recognition.assessment}",
            (
                f"Điều 1. Công nhận sự tiến bộ của đồng chí {name}; đưa đồng chí ra khỏi danh sách cần theo dõi, "
                f"giúp đỡ từ ngày {day_vi(case.recognition.on)}."
            ),
            "Điều 2. Chi bộ và đồng chí có tên ở Điều 1 chịu trách nhiệm thi hành quyết định này.",
        ),
    )


def _removal_decision(case: Case, name: str) -> Paper | None:
    removal = case.removal
    if removal is None or removal.decision is None or removal.effective_on is None:
        return None
    ground = next((each.text_vi for each in GROUNDS if each.code == removal.ground), None)
    return Paper(
        kind="removal_decision",
        summary=f"Đưa đồng chí {name} ra khỏi Đảng bằng hình thức {MODE_VI[removal.mode]}",
        number=removal.decision.number,
        on=removal.decision.issued_on,
        lines=(
            (
                f"Điều 1. Đưa đồng chí {name} ra khỏi Đảng bằng hình thức {MODE_VI[removal.mode]}"
                f"{f' ({ground})' if ground else ''}, có hiệu lực từ ngày {day_vi(removal.effective_on)}."
            ),
            (
                "Điều 2. Người có tên ở Điều 1 có quyền khiếu nại trong thời hạn quy định kể từ ngày nhận quyết định; "
                "trong khi chờ giải quyết vẫn phải chấp hành quyết định."
            ),
            "Điều 3. Chi bộ, cấp ủy cơ sở và người có tên ở Điều 1 chịu trách nhiệm thi hành quyết định này.",
        ),
    )


def _complaint_reply(case: Case, name: str) -> Paper | None:
    resolved = [each for each in case.complaints if each.outcome is not None]
    if not resolved:
        return None
    last = resolved[-1]
    outcome = {
        "upheld": "giữ nguyên quyết định",
        "reversed": "hủy quyết định, khôi phục đảng tịch",
        "not_examined": "không xem xét vì quá thời hạn khiếu nại",
    }[str(last.outcome)]
    basis = f" theo {_cited(last.decision)}" if last.decision is not None else ""
    return Paper(
        kind="complaint_reply",
        summary=f"Khiếu nại của đồng chí {name} ngày {day_vi(last.on)}",
        number="" if last.decision is None else last.decision.number,
        on=last.resolved_on or last.on,
        lines=(f"Kết quả giải quyết{basis}: {outcome}.",),
    )


_WRITERS: Mapping[PaperKind, Callable[[Case, str], Paper | None]] = {
    "ballot_minutes": _ballot_minutes,
    "notice": _notice,
    "follow_up": _follow_up,
    "assessment": _assessment,
    "recognition": _recognition,
    "removal_decision": _removal_decision,
    "complaint_reply": _complaint_reply,
}
CASE_PAPERS: tuple[PaperKind, ...] = tuple(_WRITERS)
"""Papers of a case; the others are of a round."""
