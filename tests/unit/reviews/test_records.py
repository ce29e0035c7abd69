"""Evidence against the members' records: 02-HD/BTCTW (12/4/2021), Mục II, điểm 1; 24-QĐ/TW (30/7/2021), Điều 8."""

import datetime as dt

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reviews.domain.criteria import Evidence
from services.reviews.domain.records import (
    NOT_COMPLETED,
    MemberRecords,
    record_problems,
    unrecorded_places,
    unrecorded_problems,
)
from tests.unit.reviews.words import PROFILE

YEARS = st.integers(2015, 2025)
LEVELS = st.sampled_from(["excellent", "good", "completed", NOT_COMPLETED])


def bad_year(year: int) -> Evidence:
    return Evidence(
        kind="annual_not_completed", reference="Thông báo", on=dt.date(year + 1, 1, 15), year=year
    )


def months(kind: str, count: int, year: int | None = 2021) -> Evidence:
    return Evidence(kind=kind, reference="Sổ", on=dt.date(2021, 12, 1), year=year, count=count)


def codes(*evidence: Evidence, **records) -> list[tuple[str, str]]:
    return [(each.code, each.pointer) for each in record_problems(evidence, MemberRecords(**records))]


class TestTwoBadYears:
    """C1: each year claimed stands in the register as not completed."""

    def test_both_stand_there(self):
        assert codes(bad_year(2019), bad_year(2020), levels={2019: NOT_COMPLETED, 2020: NOT_COMPLETED}) == []

    def test_one_was_better(self):
        assert codes(bad_year(2019), bad_year(2020), levels={2019: NOT_COMPLETED, 2020: "good"}) == [
            ("classification_differs", "/evidence/1/year")
        ]

    def test_the_refusal_quotes_its_clause(self):
        (found,) = record_problems([bad_year(2019)], MemberRecords(levels={2019: "good"}))
        assert str(found.citation).startswith("Mục II, điểm 1, Hướng dẫn 02-HD/BTCTW")
        assert "Hoàn thành tốt nhiệm vụ" in found.detail_vi

    @given(levels=st.dictionaries(YEARS, LEVELS), claimed=st.lists(YEARS, max_size=4))
    def test_only_what_the_register_says_passes(self, levels, claimed):
        evidence, records = [bad_year(year) for year in claimed], MemberRecords(levels=levels)
        places = unrecorded_places(evidence, records)
        passes = not record_problems(evidence, records) and not unrecorded_problems(places, evidence, PROFILE)
        assert passes == all(levels.get(year) == NOT_COMPLETED for year in claimed)


class TestStanding:
    """X5: a conclusion of each of two years (24-QĐ/TW, 30/7/2021, Điều 8), which the register does not contradict."""

    def claimed(self, year):
        return Evidence(
            kind="annual_standing_violation", reference="KL 5", on=dt.date(year + 1, 1, 9), year=year
        )

    def test_the_register_says_so(self):
        assert codes(self.claimed(2019), self.claimed(2020), standing_violated={2019: True, 2020: True}) == []

    def test_the_register_says_otherwise(self):
        assert codes(self.claimed(2019), self.claimed(2020), standing_violated={2019: True, 2020: False}) == [
            ("standing_differs", "/evidence/1/year")
        ]


class TestMissedMonths:
    """X1, X2: no more months than the register counted; where it counted none, the minutes are the evidence."""

    def test_as_many_as_counted(self):
        assert codes(months("absence_count", 3), months_absent={2021: 3}) == []
        assert codes(months("dues_count", 3), months_unpaid={2021: 4}) == []

    def test_more_than_counted(self):
        assert codes(months("absence_count", 3), months_absent={2021: 2}, months_unpaid={2021: 9}) == [
            ("months_differ", "/evidence/0/count")
        ]

    def test_never_counted(self):
        assert codes(months("absence_count", 3), months_absent={2020: 0}) == []
        assert codes(months("absence_count", 3, year=None), months_absent={2021: 0}) == []


def under(name: str, value: object):
    """The profile with another value of one setting."""
    changed = msgspec.structs.replace(getattr(PROFILE.settings, name), value=value)
    return msgspec.structs.replace(
        PROFILE, settings=msgspec.structs.replace(PROFILE.settings, **{name: changed})
    )


class TestNotInTheRegister:
    """Of what the register does not hold the profile says whether it is demanded; nobody has verified which."""

    STANDING = Evidence(kind="annual_standing_violation", reference="KL 5", on=dt.date(2021, 1, 9), year=2020)

    def test_what_the_register_does_not_hold_is_found(self):
        records = MemberRecords(months_absent={2021: 4}, levels={2019: NOT_COMPLETED})
        given = [
            months("absence_count", 4),
            months("absence_count", 4, 2020),
            bad_year(2019),
            bad_year(2020),
            self.STANDING,
        ]
        assert unrecorded_places(given, records) == (1, 3, 4)

    @pytest.mark.parametrize(
        ("setting", "evidence", "strict", "lenient", "code"),
        [
            ("counts_required", months("dues_count", 4), True, False, "count_unknown"),
            ("classification_unrecorded", bad_year(2020), "demand", "accept", "classification_unknown"),
            ("standing_unrecorded", STANDING, "demand", "accept", "standing_unknown"),
        ],
    )
    def test_whether_it_stands_is_a_setting_of_the_profile(self, setting, evidence, strict, lenient, code):
        entry = getattr(PROFILE.settings, setting)
        assert entry.certainty == "assumed"
        assert unrecorded_problems((0,), [evidence], under(setting, lenient)) == []
        refused = unrecorded_problems((0,), [evidence], under(setting, strict))
        assert [(each.code, each.citation) for each in refused] == [(code, entry.citation)]
