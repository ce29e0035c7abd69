from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.members.domain.reconciliation import next_due


class TestNextDue:
    """Hướng dẫn 12-HD/BTCTW (2022), Mẫu 7-HSĐV: reconciled every three months."""

    @pytest.mark.parametrize(
        ("last", "due"),
        [
            (date(2025, 1, 15), date(2025, 4, 15)),
            (date(2025, 11, 30), date(2026, 2, 28)),
            (date(2023, 11, 30), date(2024, 2, 29)),
            (date(2025, 10, 1), date(2026, 1, 1)),
            (date(2025, 9, 30), date(2025, 12, 30)),
        ],
    )
    def test_three_months_later(self, last, due):
        assert next_due(last) == due

    @given(st.dates(date(1990, 1, 1), date(2100, 1, 1)))
    def test_never_sooner_than_three_short_months(self, last):
        assert timedelta(days=89) <= next_due(last) - last <= timedelta(days=92)
