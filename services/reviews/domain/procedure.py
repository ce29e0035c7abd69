"""The procedure (quy trình) as a table: which step leads from where to where, who may take it, what it demands.

The rows are data: the functions of the sibling modules consult them, tests walk them, documentation prints them.
Nothing moves a case except along a row of ``TRANSITIONS``; a case from before the system enters it once, by
``history.take_over_past_case``, where the papers leave it. The deadlines and events of a row are all that the
step may start, end or emit; which of them depends on the outcome (a ballot that reaches the share or not).
Three steps are rows of their own modules: ``history`` and ``past_correction`` take over what papers say and put it
right, ``returned_case`` follows what the register tells.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

import msgspec

from services.reviews.domain.citation import HD02, QD24, QD29, Certainty, Citation, at

Role = Literal["cell_secretary", "grassroots_committee", "standing_committee", "organizing_board", "member"]
Level = Literal["cell", "grassroots", "khoi", "self"]
ROLE_LEVEL: dict[Role, Level] = {
    "cell_secretary": "cell",
    "grassroots_committee": "grassroots",
    "standing_committee": "khoi",
    "organizing_board": "khoi",
    "member": "self",
}
DeadlineKind = Literal["education_end", "follow_up", "complaint_filing", "complaint_resolving"]
DEADLINE_VI: dict[DeadlineKind, str] = {
    "education_end": "hết thời hạn giáo dục, giúp đỡ",
    "follow_up": "theo dõi, giúp đỡ định kỳ",
    "complaint_filing": "thời hạn khiếu nại",
    "complaint_resolving": "thời hạn giải quyết khiếu nại",
}


class State(StrEnum):
    """Trạng thái vụ việc: where a case stands."""

    PROPOSED = "proposed"
    AWAITING_GUIDANCE = "awaiting_guidance"
    DROPPED_BY_GUIDANCE = "dropped_by_guidance"
    GUIDED = "guided"
    NOT_LISTED = "not_listed"
    LISTED = "listed"
    IN_EDUCATION = "in_education"
    PROGRESS_RECOGNIZED = "progress_recognized"
    TRANSFERRED = "transferred"
    OTHER_EXIT = "other_exit"
    REMOVAL_PROPOSED = "removal_proposed"
    CELL_VOTED = "cell_voted"
    COMMITTEE_VOTED = "committee_voted"
    REFERRED = "referred"
    AWAITING_DECISION = "awaiting_decision"
    REMOVED = "removed"
    REMOVAL_REJECTED = "removal_rejected"
    COMPLAINT_PENDING = "complaint_pending"
    COMPLAINT_UPHELD = "complaint_upheld"
    RESTORED = "restored"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


STATE_VI: dict[State, str] = {
    State.PROPOSED: "dự kiến đưa vào danh sách",
    State.AWAITING_GUIDANCE: "đang xin ý kiến chỉ đạo của cấp trên",
    State.DROPPED_BY_GUIDANCE: "cấp trên không đồng ý",
    State.GUIDED: "cấp trên đồng ý, chờ chi bộ bỏ phiếu",
    State.NOT_LISTED: "không đủ phiếu, không đưa vào danh sách",
    State.LISTED: "trong danh sách cần giáo dục, giúp đỡ",
    State.IN_EDUCATION: "đang được giáo dục, giúp đỡ",
    State.PROGRESS_RECOGNIZED: "được công nhận tiến bộ",
    State.TRANSFERRED: "đã chuyển sinh hoạt đảng, có nhận xét",
    State.OTHER_EXIT: "kết thúc vì lý do khác",
    State.REMOVAL_PROPOSED: "đề nghị đưa ra khỏi Đảng, chờ chi bộ biểu quyết",
    State.CELL_VOTED: "chi bộ đã biểu quyết đủ tỷ lệ",
    State.COMMITTEE_VOTED: "cấp ủy cơ sở đã biểu quyết đủ tỷ lệ",
    State.REFERRED: "biểu quyết không đủ tỷ lệ, cấp trên xem xét",
    State.AWAITING_DECISION: "chờ ban hành quyết định",
    State.REMOVED: "đã có quyết định đưa ra khỏi Đảng",
    State.REMOVAL_REJECTED: "cấp có thẩm quyền không đưa ra khỏi Đảng",
    State.COMPLAINT_PENDING: "đang giải quyết khiếu nại",
    State.COMPLAINT_UPHELD: "giữ nguyên quyết định sau khiếu nại",
    State.RESTORED: "đã hủy quyết định, khôi phục đảng tịch",
    State.CLOSED: "đã kết thúc",
    State.WITHDRAWN: "đã rút: vụ việc cũ nhập nhầm",
}
_LADDER = (
    State.REMOVAL_PROPOSED,
    State.CELL_VOTED,
    State.COMMITTEE_VOTED,
    State.REFERRED,
    State.AWAITING_DECISION,
)
ON_THE_LIST = (State.LISTED, State.IN_EDUCATION)
OPEN = (State.PROPOSED, State.AWAITING_GUIDANCE, State.GUIDED, *ON_THE_LIST, *_LADDER)
"""States in which people still have to act before an outcome."""
OUT_OF_PARTY = (State.REMOVED, State.COMPLAINT_PENDING, State.COMPLAINT_UPHELD)
"""States in which a decision of removal is in force; a pending complaint does not suspend it."""
FINAL = (
    State.DROPPED_BY_GUIDANCE,
    State.NOT_LISTED,
    State.PROGRESS_RECOGNIZED,
    State.TRANSFERRED,
    State.OTHER_EXIT,
    State.REMOVAL_REJECTED,
    State.RESTORED,
)
"""Outcomes that close the case at once. A removal is closed by itself when its complaint window is over."""


class Transition(msgspec.Struct, frozen=True, kw_only=True):
    """Bước quy trình: one row. ``from_states`` empty opens a case; ``to_states`` empty leaves the state as it is."""

    command: str
    label_vi: str
    from_states: tuple[State, ...]
    to_states: tuple[State, ...]
    roles: tuple[Role, ...]
    guard: str
    evidence: tuple[str, ...] = ()
    starts: tuple[DeadlineKind, ...] = ()
    ends: tuple[DeadlineKind, ...] = ()
    emits: tuple[str, ...] = ()
    by_subject: bool = False
    """Whether the member concerned may take the step; in every other step they may not, in any role."""
    citation: Citation
    certainty: Certainty

    @property
    def levels(self) -> tuple[Level, ...]:
        """Return the levels at which the step is taken, one per role."""
        return tuple(ROLE_LEVEL[role] for role in self.roles)


_FLAG = at(HD02, "Mục II, Bước 1")
_LATER = at(HD02, "các bước sau Bước 1")
_REMOVAL = at(QD24, "Điều 8")
_VOTES = at(QD29, "điểm 4.2")
_COMPLAINT = at(QD29, "khiếu nại về xóa tên")
_CELL: tuple[Role, ...] = ("cell_secretary",)
_COMMITTEES: tuple[Role, ...] = ("grassroots_committee", "standing_committee")
_ANY: tuple[Role, ...] = ("cell_secretary", "grassroots_committee", "standing_committee", "organizing_board")

TRANSITIONS: tuple[Transition, ...] = (
    Transition(
        command="propose",
        label_vi="Dự kiến đưa vào danh sách",
        from_states=(),
        to_states=(State.PROPOSED, State.AWAITING_GUIDANCE),
        roles=_CELL,
        guard="criterion in use on the day, its evidence complete",
        evidence=("criterion_evidence",),
        emits=("CandidateProposed",),
        citation=_FLAG,
        certainty="verified",
    ),
    Transition(
        command="record_opinion",
        label_vi="Ghi ý kiến của tổ chức",
        from_states=(State.PROPOSED,),
        to_states=(),
        roles=_CELL,
        guard="an organisation's minutes, never a person's statement",
        evidence=("opinion_minutes",),
        citation=_FLAG,
        certainty="verified",
    ),
    Transition(
        command="request_guidance",
        label_vi="Xin ý kiến chỉ đạo của cấp ủy cấp trên trực tiếp",
        from_states=(State.PROPOSED,),
        to_states=(State.AWAITING_GUIDANCE,),
        roles=_CELL,
        guard="opinions collected",
        evidence=("opinion_minutes",),
        emits=("CandidateProposed",),
        citation=_FLAG,
        certainty="verified",
    ),
    Transition(
        command="give_guidance",
        label_vi="Cho ý kiến chỉ đạo",
        from_states=(State.AWAITING_GUIDANCE,),
        to_states=(State.GUIDED, State.DROPPED_BY_GUIDANCE),
        roles=_COMMITTEES,
        guard="the committee directly above the cell; disagreement needs a reason",
        evidence=("guidance_document",),
        emits=("GuidanceGiven", "CaseClosed"),
        citation=_FLAG,
        certainty="verified",
    ),
    Transition(
        command="record_ballot",
        label_vi="Ghi kết quả bỏ phiếu kín",
        from_states=(State.GUIDED,),
        to_states=(State.LISTED, State.NOT_LISTED),
        roles=_CELL,
        guard="roll of the ballot's day, consistent totals; listed when the share of the base is reached",
        evidence=("roll", "totals", "ballot_minutes"),
        starts=("education_end",),
        emits=("BallotRecorded", "MemberFlagged", "CaseClosed"),
        citation=_FLAG,
        certainty="verified",
    ),
    Transition(
        command="correct_ballot",
        label_vi="Đính chính kết quả bỏ phiếu kín",
        from_states=(State.LISTED, State.NOT_LISTED),
        to_states=(State.LISTED, State.NOT_LISTED),
        roles=_CELL,
        guard="with reason, before any step rests on the result; the earlier version stays readable",
        evidence=("roll", "totals", "ballot_minutes", "reason"),
        starts=("education_end",),
        ends=("education_end",),
        emits=("BallotRecorded", "MemberFlagged", "ListingWithdrawn", "CaseClosed"),
        citation=_FLAG,
        certainty="assumed",
    ),
    Transition(
        command="assign_helpers",
        label_vi="Phân công đảng viên giúp đỡ",
        from_states=ON_THE_LIST,
        to_states=(State.IN_EDUCATION,),
        roles=_CELL,
        guard="official members, not the member concerned, not in conflict, at least the profile's number",
        starts=("follow_up",),
        ends=("follow_up",),
        emits=("HelpersAssigned",),
        citation=_LATER,
        certainty="assumed",
    ),
    Transition(
        command="notify_member",
        label_vi="Thông báo cho đảng viên",
        from_states=(*ON_THE_LIST, *_LADDER),
        to_states=(),
        roles=_ANY,
        guard="dated, by a named channel, acknowledged or refused",
        evidence=("notice",),
        citation=_LATER,
        certainty="assumed",
    ),
    Transition(
        command="record_statement",
        label_vi="Ghi ý kiến, bản tự nhận xét của đảng viên",
        from_states=(*OPEN, *OUT_OF_PARTY),
        to_states=(),
        roles=("member", "cell_secretary"),
        guard="the member's own text",
        by_subject=True,
        citation=at(HD02, "Mục I"),
        certainty="inferred",
    ),
    Transition(
        command="acknowledge_notice",
        label_vi="Xác nhận đã nhận thông báo",
        from_states=(*OPEN, *OUT_OF_PARTY),
        to_states=(),
        roles=("member",),
        guard="a notice that waits for it, not before it was sent",
        by_subject=True,
        citation=_LATER,
        certainty="assumed",
    ),
    Transition(
        command="record_plan",
        label_vi="Ghi kế hoạch phấn đấu của đảng viên",
        from_states=ON_THE_LIST,
        to_states=(),
        roles=("member", "cell_secretary"),
        guard="the member's own text",
        by_subject=True,
        citation=_LATER,
        certainty="assumed",
    ),
    Transition(
        command="declare_helper_conflict",
        label_vi="Ghi người không được phân công giúp đỡ",
        from_states=ON_THE_LIST,
        to_states=(),
        roles=_CELL,
        guard="a member named with the reason; who helps already has to be replaced first",
        evidence=("reason",),
        citation=at(HD02, "Mục I"),
        certainty="inferred",
    ),
    Transition(
        command="record_self_review",
        label_vi="Ghi bản tự kiểm điểm khi hết thời hạn giáo dục, giúp đỡ",
        from_states=(State.IN_EDUCATION,),
        to_states=(),
        roles=("member", "cell_secretary"),
        guard="the member's own text",
        by_subject=True,
        citation=_LATER,
        certainty="assumed",
    ),
    Transition(
        command="assess_progress",
        label_vi="Ghi nhận xét, đánh giá của chi bộ",
        from_states=(State.IN_EDUCATION,),
        to_states=(),
        roles=_CELL,
        guard="followed up as often as the profile says; the self-review first where it demands one",
        evidence=("cell_minutes",),
        citation=_LATER,
        certainty="assumed",
    ),
    Transition(
        command="record_follow_up",
        label_vi="Ghi nhận theo dõi, giúp đỡ",
        from_states=(State.IN_EDUCATION,),
        to_states=(),
        roles=_CELL,
        guard="not before the last follow-up; who helped is one of the helpers",
        starts=("follow_up",),
        ends=("follow_up",),
        emits=("FollowUpRecorded",),
        citation=_LATER,
        certainty="assumed",
    ),
    Transition(
        command="extend_education",
        label_vi="Gia hạn thời gian giáo dục, giúp đỡ",
        from_states=(State.IN_EDUCATION,),
        to_states=(),
        roles=_CELL,
        guard="within the number and length of extensions of the profile",
        evidence=("cell_minutes",),
        starts=("education_end",),
        ends=("education_end",),
        emits=("EducationExtended",),
        citation=_LATER,
        certainty="assumed",
    ),
    Transition(
        command="recognize_progress",
        label_vi="Quyết định công nhận tiến bộ",
        from_states=(State.IN_EDUCATION,),
        to_states=(State.PROGRESS_RECOGNIZED,),
        roles=_COMMITTEES,
        guard="followed up, assessed by the cell, decided by the committee",
        evidence=("cell_assessment", "decision"),
        ends=("education_end", "follow_up"),
        emits=("ProgressRecognized", "CaseClosed"),
        citation=_LATER,
        certainty="inferred",
    ),
    Transition(
        command="transfer_case",
        label_vi="Chuyển sinh hoạt đảng, kèm nhận xét sự tiến bộ",
        from_states=ON_THE_LIST,
        to_states=(State.TRANSFERRED, State.LISTED),
        roles=("cell_secretary", "grassroots_committee", "organizing_board"),
        guard="written assessment; the case goes on where the receiving cell belongs to the deployment",
        evidence=("progress_assessment",),
        ends=("education_end", "follow_up"),
        emits=("CaseTransferred", "CaseClosed"),
        citation=_LATER,
        certainty="assumed",
    ),
    Transition(
        command="close_other_exit",
        label_vi="Kết thúc vì lý do khác",
        from_states=OPEN,
        to_states=(State.OTHER_EXIT,),
        roles=_ANY,
        guard="death, approved resignation, or membership ended elsewhere; named document",
        evidence=("document",),
        ends=("education_end", "follow_up"),
        emits=("CaseClosed",),
        citation=_LATER,
        certainty="inferred",
    ),
    Transition(
        command="propose_removal",
        label_vi="Đề nghị đưa ra khỏi Đảng (từ danh sách)",
        from_states=ON_THE_LIST,
        to_states=(State.REMOVAL_PROPOSED, State.AWAITING_DECISION),
        roles=_ANY,
        guard="mode and ground fit the member; X4 only after the education period",
        evidence=("ground_evidence",),
        ends=("education_end", "follow_up"),
        emits=("RemovalProposed",),
        citation=_REMOVAL,
        certainty="verified",
    ),
    Transition(
        command="propose_direct_removal",
        label_vi="Đề nghị đưa ra khỏi Đảng (không qua danh sách)",
        from_states=(),
        to_states=(State.REMOVAL_PROPOSED, State.AWAITING_DECISION),
        roles=_ANY,
        guard="grounds X1-X3, X5, X6, P1, an application to leave, or expulsion by the discipline body",
        evidence=("ground_evidence",),
        emits=("RemovalProposed",),
        citation=_REMOVAL,
        certainty="inferred",
    ),
    Transition(
        command="request_self_criticism",
        label_vi="Yêu cầu viết bản tự kiểm điểm",
        from_states=_LADDER,
        to_states=(),
        roles=_CELL,
        guard="dated, with what came of it",
        evidence=("request",),
        citation=_REMOVAL,
        certainty="verified",
    ),
    Transition(
        command="record_hearing",
        label_vi="Ghi việc kiểm điểm, nghe đảng viên trình bày",
        from_states=_LADDER,
        to_states=(),
        roles=_CELL,
        guard="minutes of the meeting that heard the member",
        evidence=("hearing_minutes",),
        citation=_REMOVAL,
        certainty="verified",
    ),
    Transition(
        command="record_appraisal",
        label_vi="Ghi thẩm định của đảng ủy bộ phận",
        from_states=(State.CELL_VOTED, State.REFERRED),
        to_states=(),
        roles=("grassroots_committee",),
        guard="only where a part committee stands between cell and grassroots committee",
        evidence=("appraisal_minutes",),
        emits=("RemovalVoteRecorded",),
        citation=_REMOVAL,
        certainty="verified",
    ),
    Transition(
        command="record_removal_vote",
        label_vi="Ghi kết quả biểu quyết đưa ra khỏi Đảng",
        from_states=(State.REMOVAL_PROPOSED, State.CELL_VOTED, State.COMMITTEE_VOTED, State.REFERRED),
        to_states=(
            State.REMOVAL_PROPOSED,
            State.CELL_VOTED,
            State.COMMITTEE_VOTED,
            State.REFERRED,
            State.AWAITING_DECISION,
        ),
        roles=("cell_secretary", "grassroots_committee", "standing_committee"),
        guard="the next level of the ladder; before the first vote the member is told and heard (or refused)",
        evidence=("roll_or_base", "totals", "vote_minutes"),
        emits=("RemovalVoteRecorded",),
        citation=_VOTES,
        certainty="verified",
    ),
    Transition(
        command="correct_removal_vote",
        label_vi="Đính chính kết quả biểu quyết đưa ra khỏi Đảng",
        from_states=_LADDER,
        to_states=_LADDER,
        roles=("cell_secretary", "grassroots_committee", "standing_committee"),
        guard="with reason, by the level that voted, before any step rests on the result; the earlier version stays",
        evidence=("roll_or_base", "totals", "vote_minutes", "reason"),
        emits=("RemovalVoteRecorded",),
        citation=_VOTES,
        certainty="assumed",
    ),
    Transition(
        command="decide_removal",
        label_vi="Quyết định của cấp có thẩm quyền",
        from_states=_LADDER,
        to_states=(State.REMOVED, State.REMOVAL_REJECTED, State.IN_EDUCATION),
        roles=("standing_committee", "grassroots_committee", "organizing_board"),
        guard="removal: all evidence complete; against it: the deciding level's vote fell short",
        evidence=("notice", "hearing_or_refusal", "votes", "decision", "complaint_rights"),
        starts=("education_end", "follow_up"),
        emits=("MemberRemoved", "EducationExtended", "CaseClosed"),
        citation=_REMOVAL,
        certainty="verified",
    ),
    Transition(
        command="deliver_decision",
        label_vi="Giao quyết định cho người bị đưa ra khỏi Đảng",
        from_states=(State.REMOVED,),
        to_states=(),
        roles=_ANY,
        guard="once; starts the time for complaints",
        evidence=("delivery",),
        starts=("complaint_filing",),
        citation=_COMPLAINT,
        certainty="verified",
    ),
    Transition(
        command="lodge_complaint",
        label_vi="Khiếu nại",
        from_states=(State.REMOVED, State.COMPLAINT_UPHELD, State.CLOSED),
        to_states=(State.COMPLAINT_PENDING,),
        roles=("member", "grassroots_committee", "standing_committee", "organizing_board"),
        guard="within the working days of the profile; a late one is recorded and not examined",
        evidence=("complaint",),
        starts=("complaint_resolving",),
        ends=("complaint_filing",),
        emits=("ComplaintLodged", "ComplaintResolved"),
        by_subject=True,
        citation=_COMPLAINT,
        certainty="verified",
    ),
    Transition(
        command="resolve_complaint",
        label_vi="Giải quyết khiếu nại",
        from_states=(State.COMPLAINT_PENDING,),
        to_states=(State.COMPLAINT_UPHELD, State.RESTORED),
        roles=("standing_committee", "organizing_board"),
        guard="by decision; reversal restores membership",
        evidence=("decision",),
        starts=("complaint_filing",),
        ends=("complaint_resolving",),
        emits=("ComplaintResolved", "RemovalReversed", "CaseClosed"),
        citation=_COMPLAINT,
        certainty="verified",
    ),
    Transition(
        command="close_case",
        label_vi="Kết thúc vụ việc",
        from_states=(State.REMOVED, State.COMPLAINT_UPHELD),
        to_states=(State.CLOSED,),
        roles=("cell_secretary", "grassroots_committee", "standing_committee", "organizing_board"),
        guard="the time for complaints is over",
        ends=("complaint_filing",),
        emits=("CaseClosed",),
        citation=_COMPLAINT,
        certainty="inferred",
    ),
)
BY_COMMAND: dict[str, Transition] = {row.command: row for row in TRANSITIONS}
