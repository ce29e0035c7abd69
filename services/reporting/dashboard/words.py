"""What the page calls things: from the code lists and columns of the report, so that no label stands twice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.reporting.domain.code_lists import CRITERIA, GROUNDS, MODES, OTHER_REASONS
from services.reporting.domain.pipeline import AGES, DEADLINES, SOON_DAYS, STAGES
from services.reporting.domain.terms import TERMS
from services.reporting.exports.columns import columns

EVENTS: Mapping[str, str] = {
    "CandidateProposed": "Chi ủy dự kiến đưa vào danh sách",
    "GuidanceGiven": "Cấp ủy cấp trên trực tiếp cho ý kiến chỉ đạo",
    "BallotRecorded": "Chi bộ bỏ phiếu kín",
    "MemberFlagged": "Đưa vào danh sách cần giáo dục, giúp đỡ",
    "ListingWithdrawn": "Đưa ra khỏi danh sách do đính chính kết quả bỏ phiếu",
    "HelpersAssigned": "Phân công đảng viên giúp đỡ",
    "FollowUpRecorded": "Theo dõi, giúp đỡ",
    "EducationExtended": "Gia hạn thời gian giáo dục, giúp đỡ",
    "ProgressRecognized": "Công nhận tiến bộ, đưa ra khỏi danh sách",
    "CaseTransferred": "Chuyển sinh hoạt đảng khi đang trong danh sách",
    "RemovalProposed": "Đề nghị đưa ra khỏi Đảng",
    "RemovalVoteRecorded": "Biểu quyết đưa ra khỏi Đảng",
    "MemberRemoved": "Quyết định đưa ra khỏi Đảng",
    "ComplaintLodged": "Khiếu nại",
    "ComplaintResolved": "Giải quyết khiếu nại",
    "RemovalReversed": "Hủy quyết định đưa ra khỏi Đảng",
    "PastCaseRecorded": "Nhập vụ việc trước khi có hệ thống",
    "PastCaseCorrected": "Đính chính hoặc rút vụ việc đã nhập",
    "CaseClosed": "Kết thúc vụ việc",
    "DeadlinesChanged": "Thay đổi thời hạn",
}
"""Steps of a case by the name of their event."""

FUNNEL: Mapping[str, str] = {
    "reviewed": "Lượt đảng viên được rà soát",
    "proposed": "Dự kiến đưa vào danh sách",
    "waiting": "Đang chờ ý kiến, bỏ phiếu",
    "not_listed": "Không đưa vào danh sách",
    "listed": "Vào danh sách giáo dục, giúp đỡ",
    "continuing": "Đang giáo dục, giúp đỡ",
    "with_outcome": "Đã có kết quả",
    "outcomes.recognized": "Công nhận tiến bộ",
    "outcomes.transferred": "Chuyển sinh hoạt, có nhận xét, đánh giá",
    "outcomes.removed": "Đưa ra khỏi Đảng",
    "outcomes.restored": "Hủy quyết định, khôi phục đảng tịch",
    "outcomes.other": "Ra khỏi danh sách vì lý do khác",
}
"""Steps from review to outcome."""

DEADLINE_STATES: Mapping[str, str] = {
    "overdue": "quá hạn, chưa xong",
    "due_soon": f"còn {SOON_DAYS} ngày",
    "running": "đang chạy",
    "met": "đúng hạn",
    "missed": "trễ hạn",
}
"""States of a deadline, as `Kept` has them."""

EXITS: Mapping[str, str] = {
    "recognized": "Công nhận tiến bộ",
    "transferred": "Chuyển sinh hoạt",
    "removed": "Đưa ra khỏi Đảng",
    "other": "Lý do khác",
}
"""How a case left the list."""


def words() -> dict[str, Any]:
    """Return every label, by what it labels."""
    return {
        "figures": {column.key: column.heading for column in columns([])},
        "criteria": dict(CRITERIA),
        "modes": dict(MODES),
        "grounds": dict(GROUNDS),
        "other_reasons": dict(OTHER_REASONS),
        "stages": dict(STAGES),
        "ages": list(AGES),
        "deadlines": dict(DEADLINES),
        "deadline_states": dict(DEADLINE_STATES),
        "pipeline": _of_pipeline(),
        "funnel": dict(FUNNEL),
        "exits": dict(EXITS),
        "events": dict(EVENTS),
        "terms": [term.id for term in TERMS],
    }


def _of_pipeline() -> dict[str, str]:
    """Return what the figures that open to cases are called."""
    states = {
        f"deadlines.{kind}.{state}": f"{name}: {said}"
        for kind, name in DEADLINES.items()
        for state, said in DEADLINE_STATES.items()
    }
    stages = {f"stages.{stage}": name for stage, name in STAGES.items()}
    return {**stages, **states, "deadlines.overdue": "Thời hạn quá hạn, chưa xong"}
