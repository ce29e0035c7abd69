"""Which tokens a revocation refuses (docs/adr/0028)."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from shared.access.revoked import LONGEST, SKEW, forgotten_at, refused

BEFORE = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
REVOKED = {"bi-thu": BEFORE}


class TestRefused:
    """What was issued before counts no more; what was issued later does; nobody else is touched."""

    def test_a_token_issued_before(self):
        assert refused(REVOKED, "bi-thu", (BEFORE - timedelta(seconds=1)).timestamp())

    def test_a_token_issued_later(self):
        assert not refused(REVOKED, "bi-thu", (BEFORE + SKEW).timestamp())

    def test_a_token_dated_later_by_a_clock_that_goes_ahead(self):
        assert refused(REVOKED, "bi-thu", (BEFORE + SKEW - timedelta(seconds=1)).timestamp())

    def test_somebody_else(self):
        assert not refused(REVOKED, "bi-thu-khac", 0)

    @given(
        issued=st.integers(-100_000, 29),
        life=st.integers(1, int(LONGEST.total_seconds())),
        clock=st.integers(-30, 30),
    )
    def test_it_is_not_forgotten_while_it_could_refuse_anything(self, issued: int, life: int, clock: int):
        issued_at = BEFORE + timedelta(seconds=issued)
        assert refused(REVOKED, "bi-thu", issued_at.timestamp())
        last_accepted = issued_at + timedelta(seconds=life + clock)
        assert last_accepted < forgotten_at(BEFORE)
