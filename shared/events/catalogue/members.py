"""Events of the members service: who belongs where. Only this topic carries names."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Literal

import msgspec

from shared.events.registry import Fact, event

LeavingMode = Literal["name_removal", "expulsion", "resignation", "death", "transferred_out"]
"""Form of leaving (hình thức ra khỏi Đảng): xóa tên, khai trừ, xin ra / cho ra, từ trần, chuyển đi."""
TransferClock = Literal["transfer_start", "transfer_present", "transfer_stay"]
TRANSFER_CLOCK_VI: Mapping[str, str] = MappingProxyType(
    {
        "transfer_start": "làm thủ tục chuyển sinh hoạt đảng",
        "transfer_present": "nộp giấy giới thiệu chuyển sinh hoạt đảng",
        "transfer_stay": "hết thời hạn sinh hoạt đảng tạm thời",
    }
)
"""Clocks of transfers (thời hạn chuyển sinh hoạt đảng): kept by members, listed beside those of cases, reminded of."""


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """Văn bản: a document as it is cited. Numbers repeat, so issuer and date belong to the key."""

    number: str
    issued_on: date
    issuer: str


class _OrganizationState(Fact, frozen=True, kw_only=True):
    organization_id: str
    name: str
    code: str | None
    level: str
    is_cell: bool
    parent_id: str | None
    organization_path: list[str]
    """Ids from the root to the organisation itself."""
    on: date
    decision: Document | None = None


@event("members")
class OrganizationEstablished(_OrganizationState, frozen=True, kw_only=True):
    """Thành lập tổ chức đảng: an organisation exists from ``on``."""


@event("members")
class OrganizationChanged(_OrganizationState, frozen=True, kw_only=True):
    """Thay đổi tổ chức đảng: renamed, moved or otherwise changed from ``on``; carries the whole new state."""

    change: Literal["renamed", "moved", "merged", "corrected"]


@event("members")
class OrganizationDissolved(Fact, frozen=True, kw_only=True):
    """Giải thể tổ chức đảng: the organisation no longer exists from ``on``."""

    organization_id: str
    organization_path: list[str]
    on: date
    successor_id: str | None = None
    decision: Document | None = None


class _WorkingGroupState(Fact, frozen=True, kw_only=True):
    group_id: str
    name: str
    """What the group is called; no name of a person."""
    organization_ids: list[str]
    """Organisations assigned to it, each with everything below."""
    member_ids: list[str]
    leader_id: str | None
    on: date
    decision: Document


@event("members")
class WorkingGroupEstablished(_WorkingGroupState, frozen=True, kw_only=True):
    """Thành lập đoàn công tác: a working group goes with its organisations from ``on``."""


@event("members")
class WorkingGroupChanged(_WorkingGroupState, frozen=True, kw_only=True):
    """Thay đổi đoàn công tác: carries the whole new state from ``on``, or with ``ended`` the last one."""

    change: Literal["changed", "ended"]


@event("members")
class AccessRevoked(Fact, frozen=True, kw_only=True):
    """Thu hồi quyền truy cập: tokens of ``subject`` that were issued before that instant count no more."""

    revocation_id: str
    subject: str
    """Of the tokens, as the identity provider names a person or a service; no name."""
    issued_before: datetime
    until: datetime
    """From then on none of these tokens could be good anyway, and the revocation is forgotten."""


class _MemberState(Fact, frozen=True, kw_only=True):
    member_id: str
    full_name: str
    gender: Literal["male", "female"] | None
    birth_date: date | None
    card_number: str | None
    dossier_number: str | None
    admitted_on: date
    official_on: date | None
    status: Literal["probationary", "official"]
    exempt_from: date | None
    """Start of exemption from work and activities (miễn công tác và sinh hoạt đảng)."""
    exempt_until: date | None
    temporary: bool = False
    """Temporary activity (sinh hoạt tạm thời): not counted in the host organisation's membership."""
    organization_path: list[str]
    on: date
    """The business date from which this state holds."""


@event("members")
class MemberRegistered(_MemberState, frozen=True, kw_only=True):
    """Ghi danh đảng viên: a member is on the roster of a cell from ``on``."""

    organization_since: date
    """Since when the member belongs to the cell (may lie before the import)."""


@event("members")
class MemberChanged(_MemberState, frozen=True, kw_only=True):
    """Thay đổi thông tin đảng viên: carries the whole new state and which fields changed."""

    changed: list[str]


@event("members")
class TransferDecided(Fact, frozen=True, kw_only=True):
    """Quyết định chuyển sinh hoạt đảng: nobody has moved; the formalities must begin by ``due_on``."""

    member_id: str
    transfer_id: str
    organization_path: list[str]
    to_path: list[str] | None
    """Receiving cell inside the deployment; None when it lies outside."""
    temporary: bool
    on: date
    due_on: date
    assumed: bool = False
    """Whether nobody has verified the number of working days (chưa kiểm chứng)."""


@event("members")
class TransferStarted(Fact, frozen=True, kw_only=True):
    """Bắt đầu chuyển sinh hoạt đảng: the member is in transit from ``on``."""

    member_id: str
    transfer_id: str
    organization_path: list[str]
    to_path: list[str] | None
    """Receiving cell inside the deployment; None when it lies outside."""
    temporary: bool
    on: date
    due_on: date | None = None
    """Last day to begin the formalities, when they were late; None for what was published before."""
    decided_on: date | None = None
    """Day of the decision, from which the working days run; None for what was published before."""
    assumed: bool = False
    """Whether nobody has verified the number of working days (chưa kiểm chứng)."""


@event("members")
class TransferIntroduced(Fact, frozen=True, kw_only=True):
    """Giới thiệu chuyển sinh hoạt đảng: the letter is out; it must be presented by ``due_on``."""

    member_id: str
    transfer_id: str
    organization_path: list[str]
    on: date
    due_on: date
    assumed: bool = False
    """Whether nobody has verified the number of working days (chưa kiểm chứng)."""


@event("members")
class TransferCompleted(Fact, frozen=True, kw_only=True):
    """Hoàn thành chuyển sinh hoạt đảng: accepted, returned, or gone beyond the deployment."""

    member_id: str
    transfer_id: str
    organization_path: list[str]
    """Where the member belongs after it (the old cell when returned or gone)."""
    outcome: Literal["accepted", "returned", "left"]
    on: date
    temporary: bool = False
    """A guest (sinh hoạt tạm thời): the home cell stays where the member belongs."""
    until: date | None = None
    """Last day of the stay of a guest who was accepted."""


@event("members")
class TransferClockTold(Fact, frozen=True, kw_only=True):
    """Báo thời hạn của lượt chuyển: one that runs, of a transfer whose events were published before they carried it."""

    member_id: str
    transfer_id: str
    organization_path: list[str]
    """The cell that the member leaves; of a guest's stay the host."""
    kind: TransferClock
    started_on: date
    due_on: date
    on: date
    assumed: bool = False
    """Whether nobody has verified the number of working days (chưa kiểm chứng)."""


@event("members")
class MemberClassified(Fact, frozen=True, kw_only=True):
    """Đánh giá, xếp loại đảng viên hằng năm: the annual result of one member."""

    member_id: str
    organization_path: list[str]
    year: int
    level: Literal["excellent", "good", "completed", "not_completed"]
    on: date


@event("members")
class MemberParticipationRecorded(Fact, frozen=True, kw_only=True):
    """Số tháng không sinh hoạt đảng, không đóng đảng phí trong năm: counts of one member, as known on ``on``."""

    member_id: str
    organization_path: list[str]
    year: int
    months_absent: int
    """Months without activities and without good reason (không có lý do chính đáng)."""
    months_excused: int
    months_unpaid: int
    on: date


@event("members")
class MemberStandingConcluded(Fact, frozen=True, kw_only=True):
    """Kết luận về tư cách đảng viên của một năm: whether the member violated a member's standing in it."""

    member_id: str
    organization_path: list[str]
    year: int
    violated: bool
    on: date


@event("members")
class MembershipEnded(Fact, frozen=True, kw_only=True):
    """Ra khỏi Đảng / thôi là đảng viên của đảng bộ: membership ended on ``on`` in the given mode."""

    member_id: str
    organization_path: list[str]
    on: date
    mode: LeavingMode
    ground: str | None
    decision: Document | None
    case_id: str | None
    was_probationary: bool


@event("members")
class MembershipRestored(Fact, frozen=True, kw_only=True):
    """Khôi phục đảng tịch: membership is restored with its earlier dates."""

    member_id: str
    organization_path: list[str]
    on: date
    case_id: str | None
    status: Literal["probationary", "official"]


@event("members")
class MemberErased(Fact, frozen=True, kw_only=True):
    """Xóa dữ liệu cá nhân: the personal text of a member was erased; ids and facts stay."""

    member_id: str
    on: date
