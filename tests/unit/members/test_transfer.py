"""What stands against a transfer: 24-QĐ/TW (30/7/2021), điểm 6.3.1; 294-QĐ/TW (2025); 29-QĐ/TW (25/7/2016)."""

from datetime import date, timedelta
from importlib import resources

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from deploy.khoi import main
from services.members import rules
from services.members.domain.dated_rules import RuleError, load_rules, parse_rules, rule_on
from services.members.domain.transfer import (
    IN_TRANSIT,
    TransferState,
    present_term,
    start_problems,
    start_term,
    stay_term,
    step_problems,
)
from shared.settings import Settings, SettingsError
from shared.workdays import add_working_days, working_days_between

DAYS = st.dates(date(2012, 1, 1), date(2030, 12, 31))
RULES = load_rules()


def in_force(day):
    return rule_on(day, RULES)


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
        "temporary_months": in_force(date(2022, 3, 4)).temporary_months,
    }
    return {violation.code for violation in start_problems(**{**facts, **changes})}


class TestClocks:
    """60 working days to begin, 30 to present the letter; each value names its source."""

    # The first example reads the calendar of holidays: its time says nothing of the rule.
    @settings(deadline=None)
    @given(day=DAYS)
    def test_they_end_after_just_so_many_working_days(self, day):
        start = start_term(day, in_force(day), add_working_days)
        present = present_term(day, in_force(day), add_working_days)
        assert working_days_between(day, start.due_on) == 60
        assert working_days_between(day, present.due_on) == 30

    def test_the_sources(self):
        day = date(2022, 3, 1)
        start = start_term(day, in_force(day), add_working_days)
        assert (start.source, start.assumed) == (
            "Quy định 24-QĐ/TW ngày 30/07/2021 (Ban Chấp hành Trung ương), điểm 6.3.1",
            False,
        )
        present = present_term(day, in_force(day), add_working_days)
        assert "294-QĐ/TW" in present.source
        assert (present.source.endswith("suy ra, chưa kiểm chứng"), present.assumed) == (True, True)

    def test_a_stay_ends_on_the_day_the_transfer_names(self):
        stay = stay_term(date(2022, 3, 8), date(2022, 9, 4))
        assert (stay.due_on, stay.source, stay.assumed) == (date(2022, 9, 4), None, False)

    def test_the_same_value_is_verified_where_its_text_was_seen(self):
        present = [rule.present_working_days for rule in RULES]
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
        assert in_force(day) == max(
            (rule for rule in RULES if rule.valid_from <= day), key=lambda rule: rule.valid_from
        )


class TestRulesAreData:
    """A regulation is a file: another period needs no line of code."""

    TEXT = (resources.files("services.members.domain.rules") / "2021-qd24.toml").read_text("utf-8")

    def test_another_period(self):
        text = self.TEXT.replace("value = 60", "value = 45").replace("2021-07-30", "2027-01-01")
        (rule,) = parse_rules({"2027.toml": text})
        assert rule.start_working_days.value == 45

    @pytest.mark.parametrize(
        "wrong",
        [
            ("value = 60", "value = 0.5"),
            ("value = 60", "value = 0"),
            ("value = [3, 12]", "value = [12, 3]"),
            ("clause", "klause"),
            ("[present_working_days]", "[other]"),
        ],
    )
    def test_a_file_that_is_wrong_is_named(self, wrong):
        with pytest.raises(RuleError, match=r"a\.toml"):
            parse_rules({"a.toml": self.TEXT.replace(*wrong)})

    def test_two_of_one_day(self):
        with pytest.raises(RuleError, match=r"b\.toml.*taken by a\.toml"):
            parse_rules({"a.toml": self.TEXT, "b.toml": self.TEXT})


class TestOfTheDeployment:
    """Its own rules stand beside those of the software, or in the place of the one with the same first day."""

    TEXT = TestRulesAreData.TEXT.replace("value = 60", "value = 45")

    def test_in_the_place_of_ours(self):
        known = load_rules({"tinh.toml": self.TEXT})
        assert len(known) == len(RULES)
        assert rule_on(date(2022, 3, 1), known).start_working_days.value == 45
        assert rule_on(date(2025, 7, 1), known).start_working_days.value == 60

    def test_beside_ours(self):
        known = load_rules({"tinh.toml": self.TEXT.replace("= 2021-07-30", "= 2023-01-01", 1)})
        assert [
            rule_on(day, known).start_working_days.value for day in (date(2022, 12, 31), date(2023, 1, 1))
        ] == [
            60,
            45,
        ]

    def test_the_process_reads_its_folder_once(self, tmp_path):
        (tmp_path / "tinh.toml").write_text(self.TEXT, "utf-8")
        rules.configure(Settings(transfer_rules=tmp_path))
        try:
            assert rules.rule_on(date(2022, 3, 1)).start_working_days.value == 45
        finally:
            rules.configure(Settings())
        assert rules.rule_on(date(2022, 3, 1)).start_working_days.value == 60

    def test_a_file_that_cannot_be_used_keeps_the_service_from_starting(self, tmp_path):
        (tmp_path / "tinh.toml").write_text(self.TEXT.replace("value = 45", 'value = "45"'), "utf-8")
        with pytest.raises(SettingsError, match=r"KHOI_TRANSFER_RULES.*tinh\.toml.*start_working_days"):
            rules.configure(Settings(transfer_rules=tmp_path))

    def test_a_folder_that_is_not_there_too(self, tmp_path):
        with pytest.raises(SettingsError, match="KHOI_TRANSFER_RULES"):
            rules.configure(Settings(transfer_rules=tmp_path / "none"))


class TestCommand:
    """``khoi rules`` for whoever writes such a file."""

    def khoi(self, *arguments):
        return CliRunner().invoke(main, ["rules", *map(str, arguments)], prog_name="khoi")

    @pytest.fixture
    def file(self, tmp_path):
        path = tmp_path / "tinh.toml"
        path.write_text(TestOfTheDeployment.TEXT, "utf-8")
        return path

    def test_what_it_would_take_the_place_of(self, file):
        done = self.khoi("validate", file)
        assert (done.exit_code, "30/07/2021, thay cho Quy định 24-QĐ/TW" in done.output) == (0, True)

    def test_what_is_wrong(self, file):
        file.write_text(TestOfTheDeployment.TEXT.replace("value = 45", "value = 0"), "utf-8")
        done = self.khoi("validate", file)
        assert done.exit_code == 1
        assert "tinh.toml" in done.output
        assert "start_working_days" in done.output

    def test_all_that_hold(self, file):
        done = self.khoi("list", "--folder", file.parent)
        assert done.exit_code == 0, done.output
        assert "45" in done.output


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
