"""Who is told what (ai được báo việc gì): event → relation → what happened, what is to be done, by which clause.

Texts name no member: the inbox leads to the case, and the case is read under the access table.
Tallies of a secret ballot appear nowhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.notifications.domain.recipients import Relation
from shared.events.catalogue import members, reviews
from shared.events.registry import Fact

HD02 = "Hướng dẫn 02-HD/BTCTW, 12/4/2021, Ban Tổ chức Trung ương"
QD24 = "Quy định 24-QĐ/TW, 30/7/2021, Ban Chấp hành Trung ương"


@dataclass(frozen=True, slots=True)
class Notice:
    """One row: who, the title, what to do (None: to know only), the clause, and the field with the due date."""

    to: Relation
    title: str
    to_do: str | None = None
    clause: str | None = None
    due_field: str | None = None


MEMBER, HELPERS, CELL, SUPERIOR, STANDING = Relation

WHO_IS_TOLD: Mapping[type[Fact], Sequence[Notice]] = {
    reviews.CandidateProposed: (
        Notice(
            SUPERIOR,
            "Chi bộ xin ý kiến về dự kiến đưa đảng viên vào danh sách cần giáo dục, giúp đỡ",
            "Cho ý kiến chỉ đạo để chi bộ họp, bỏ phiếu.",
            f"{HD02}, bước 1 (xin ý kiến cấp ủy cấp trên trực tiếp)",
        ),
    ),
    reviews.GuidanceGiven: (
        Notice(
            CELL,
            "Cấp ủy cấp trên đã cho ý kiến chỉ đạo",
            "Nếu được đồng ý: họp chi bộ, bỏ phiếu kín đối với từng đảng viên.",
            f"{HD02}, bước 1 (bỏ phiếu kín)",
        ),
    ),
    reviews.BallotRecorded: (
        Notice(SUPERIOR, "Chi bộ báo cáo kết quả bỏ phiếu kín", None, f"{HD02}, bước 1 (báo cáo cấp trên)"),
    ),
    reviews.MemberFlagged: (
        Notice(
            MEMBER,
            "Đồng chí được đưa vào danh sách cần chi bộ giáo dục, giúp đỡ",
            "Xem hồ sơ của mình; đồng chí có thể nêu ý kiến và kế hoạch phấn đấu trong hồ sơ.",
            f"{HD02}, mục II",
            "education_due_on",
        ),
        Notice(
            CELL,
            "Một đảng viên đã vào danh sách cần giáo dục, giúp đỡ",
            "Thông báo cho đảng viên và phân công đảng viên giúp đỡ.",
            f"{HD02}, mục II",
            "education_due_on",
        ),
    ),
    reviews.ListingWithdrawn: (
        Notice(MEMBER, "Đồng chí không còn trong danh sách: kết quả bỏ phiếu đã được đính chính"),
        Notice(CELL, "Một đảng viên không còn trong danh sách do đính chính kết quả bỏ phiếu"),
        Notice(SUPERIOR, "Chi bộ đính chính kết quả bỏ phiếu: đảng viên không vào danh sách"),
    ),
    reviews.HelpersAssigned: (
        Notice(HELPERS, "Đồng chí được phân công giúp đỡ một đảng viên", "Giúp đỡ và ghi nhận theo định kỳ."),
        Notice(MEMBER, "Chi bộ đã phân công đảng viên giúp đỡ đồng chí"),
    ),
    reviews.FollowUpRecorded: (
        Notice(
            CELL, "Đã ghi nhận một kỳ theo dõi, giúp đỡ", "Chuẩn bị kỳ theo dõi sau.", None, "next_due_on"
        ),
    ),
    reviews.EducationExtended: (
        Notice(MEMBER, "Thời gian giáo dục, giúp đỡ được gia hạn", None, None, "until"),
    ),
    reviews.ProgressRecognized: (
        Notice(MEMBER, "Cấp ủy đã công nhận sự tiến bộ và đưa đồng chí ra khỏi danh sách"),
        Notice(HELPERS, "Đảng viên đồng chí giúp đỡ đã được công nhận tiến bộ"),
        Notice(CELL, "Cấp ủy đã quyết định công nhận tiến bộ"),
        Notice(STANDING, "Một đảng viên được công nhận tiến bộ"),
    ),
    reviews.CaseTransferred: (
        Notice(STANDING, "Một đảng viên trong danh sách chuyển sinh hoạt đảng, đã có nhận xét, đánh giá"),
    ),
    reviews.RemovalProposed: (
        Notice(
            MEMBER,
            "Chi bộ đề nghị đưa đồng chí ra khỏi Đảng",
            "Viết bản tự kiểm điểm; đồng chí được trình bày trước chi bộ.",
            f"{QD24}, Điều 8",
        ),
        Notice(SUPERIOR, "Chi bộ đề nghị đưa đảng viên ra khỏi Đảng", None, f"{QD24}, Điều 8"),
    ),
    reviews.RemovalVoteRecorded: (
        Notice(
            SUPERIOR,
            "Đã có kết quả biểu quyết về đề nghị đưa đảng viên ra khỏi Đảng",
            "Xem xét, biểu quyết ở cấp mình; không đủ tỷ lệ vẫn báo cáo lên trên.",
            f"{QD24}, Điều 8",
        ),
        Notice(STANDING, "Đã có kết quả biểu quyết về đề nghị đưa đảng viên ra khỏi Đảng"),
    ),
    reviews.MemberRemoved: (
        Notice(
            MEMBER,
            "Quyết định đưa đồng chí ra khỏi Đảng",
            "Đồng chí có quyền khiếu nại trong 30 ngày làm việc kể từ ngày nhận quyết định (chưa kiểm chứng"
            " theo quy định hiện hành).",
            f"{QD24}, Điều 8",
        ),
        Notice(CELL, "Đã có quyết định đưa đảng viên ra khỏi Đảng", "Giao quyết định cho đảng viên."),
        Notice(SUPERIOR, "Đã có quyết định đưa đảng viên ra khỏi Đảng"),
    ),
    reviews.ComplaintLodged: (
        Notice(
            STANDING,
            "Đảng viên khiếu nại quyết định đưa ra khỏi Đảng",
            "Xem xét, giải quyết khiếu nại đúng hạn.",
            None,
            "due_on",
        ),
    ),
    reviews.ComplaintResolved: (Notice(MEMBER, "Khiếu nại của đồng chí đã được giải quyết"),),
    reviews.RemovalReversed: (
        Notice(MEMBER, "Quyết định đưa đồng chí ra khỏi Đảng đã bị hủy; đảng tịch được khôi phục"),
        Notice(CELL, "Quyết định đưa đảng viên ra khỏi Đảng đã bị hủy"),
        Notice(SUPERIOR, "Quyết định đưa đảng viên ra khỏi Đảng đã bị hủy"),
        Notice(STANDING, "Quyết định đưa đảng viên ra khỏi Đảng đã bị hủy"),
    ),
    reviews.RoundOpened: (),
    reviews.RoundClosed: (Notice(STANDING, "Đợt rà soát đã kết thúc"),),
    members.MembershipEnded: (
        Notice(CELL, "Danh sách đảng viên của chi bộ đã thay đổi: một đảng viên ra khỏi"),
    ),
    members.MembershipRestored: (Notice(CELL, "Đảng tịch của một đảng viên đã được khôi phục"),),
}
"""The table. A type that is missing tells nobody."""
