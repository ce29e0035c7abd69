"""Thu hồi quyền truy cập (revoked access): which tokens are refused although their time has not run out.

A token says what its holder could do when it was issued. Whoever takes a role away also says that this person's tokens
issued before that moment count no more; what is issued later says what is left, and is accepted.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

CLOCK_SKEW_SECONDS = 30
"""How far the issuer's clock and ours may be apart."""
SKEW = timedelta(seconds=CLOCK_SKEW_SECONDS)
LONGEST = timedelta(hours=24)
"""Longest life of a token that is accepted at all: after that a revocation has nothing left to refuse."""


def forgotten_at(issued_before: datetime) -> datetime:
    """Return the instant from which no token issued before *issued_before* can be good any more."""
    return issued_before + SKEW + LONGEST + SKEW


def refused(revoked: Mapping[str, datetime], subject: str, issued_at: float) -> bool:
    """Say whether a token of *subject* issued in second *issued_at* is one of those that count no more.

    In doubt it is: an issuer whose clock goes ahead of ours dates a token later than it was issued.
    """
    before = revoked.get(subject)
    return before is not None and issued_at < (before + SKEW).timestamp()
