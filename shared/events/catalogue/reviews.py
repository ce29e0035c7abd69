"""Events of the reviews service: what the procedure decided. Ids, paths and facts; never a name or a tally."""

from __future__ import annotations

from datetime import date
from typing import Literal

import msgspec

from shared.events.catalogue.members import Document
from shared.events.registry import Fact, event

RemovalMode = Literal["name_removal", "expulsion", "resignation"]
"""Hình thức đưa ra khỏi Đảng: xóa tên, khai trừ, xin ra / cho ra."""
VoteLevel = Literal["cell", "part_committee", "grassroots_committee", "standing_committee"]
"""Cấp biểu quyết: chi bộ, đảng ủy bộ phận, đảng ủy cơ sở, ban thường vụ có thẩm quyền."""


@event("reviews")
class RoundOpened(Fact, frozen=True, kw_only=True):
    """Mở đợt rà soát: cells review their members from ``on`` and report by ``due_on``."""

    round_id: str
    name: str
    organization_path: list[str]
    on: date
    due_on: date
    profile: str
    document: Document | None = None
    cells_founded: Literal["by_due_day", "before_end", "not_asked"] = "by_due_day"
    """Whether a cell that is founded while the round runs is asked for a report."""
    cells_dissolved: Literal["not_asked", "asked"] = "not_asked"
    """Whether a cell that is dissolved meanwhile without a report still counts as silent."""


@event("reviews")
class CellReviewReported(Fact, frozen=True, kw_only=True):
    """Chi bộ báo cáo kết quả rà soát: also when nobody was proposed; a correction carries the whole report anew."""

    round_id: str
    organization_path: list[str]
    on: date
    """The day of the report, also in a correction of it."""
    reviewed: int
    proposed: int
    number: int = 1
    """Which version of the cell's report this is; the latest counts."""
    corrected_on: date | None = None
    after_close: bool = False
    """Whether the correction came when the round was closed: its closing record does not know of it."""


@event("reviews")
class RoundClosed(Fact, frozen=True, kw_only=True):
    """Kết thúc đợt rà soát: with the cells that did not report."""

    round_id: str
    organization_path: list[str]
    on: date
    not_reported: list[str]


class Clock(msgspec.Struct, frozen=True, kw_only=True):
    """Thời hạn của vụ việc: one that the step started or ended; at most one of a kind runs in a case."""

    kind: str
    """``education_end``, ``follow_up``, ``complaint_filing``, ``complaint_resolving``."""
    due_on: date
    status: Literal["running", "met", "lapsed"]


class _CaseFact(Fact, frozen=True, kw_only=True):
    case_id: str
    member_id: str
    organization_path: list[str]
    """Path of the member's cell as it stood when the step was recorded."""
    on: date
    """The business date of the step."""
    clocks: list[Clock] = []  # noqa: RUF012 -- msgspec gives each event a list of its own
    """Deadlines that the step started or ended, in order; empty for what was published before."""


@event("reviews")
class CandidateProposed(_CaseFact, frozen=True, kw_only=True):
    """Dự kiến đưa vào danh sách cần giáo dục, giúp đỡ: a cell committee proposes a member."""

    round_id: str | None
    criterion: str
    probationary: bool
    profile: str


@event("reviews")
class GuidanceGiven(_CaseFact, frozen=True, kw_only=True):
    """Cho ý kiến chỉ đạo: the directly superior committee agrees or not."""

    agrees: bool
    by_organization: str


@event("reviews")
class BallotRecorded(_CaseFact, frozen=True, kw_only=True):
    """Ghi kết quả bỏ phiếu kín: whether the share was reached. The tally stays in the case."""

    ballot_id: str
    version: int
    reached: bool


@event("reviews")
class MemberFlagged(_CaseFact, frozen=True, kw_only=True):
    """Đưa vào danh sách cần chi bộ giáo dục, giúp đỡ: the member is on the list from ``on``."""

    criterion: str
    probationary: bool
    education_due_on: date
    profile: str


@event("reviews")
class ListingWithdrawn(_CaseFact, frozen=True, kw_only=True):
    """Đưa ra khỏi danh sách do đính chính kết quả bỏ phiếu: the listing rested on a ballot wrongly recorded."""

    ballot_id: str
    version: int
    """Version of the ballot's record by which the share was not reached."""


@event("reviews")
class HelpersAssigned(_CaseFact, frozen=True, kw_only=True):
    """Phân công đảng viên giúp đỡ: who helps the member from ``on``."""

    helpers: list[str]


@event("reviews")
class FollowUpRecorded(_CaseFact, frozen=True, kw_only=True):
    """Ghi nhận theo dõi, giúp đỡ: one periodic follow-up."""

    number: int
    next_due_on: date | None


@event("reviews")
class EducationExtended(_CaseFact, frozen=True, kw_only=True):
    """Gia hạn thời gian giáo dục, giúp đỡ: the period now ends on ``until``."""

    until: date


@event("reviews")
class ProgressRecognized(_CaseFact, frozen=True, kw_only=True):
    """Công nhận tiến bộ: the committee decided to take the member off the list."""

    decided_by: str
    decision: Document


@event("reviews")
class CaseTransferred(_CaseFact, frozen=True, kw_only=True):
    """Chuyển sinh hoạt đảng khi đang trong danh sách: the case moved with its written assessment."""

    to_path: list[str] | None
    """Receiving cell inside the deployment; None when the member left the Khối."""
    continues: bool
    """Whether the receiving cell of this deployment goes on with the case."""
    returned: bool = False
    """The receiving side did not take the member in: the case goes back to the cell where they still belong."""


@event("reviews")
class RemovalProposed(_CaseFact, frozen=True, kw_only=True):
    """Đề nghị đưa ra khỏi Đảng: by the cell, from the list or directly."""

    mode: RemovalMode
    ground: str | None
    direct: bool
    probationary: bool


@event("reviews")
class RemovalVoteRecorded(_CaseFact, frozen=True, kw_only=True):
    """Ghi kết quả biểu quyết đưa ra khỏi Đảng: one vote of one level; a missed share is reported up too."""

    level: VoteLevel
    attempt: int
    reached: bool
    version: int = 1
    """Above 1 the record of this attempt is corrected, and this is the result that stands."""


@event("reviews")
class MemberRemoved(_CaseFact, frozen=True, kw_only=True):
    """Quyết định đưa ra khỏi Đảng: decided by the competent committee."""

    mode: RemovalMode
    ground: str | None
    direct: bool
    probationary: bool
    effective_on: date
    decision: Document


@event("reviews")
class ComplaintLodged(_CaseFact, frozen=True, kw_only=True):
    """Khiếu nại: the member complained; late filing is recorded as such."""

    late: bool
    due_on: date | None


@event("reviews")
class ComplaintResolved(_CaseFact, frozen=True, kw_only=True):
    """Giải quyết khiếu nại: upheld means the removal stands."""

    outcome: Literal["upheld", "reversed", "not_examined"]


@event("reviews")
class RemovalReversed(_CaseFact, frozen=True, kw_only=True):
    """Hủy quyết định đưa ra khỏi Đảng: membership must be restored."""

    decision: Document


@event("reviews")
class PastCaseRecorded(_CaseFact, frozen=True, kw_only=True):
    """Nhập vụ việc trước khi có hệ thống: a historical case, as far as the papers know it.

    ``on`` is its first known day. It stands for all that happened before the system: nobody is told anew and no
    membership ends by it. What happens in a case that is still on the list follows as events of their own.
    """

    listed_on: date | None
    """None for a member who was removed without having been listed."""
    criterion: str | None
    outcome: Literal["on_list", "recognized", "transferred", "death", "resignation", "removed"]
    ended_on: date | None
    """None while still on the list."""
    mode: RemovalMode | None
    """Of a removal; the ground may be unknown."""
    ground: str | None
    probationary: bool
    profile: str
    education_due_on: date | None
    """Of a case that is still on the list."""


@event("reviews")
class PastCaseCorrected(_CaseFact, frozen=True, kw_only=True):
    """Đính chính, rút vụ việc trước khi có hệ thống: what the papers say as it is put right, in place of all before.

    ``on`` is the first known day by this version. What was reported until then stays reported as it was.
    """

    listed_on: date | None
    criterion: str | None
    outcome: Literal["on_list", "recognized", "transferred", "death", "resignation", "removed"]
    ended_on: date | None
    mode: RemovalMode | None
    ground: str | None
    probationary: bool
    profile: str
    education_due_on: date | None
    version: int
    """2 for the first correction."""
    corrected_on: date
    withdrawn: bool
    """The case should never have been taken over: from now on it counts nowhere."""
    on_list: bool
    """Whether the member is on the list by this case as it stands now, by steps that followed as well."""
    was_on_list: bool
    """The same of the version before."""


@event("reviews")
class CaseClosed(_CaseFact, frozen=True, kw_only=True):
    """Kết thúc vụ việc: nothing more happens in the case."""

    outcome: Literal[
        "dropped",
        "not_listed",
        "recognized",
        "transferred",
        "other_exit",
        "removed",
        "not_removed",
        "restored",
    ]
    reason: str | None = None
    """A code, never personal text: ``death``, ``resignation``…"""


@event("reviews")
class DeadlinesChanged(_CaseFact, frozen=True, kw_only=True):
    """Thay đổi thời hạn: a step that is no event of its own started or ended deadlines; ``clocks`` says which."""
