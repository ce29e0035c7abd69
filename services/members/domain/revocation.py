"""Thu hồi quyền truy cập: from which instant back a person's tokens may be declared void."""

from __future__ import annotations

from datetime import datetime

from services.members.domain.violation import Violation
from shared.access.revoked import forgotten_at


def revocation_problems(issued_before: datetime, *, now: datetime) -> list[Violation]:
    """Return what forbids revoking tokens issued before that instant.

    Not beyond now: that would keep somebody out whatever roles they hold, and is done at the identity provider.
    """
    if issued_before > now:
        return [
            Violation(
                code="instant_in_future",
                field="issued_before",
                detail_vi="Thời điểm nằm trong tương lai; muốn chặn hẳn, hãy khóa tài khoản ở hệ thống xác thực.",
            )
        ]
    if forgotten_at(issued_before) <= now:
        return [
            Violation(
                code="nothing_to_revoke",
                field="issued_before",
                detail_vi="Mọi mã cấp trước thời điểm đó đều đã hết hạn.",
            )
        ]
    return []
