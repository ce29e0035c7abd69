"""Ballots in exact integers: the share (tỷ lệ), the roll (danh sách cử tri) and the totals (kết quả kiểm phiếu).

Only totals are held; nothing here can tie a voter to a vote. The base is the roll, not those present and not
the valid ballots, so who stays away counts against.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Literal

import msgspec

from services.reviews.domain.citation import HD02, Citation, Problem, at, refuse_if

FLAG_BALLOT: Citation = at(HD02, "Mục II, Bước 1")

ExclusionReason = Literal[
    "probationary", "exempt", "temporary", "in_transit", "not_yet", "no_longer", "subject"
]
EXCLUSION_VI: dict[ExclusionReason, str] = {
    "probationary": "đảng viên dự bị",
    "exempt": "được miễn công tác và sinh hoạt đảng",
    "temporary": "sinh hoạt đảng tạm thời",
    "in_transit": "đang chuyển sinh hoạt đảng",
    "not_yet": "chưa sinh hoạt tại chi bộ vào ngày bỏ phiếu",
    "no_longer": "không còn sinh hoạt tại chi bộ vào ngày bỏ phiếu",
    "subject": "chính đảng viên được xem xét",
}
VotingForm = Literal["secret", "show_of_cards"]
"""Hình thức biểu quyết: bỏ phiếu kín, giơ thẻ đảng viên."""


class Share(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Tỷ lệ: a fraction of the base; ``more_than`` asks for strictly more, otherwise at least that much."""

    numerator: int
    denominator: int
    more_than: bool = False

    def __post_init__(self) -> None:
        """Refuse what is no share: it lies above 0 and at most at 1; more than 1 cannot be reached."""
        if not 0 < self.numerator <= self.denominator or (
            self.more_than and self.numerator == self.denominator
        ):
            raise ValueError(f"{self.numerator}/{self.denominator} is no share that a ballot can reach")

    def __str__(self) -> str:
        """Return the share in Vietnamese: "ít nhất 2/3", "trên 1/2"."""
        return f"{'trên' if self.more_than else 'ít nhất'} {self.numerator}/{self.denominator}"


def reached(*, votes: int, base: int, share: Share) -> bool:
    """Say whether *votes* out of *base* reach the share, in integers; a base below 1 reaches nothing.

    Source: ``3*votes >= 2*N`` for listing (02-HD/BTCTW of 12/4/2021, Mục II, Bước 1).
    """
    if base < 1:
        return False
    left, right = share.denominator * votes, share.numerator * base
    return left > right if share.more_than else left >= right


def votes_needed(*, base: int, share: Share) -> int:
    """Return the smallest number of votes that reaches the share of *base*."""
    quotient, rest = divmod(share.numerator * base, share.denominator)
    return quotient + 1 if share.more_than or rest else quotient


class BaseRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Cách tính cơ số: who counts in N. Temporary and probationary members never do.

    ``subject_votes`` says whether the member concerned receives a ballot paper; it needs ``subject_counted``.
    """

    exempt_counted: bool
    subject_counted: bool
    subject_votes: bool

    def __post_init__(self) -> None:
        """Refuse a rule under which somebody outside the base votes."""
        if self.subject_votes and not self.subject_counted:
            raise ValueError("a member outside the base cannot vote")


class RosterEntry(msgspec.Struct, frozen=True, kw_only=True):
    """Đảng viên trong danh sách chi bộ: what the roll must know of one member.

    Each ``*_until`` is the first day on which it no longer holds.
    """

    member_id: str
    official_on: dt.date | None
    """Date of becoming an official member; None while probationary."""
    in_cell_from: dt.date
    in_cell_until: dt.date | None = None
    exempt_from: dt.date | None = None
    exempt_until: dt.date | None = None
    temporary: bool = False
    in_transit: bool = False


class Exclusion(msgspec.Struct, frozen=True, kw_only=True):
    """Không tính vào cơ số: one member of the cell who does not count, and why."""

    member_id: str
    reason: ExclusionReason


class Roll(msgspec.Struct, frozen=True, kw_only=True):
    """Danh sách tính cơ số: who counts on ``as_of`` and who does not, as the recorder confirmed it."""

    as_of: dt.date
    counted: tuple[str, ...]
    excluded: tuple[Exclusion, ...]
    voters: int
    """How many ballot papers may be issued at most."""

    @property
    def base(self) -> int:
        """Return N: official members of the cell, minus those the rule leaves out."""
        return len(self.counted)


def _within(day: dt.date, since: dt.date | None, until: dt.date | None) -> bool:
    return since is not None and since <= day and (until is None or day < until)


def _exclusion(
    entry: RosterEntry, *, as_of: dt.date, subject_id: str, rule: BaseRule, transit_counted: bool
) -> ExclusionReason | None:
    reason: ExclusionReason | None = None
    if as_of < entry.in_cell_from:
        reason = "not_yet"
    elif entry.in_cell_until is not None and as_of >= entry.in_cell_until:
        reason = "no_longer"
    elif entry.temporary:
        reason = "temporary"
    elif entry.official_on is None or as_of < entry.official_on:
        reason = "probationary"
    elif not rule.exempt_counted and _within(as_of, entry.exempt_from, entry.exempt_until):
        reason = "exempt"
    elif not transit_counted and entry.in_transit:
        reason = "in_transit"
    elif not rule.subject_counted and entry.member_id == subject_id:
        reason = "subject"
    return reason


def build_roll(
    entries: Iterable[RosterEntry],
    *,
    as_of: dt.date,
    subject_id: str,
    rule: BaseRule,
    transit_counted: bool = True,
) -> Roll:
    """Return the roll of a cell on *as_of* for the ballot about *subject_id*; ids in sorted order.

    *transit_counted* says whether members on their way to another cell still count where they were.

    Raises ValueError when one member stands in the entries twice.
    """
    counted: list[str] = []
    excluded: list[Exclusion] = []
    seen: set[str] = set()
    for entry in sorted(entries, key=lambda each: each.member_id):
        if entry.member_id in seen:
            raise ValueError(f"member {entry.member_id} stands in the roster twice")
        seen.add(entry.member_id)
        reason = _exclusion(
            entry, as_of=as_of, subject_id=subject_id, rule=rule, transit_counted=transit_counted
        )
        if reason is None:
            counted.append(entry.member_id)
        else:
            excluded.append(Exclusion(member_id=entry.member_id, reason=reason))
    silent = subject_id in counted and not rule.subject_votes
    return Roll(
        as_of=as_of,
        counted=tuple(counted),
        excluded=tuple(excluded),
        voters=len(counted) - (1 if silent else 0),
    )


class Totals(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Kết quả kiểm phiếu: the five totals of one ballot about one member.

    A valid paper says for or against, so ``votes_for + against == valid``: a blank paper and one marked twice
    are invalid, and are counted in ``returned`` only. For a show of member cards, ``issued`` and ``returned``
    are those present with the right to vote, and who raised no card is in ``returned`` only.
    """

    issued: int
    returned: int
    valid: int
    votes_for: int
    against: int


def totals_problems(
    totals: Totals, *, voters: int, citation: Citation, pointer: str = "/totals"
) -> list[Problem]:
    """Return each way in which *totals* contradict themselves or the roll, each naming its field."""
    problems: list[Problem] = []

    def found(code: str, field: str, vi: str, en: str) -> None:
        problems.append(
            Problem(code=code, pointer=f"{pointer}/{field}", detail_vi=vi, detail_en=en, citation=citation)
        )

    for field, count in msgspec.structs.asdict(totals).items():
        if count < 0:
            found("ballot_negative", field, f"Số {count} là số âm.", f"{count} is negative.")
    if totals.issued > voters:
        found(
            "ballot_issued_over_roll",
            "issued",
            f"Số phiếu phát ra ({totals.issued}) nhiều hơn số người được biểu quyết ({voters}).",
            f"More ballots issued ({totals.issued}) than members who may vote ({voters}).",
        )
    if totals.returned > totals.issued:
        found(
            "ballot_returned_over_issued",
            "returned",
            f"Số phiếu thu về ({totals.returned}) nhiều hơn số phiếu phát ra ({totals.issued}).",
            f"More ballots returned ({totals.returned}) than issued ({totals.issued}).",
        )
    if totals.valid > totals.returned:
        found(
            "ballot_valid_over_returned",
            "valid",
            f"Số phiếu hợp lệ ({totals.valid}) nhiều hơn số phiếu thu về ({totals.returned}).",
            f"More valid ballots ({totals.valid}) than returned ({totals.returned}).",
        )
    if totals.votes_for + totals.against != totals.valid:
        found(
            "ballot_sum",
            "valid",
            f"Đồng ý ({totals.votes_for}) cộng không đồng ý ({totals.against}) phải bằng số phiếu hợp lệ"
            f" ({totals.valid}); phiếu trắng là phiếu không hợp lệ.",
            f"For ({totals.votes_for}) and against ({totals.against}) must add up to the valid ballots"
            f" ({totals.valid}); a blank paper is invalid.",
        )
    return problems


def check_totals(totals: Totals, *, voters: int, citation: Citation) -> None:
    """Raise Refusal naming every contradiction in *totals*."""
    refuse_if(totals_problems(totals, voters=voters, citation=citation))


def may_show_totals(*, base: int, minimum: int) -> bool:
    """Say whether totals may be shown beyond the recorders: below *minimum* a total tells a person's vote."""
    return base >= minimum


def tells_votes(totals: Totals, *, hidden_minority: int) -> bool:
    """Say whether *totals* are so one-sided that they tell how each member voted.

    All for, or all against, says it of everybody. A minority of at most *hidden_minority* is treated alike, so
    that a result which is not shown does not say by this alone that it was unanimous.
    """
    return min(totals.votes_for, totals.against) <= hidden_minority
