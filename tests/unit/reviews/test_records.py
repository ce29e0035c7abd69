"""Evidence against the members' records: 02-HD/BTCTW (12/4/2021), Mục II, điểm 1; 24-QĐ/TW (30/7/2021), Điều 8."""

import datetime as dt

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from services.reviews.domain.criteria import Evidence
from services.reviews.domain.records import (
    NOT_COMPLETED,
    MemberRecords,
    record_problems,
    unrecorded_counts,
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

    def test_one_is_not_recorded(self):
        assert codes(bad_year(2019), bad_year(2020), levels={2020: NOT_COMPLETED}) == [
            ("classification_unknown", "/evidence/0/year")
        ]

    def test_one_was_better(self):
        assert codes(bad_year(2019), bad_year(2020), levels={2019: NOT_COMPLETED, 2020: "good"}) == [
            ("classification_differs", "/evidence/1/year")
        ]

    def test_the_refusal_quotes_its_clause_and_says_what_is_there(self):
        (found,) = record_problems([bad_year(2019)], MemberRecords(levels={2018: "good"}))
        assert str(found.citation).startswith("Mục II, điểm 1, Hướng dẫn 02-HD/BTCTW")
        assert "2018: Hoàn thành tốt nhiệm vụ" in found.detail_vi

    @given(levels=st.dictionaries(YEARS, LEVELS), claimed=st.lists(YEARS, max_size=4))
    def test_only_what_the_register_says_passes(self, levels, claimed):
        passes = not record_problems([bad_year(year) for year in claimed], MemberRecords(levels=levels))
        assert passes == all(levels.get(year) == NOT_COMPLETED for year in claimed)


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


class TestCountsNobodyRecorded:
    """Months of X1 and X2 that the register does not hold rest on the minutes; a profile may refuse that."""

    def evidence(self, **more):
        return Evidence(kind="absence_count", reference="Sổ", on=dt.date(2022, 1, 10), count=4, **more)

    def test_what_the_register_does_not_hold_is_found(self):
        records = MemberRecords(months_absent={2021: 4})
        given = [self.evidence(year=2021), self.evidence(year=2020), self.evidence()]
        assert unrecorded_counts(given, records) == (1, 2)

    def test_whether_it_stands_is_a_setting_of_the_profile(self):
        setting = PROFILE.settings.counts_required
        assert (setting.value, setting.certainty) == (False, "assumed")
        assert unrecorded_problems((1,), PROFILE) == []
        strict = msgspec.structs.replace(
            PROFILE,
            settings=msgspec.structs.replace(
                PROFILE.settings, counts_required=msgspec.structs.replace(setting, value=True)
            ),
        )
        assert [each.code for each in unrecorded_problems((1,), strict)] == ["count_unknown"]
