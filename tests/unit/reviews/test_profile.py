import datetime as dt
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reviews import domain
from services.reviews.domain.profile import ProfileError, add_months, parse_profiles
from services.reviews.domain.profile_check import faults
from tests.unit.reviews import words

FILES = resources.files("services.reviews.domain.profiles")
TEXT = FILES.joinpath("2021-hd02-qd24.toml").read_text("utf-8")

OTHER = """
id = "test-other"
title = "Bộ quy tắc thử"
valid_from = 2024-01-01
extends = "2021-hd02-qd24"
[carried_over]
certainty = "assumed"
note = "thử"
[sources.x]
document = "Quy định"
number = "1-QĐ/X"
issuer = "X"
date = 2024-01-01
[settings.flag_share]
value = { numerator = 4, denominator = 5 }
source = "x"
certainty = "weak"
[settings.education_months]
value = 6
source = "x"
certainty = "weak"
[settings.follow_up_months]
value = 1
source = "x"
certainty = "weak"
[settings.self_criticism_requests]
value = 2
source = "x"
certainty = "weak"
"""


class TestProfiles:
    """The profiles that come with the service are complete, cited, and chosen by date."""

    @pytest.mark.parametrize(
        ("day", "expected"),
        [
            (dt.date(2019, 1, 21), "2019-ct28-qd29"),
            (dt.date(2021, 4, 11), "2019-ct28-qd29"),
            (dt.date(2021, 4, 12), "2021-hd02-qd24"),
            (dt.date(2023, 10, 12), "2021-hd02-qd24"),
            (dt.date(2025, 1, 19), "2021-hd02-qd24"),
            (dt.date(2025, 1, 20), "2025-qd232"),
            (dt.date(2025, 7, 1), "2025-qd294"),
            (dt.date(2026, 4, 8), "2026-qd20"),
            (dt.date(2026, 7, 25), "2026-qd20"),
            (dt.date(2026, 7, 26), "2026-qd208"),
        ],
    )
    def test_the_day_chooses(self, day, expected):
        assert domain.profile_on(day, words.PROFILES).id == expected

    def test_before_the_first_there_is_none(self):
        with pytest.raises(LookupError):
            domain.profile_on(dt.date(2019, 1, 20), words.PROFILES)

    def test_every_value_has_its_source(self):
        for profile in words.PROFILES:
            for each in profile.listed():
                assert each.citation.clause, each.name
                assert each.citation.number, each.name

    def test_what_nobody_verified_is_listed(self):
        assumed = {each.name for each in words.PROFILE.assumed()}
        assert {"follow_up_months", "min_helpers", "extension", "removal_base"} <= assumed
        assert "flag_share" not in assumed
        assert {"education_months", "ladders.official"} <= assumed  # inferred
        assert all("chưa kiểm chứng" in each.certainty_vi for each in words.PROFILE.assumed())

    def test_the_values_of_the_guideline(self):
        """Mục II, Bước 1, Hướng dẫn 02-HD/BTCTW ngày 12/04/2021; Điều 8, Quy định 24-QĐ/TW ngày 30/07/2021."""
        settings = words.PROFILE.settings
        assert str(settings.flag_share.value) == "ít nhất 2/3"
        assert str(settings.shares.standing_committee.value) == "trên 1/2"
        assert settings.education_months.value == 12
        assert settings.complaint_filing_working_days.value == 30
        assert settings.complaint_resolving_working_days.value == 90
        assert settings.complaint_resolving_central_working_days.value == 180

    def test_what_a_later_profile_carries_over_is_assumed(self):
        profile = domain.profile_by_id("2026-qd208", words.PROFILES)
        assert profile.settings.flag_share.certainty == "assumed"
        assert profile.settings.missed_months.certainty == "weak"

    def test_of_a_regulation_whose_text_was_not_seen_nothing_is_verified(self):
        """Quy định 20-QĐ/TW ngày 08/04/2026: title and day only, so every value is carried over and says so."""
        profile = domain.profile_by_id("2026-qd20", words.PROFILES)
        assert len(profile.assumed()) == len(profile.listed())
        assert all("Quy định 20-QĐ/TW" in each.note for each in profile.listed())

    def test_the_fingerprint_follows_the_content_only(self):
        again = parse_profiles({"a.toml": TEXT + "\n# a remark\n"})[0]
        assert again.fingerprint == words.PROFILE.fingerprint
        other = parse_profiles({"a.toml": TEXT.replace("value = 12", "value = 13")})[0]
        assert other.fingerprint != words.PROFILE.fingerprint


class TestBrokenProfiles:
    """A profile file that cannot be trusted is refused with its name and the setting."""

    @pytest.mark.parametrize(
        ("old", "new", "says"),
        [
            ("value = 12", 'value = "12"', "education_months"),
            ("value = 12", "value = 12\nvalue = 13", "a.toml"),
            ("[settings.min_helpers]", "[settings.min_helper]", "min_helper"),
            ('source = "hd02"', 'source = "hd99"', "hd99"),
            ('certainty = "verified"', 'certainty = "sure"', "certainty"),
            ("denominator = 3", "denominator = 1", "flag_share"),
            ("[sources.hd02]", "[source.hd02]", "hd02"),
            ('id = "2021-hd02-qd24"', 'extends = "none"\nid = "y"\ncarried_over = {}', "none"),
        ],
    )
    def test_it_is_named(self, old, new, says):
        with pytest.raises(ProfileError, match=says):
            parse_profiles({"a.toml": TEXT.replace(old, new)})

    def test_two_profiles_for_one_day(self):
        with pytest.raises(ProfileError):
            parse_profiles({"a.toml": TEXT, "b.toml": TEXT.replace('id = "2021', 'id = "x2021')})


class TestRetiredSettings:
    """A setting that ruled nothing is gone; a deployment's file that still has it can be used."""

    FILE = (
        OTHER
        + """
[settings.transfer_start_working_days]
value = 45
source = "x"
certainty = "verified"

[settings.readmission_months]
value = 60
source = "x"
certainty = "verified"
"""
    )

    def test_it_is_read_over(self):
        profile = domain.profile_by_id("test-other", domain.load_profiles({"tinh.toml": self.FILE}))
        retired = ("transfer_", "readmission_")
        assert not [each.name for each in profile.listed() if each.name.startswith(retired)]

    def test_whoever_checks_the_file_is_told(self):
        found = faults("tinh.toml", self.FILE, {})
        places = ["settings.transfer_start_working_days", "settings.readmission_months"]
        assert [each.place.split(", ")[-1] for each in found] == places
        assert all("KHOI_TRANSFER_RULES" in each.mend for each in found)


class TestAnotherProfile:
    """Other thresholds and periods work by a file alone, without touching code."""

    profile = parse_profiles({"1.toml": TEXT, "2.toml": OTHER})[1]

    def ballot(self, votes_for):
        on = dt.date(2024, 2, 29)
        case = words.guided(on, profile=self.profile)
        roll = words.roll_of(on, words.a_cell_with(official=10))
        return domain.record_ballot(
            case,
            self.profile,
            actor=words.SECRETARY,
            on=on,
            ballot_id="b",
            roll=roll,
            totals=words.votes(votes_for, 10 - votes_for),
            minutes="BB",
        )

    def test_its_share_decides(self):
        assert self.ballot(7).case.state == "not_listed"
        assert self.ballot(8).case.state == "listed"

    def test_its_periods_run(self):
        step = self.ballot(8)
        assert step.case.education_due_on == dt.date(2024, 8, 29)
        helped = domain.assign_helpers(
            step.case,
            self.profile,
            actor=words.SECRETARY,
            on=dt.date(2024, 2, 29),
            helpers=["m-1"],
            roster=words.a_cell_with(),
        )
        assert helped.case.running("follow_up").due_on == dt.date(2024, 3, 29)

    def test_a_case_keeps_the_profile_it_began_under(self):
        case = self.ballot(8).case
        with pytest.raises(domain.Refusal) as refused:
            domain.close_other_exit(
                case,
                words.PROFILE,
                actor=words.COMMITTEE,
                on=dt.date(2024, 3, 1),
                reason="death",
                reference="GCT",
            )
        assert refused.value.codes == {"profile_mismatch"}


class TestMonths:
    """A month later is the same day, or the last one of a shorter month."""

    @pytest.mark.parametrize(
        ("day", "months", "expected"),
        [
            (dt.date(2022, 1, 31), 1, dt.date(2022, 2, 28)),
            (dt.date(2024, 2, 29), 12, dt.date(2025, 2, 28)),
            (dt.date(2022, 11, 30), 3, dt.date(2023, 2, 28)),
            (dt.date(2022, 12, 15), 12, dt.date(2023, 12, 15)),
        ],
    )
    def test_examples(self, day, months, expected):
        assert add_months(day, months) == expected

    @given(day=st.dates(dt.date(1990, 1, 1), dt.date(2090, 1, 1)), months=st.integers(0, 240))
    def test_the_month_is_always_right(self, day, months):
        later = add_months(day, months)
        assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
        assert later.day <= day.day
