"""The hash chain: no entry can vanish or change unseen."""

from datetime import UTC, datetime
from typing import Any

import pytest

from shared.audit.chain import GENESIS, AuditEntry, chained, entry_of, link_hash


def an_entry(**changes: Any) -> AuditEntry:
    fields: dict[str, Any] = {
        "at": datetime(2022, 9, 20, 2, 30, 0, 123_000, tzinfo=UTC),
        "actor": "nguyen-van-mau",
        "role": "grassroots_committee",
        "organization": "co-so",
        "action": "case.flagged",
        "subject": "case-1",
        "member_id": "member-1",
        "reason": None,
        "before": None,
        "after": "vn.khoi.reviews.MemberFlagged.v1",
        "request_id": "request-1",
    }
    return AuditEntry(**(fields | changes))


class TestChained:
    """Each link carries the hash of the one before, and its own over everything it says."""

    def test_it_reads_back_with_its_hash(self) -> None:
        document = chained(an_entry(), number=1, previous=GENESIS)
        assert entry_of(document) == an_entry()
        assert link_hash(document) == document["hash"]
        assert (document["_id"], document["previous"]) == (1, GENESIS)

    @pytest.mark.parametrize("field", [name for name in AuditEntry.__struct_fields__ if name != "at"])
    def test_any_change_shows(self, field: str) -> None:
        document = chained(an_entry(), number=1, previous=GENESIS)
        assert link_hash({**document, field: "changed"}) != document["hash"]

    def test_a_link_moved_to_another_place_shows(self) -> None:
        document = chained(an_entry(), number=2, previous=GENESIS)
        assert link_hash({**document, "_id": 3}) != document["hash"]
        assert link_hash({**document, "previous": "f" * 64}) != document["hash"]
