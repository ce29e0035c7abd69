"""What stands against a transfer: 24-QĐ/TW (30/7/2021), điểm 6.3.1; 294-QĐ/TW (2025); 29-QĐ/TW (25/7/2016)."""

from datetime import date, timedelta
from importlib import resources

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.members.domain.dated_rules import parse_rules, rule_on, rules
from services.members.domain.transfer import (
    IN_TRANSIT,
    TransferState,
    present_due,
    start_due,
    start_problems,
    step_problems,
)
from shared.workdays import add_working_days, working_days_between

DAYS = st.dates(date(2012, 1, 1), date(2030, 12, 31))


def begun(**changes):
    facts = {
        "decided_on": date(2022, 3, 1),
        "on": date(2022, 3, 4),
        "today": date(2022, 3, 4),
        "in_transit": False,
        "decided": False,
        "same_cell": False,
        "listed": False,
        "handed_on": False,
        "temporary_until": None,
        "study": False,
    }
    return {violation.code for violation in start_problems(**{**facts, **changes})}


class TestClocks:
    """60 working days to begin, 30 to present the letter; each value names its source."""

    # The first example reads the calendar of holidays: its time says nothing of the rule.
    @settings(deadline=None)
    @given(day=DAYS)
    def test_they_end_after_just_so_many_working_days(self, day):
        assert working_days_between(day, start_due(day, add_working_days)) == 60
        assert working_days_between(day, present_due(day, add_working_days)) == 30

    def test_the_sources(self):
        rule = rule_on(date(2022, 3, 1))
        assert rule.start_working_days.source == (
            "Quy định 24-QĐ/TW ngày 30/07/2021 (Ban Chấp hành Trung ương), điểm 6.3.1"
        )
        assert "294-QĐ/TW" in rule.present_working_days.source
        assert rule.present_working_days.source.endswith("suy ra, chưa kiểm chứng")

    def test_the_same_value_is_verified_where_its_text_was_seen(self):
        present = [rule.present_working_days for rule in rules()]
        assert {each.value for each in present} == {30}
        assert [each.certainty for each in present] == [
            "assumed",
            "inferred",
            "assumed",
            "verified",
            "assumed",
        ]

    @given(day=DAYS)
    def test_the_latest_rule_in_force_holds(self, day):
        assert rule_on(day) == max(
            (rule for rule in rules() if rule.valid_from <= day), key=lambda rule: rule.valid_from
        )


class TestRulesAreData:
    """A regulation is a file: another period needs no line of code."""

    TEXT = (resources.files("services.members.domain.rules") / "2021-qd24.toml").read_text("utf-8")

    def test_another_period(self):
        text = self.TEXT.replace("value = 60", "value = 45").replace("2021-07-30", "2027-01-01")
        (rule,) = parse_rules({"2027.toml": text})
        assert rule.start_working_days.value == 45

    @pytest.mark.parametrize(
        "wrong", [("value = 60", "value = 0.5"), ("clause", "klause"), ("[present_working_days]", "[other]")]
    )
    def test_a_file_that_is_wrong_is_named(self, wrong):
        with pytest.raises(ValueError, match=r"a\.toml"):
            parse_rules({"a.toml": self.TEXT.replace(*wrong)})

    def test_two_of_one_day(self):
        with pytest.raises(ValueError, match=r"b\.toml.*taken"):
            parse_rules({"a.toml": self.TEXT, "b.toml": self.TEXT})


class TestBeginning:
    """Not twice at once, not to where one is, not off the list without the written assessment."""

    def test_nothing_stands_against_an_ordinary_one(self):
        assert begun() == set()

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"in_transit": True}, "in_transit"),
            ({"decided": True}, "decision_open"),
            ({"same_cell": True}, "same_cell"),
            ({"listed": True}, "assessment_missing"),
            ({"decided_on": date(2022, 3, 5)}, "decided_later"),
            ({"today": date(2022, 3, 3)}, "date_in_future"),
        ],
    )
    def test_each_reason(self, changes, code):
        assert begun(**changes) == {code}

    def test_a_case_handed_on_lets_a_listed_member_go(self):
        assert begun(listed=True, handed_on=True) == set()

    def test_a_listed_member_may_be_a_guest_elsewhere(self):
        assert begun(listed=True, temporary_until=date(2022, 9, 4)) == set()

    @given(months=st.integers(0, 40), study=st.booleans())
    def test_how_long_a_temporary_stay_may_be(self, months, study):
        year, month = divmod(3 + months - 1, 12)
        until = date(2022 + year, month + 1, 4)
        fits = 3 <= months <= 24 if study else 3 <= months < 12
        assert (begun(temporary_until=until, study=study) == set()) == fits


class TestSteps:
    """A step needs its state and comes after the one before."""

    @given(
        state=st.sampled_from(TransferState),
        earliest=DAYS,
        after=st.integers(-10, 10),
        ago=st.integers(-10, 10),
    )
    def test_only_in_its_state_and_order(self, state, earliest, after, ago):
        on = earliest + timedelta(days=after)
        found = step_problems(
            state=state, allowed=IN_TRANSIT, on=on, earliest=earliest, today=on + timedelta(days=ago)
        )
        expected = {
            *({"wrong_state"} if state not in IN_TRANSIT else set()),
            *({"date_order"} if after < 0 else set()),
            *({"date_in_future"} if ago < 0 else set()),
        }
        assert {violation.code for violation in found} == expected
