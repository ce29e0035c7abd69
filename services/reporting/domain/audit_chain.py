"""Audit chains as they are received (chuỗi nhật ký): what is checked with each link, and what stands of a chain."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec

State = Literal["intact", "broken", "missing", "unverified"]
STATES: dict[State, str] = {
    "intact": "nguyên vẹn",
    "broken": "bị hỏng",
    "missing": "thiếu dòng",
    "unverified": "chưa được kiểm tra",
}
MOST_NAMED = 100
"""So many missing links are named; the others are counted."""

DOES_NOT_FOLLOW = "không nối với dòng trước (does not follow the entry before)"
CHANGED = "nội dung khác với mã băm (the content is not what the hash was made over)"
REWRITTEN = (
    "dịch vụ nay có mã băm khác với bản sao đã nhận: lịch sử đã bị viết lại"
    " (the service's hash differs from the copy received: its past was written anew)"
)


class Verified(msgspec.Struct, frozen=True, kw_only=True):
    """What the service's own check found: good up to which link, with which hash, and where not."""

    at: datetime
    good_up_to: int
    hash: str
    broken_at: int | None = None
    why: str | None = None


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """The first link at which something is wrong."""

    number: int
    why: str


class Chain(msgspec.Struct, frozen=True, kw_only=True):
    """One service's chain as far as it was received."""

    number: int = 0
    """The newest link received."""
    hash: str = "0" * 64
    at: datetime | None = None
    """When the newest link was made."""
    missing: tuple[int, ...] = ()
    missing_count: int = 0
    follows: bool = True
    """Whether the next link must name the hash of the newest: not behind a link that is missing."""
    fault: Fault | None = None
    verified: Verified | None = None

    def with_link(
        self,
        *,
        number: int,
        at: datetime,
        previous: str,
        hash: str,  # noqa: A002 -- the word of the chain
        sound: bool,
        verified: Verified | None,
    ) -> Chain:
        """Return the chain with its next link, whose content is *sound*; *verified* when it tells of a check."""
        fault = self.fault
        if fault is None and self.follows and previous != self.hash:
            fault = Fault(number=number, why=DOES_NOT_FOLLOW)
        if fault is None and not sound:
            fault = Fault(number=number, why=CHANGED)
        return msgspec.structs.replace(
            self,
            number=number,
            hash=hash,
            at=at,
            follows=True,
            fault=fault,
            verified=verified or self.verified,
        )

    def without_link(self, number: int) -> Chain:
        """Return the chain whose next link is missing."""
        return msgspec.structs.replace(
            self,
            number=number,
            missing=(*self.missing, number)[:MOST_NAMED],
            missing_count=self.missing_count + 1,
            follows=False,
        )

    def judged(self, copy_hash: str | None) -> tuple[State, Sequence[Fault]]:
        """Return how the chain stands, and everything that is wrong with it, by number.

        *copy_hash* is the hash of the received link up to which the service found its chain good, None when that
        one was not received.
        """
        faults = [] if self.fault is None else [self.fault]
        checked = self.verified
        if checked is not None and checked.broken_at is not None:
            faults.append(Fault(number=checked.broken_at, why=checked.why or ""))
        if checked is not None and copy_hash is not None and copy_hash != checked.hash:
            faults.append(Fault(number=checked.good_up_to, why=REWRITTEN))
        faults.sort(key=lambda each: each.number)
        if faults:
            return "broken", faults
        if self.missing_count:
            return "missing", faults
        return ("unverified" if checked is None else "intact"), faults
