"""From which instant back access may be revoked."""

from datetime import UTC, datetime, timedelta

import pytest

from services.members.domain.revocation import revocation_problems
from shared.access.revoked import LONGEST

NOW = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)


class TestRevocation:
    """Up to now, and as far back as a token can live."""

    @pytest.mark.parametrize(
        ("before", "codes"),
        [
            (NOW, []),
            (NOW - LONGEST, []),
            (NOW + timedelta(seconds=1), ["instant_in_future"]),
            (NOW - LONGEST - timedelta(minutes=1), ["nothing_to_revoke"]),
            (datetime(1, 1, 1, tzinfo=UTC), ["nothing_to_revoke"]),
        ],
    )
    def test_what_may_be_said(self, before, codes):
        assert [each.code for each in revocation_problems(before, now=NOW)] == codes
