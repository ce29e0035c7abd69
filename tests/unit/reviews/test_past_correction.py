"""A past case is put right: the corrected papers say where it stands, what was said before stays readable."""

from datetime import date

import pytest

from services.reviews.domain import State, assign_helpers, profile_on
from services.reviews.domain.case import PastVote
from services.reviews.domain.citation import Refusal
from services.reviews.domain.past_correction import correct_past_case, withdraw_past_case
from tests.unit.reviews.pasts import TODAY, a_past
from tests.unit.reviews.test_history import taken_over
from tests.unit.reviews.words import BOARD, MEMBER, PROFILES, SECRETARY, a_cell_with, changed, names, weekdays

LISTED = date(2026, 3, 2)
ON_LIST = {"outcome": "on_list", "listed_on": LISTED, "criterion": "C1", "ended_on": None}


def corrected(case, *, by=BOARD, on=TODAY, status="official", reason="đọc nhầm", profile=None, **told):
    past = changed(case.past, **told)
    began = past.listed_on or past.ended_on
    return correct_past_case(
        case,
        profile or profile_on(began, PROFILES),
        actor=by,
        on=on,
        past=past,
        status=status,
        reason=reason,
        today=TODAY,
        add_working_days=weekdays,
    )


def helped(case):
    return assign_helpers(
        case,
        profile_on(LISTED, PROFILES),
        actor=SECRETARY,
        on=date(2026, 3, 9),
        roster=a_cell_with(),
        helpers=["m-0"],
    ).case


def codes(refused):
    return refused.value.codes


class TestCorrected:
    """While nothing rests on the case all of it can be put right (02-HD/BTCTW, 12/4/2021, Mục I)."""

    def test_the_version_before_stays_readable(self):
        case = taken_over(a_past()).case
        after = corrected(case, criterion="L2").case
        (before,) = after.replaced_pasts
        assert (before.past, before.until, before.reason) == (case.past, TODAY, "đọc nhầm")
        assert (after.past.criterion, after.criterion, after.state) == ("L2", "L2", State.PROGRESS_RECOGNIZED)
        again = corrected(after, criterion="L3").case
        assert [each.past.criterion for each in again.replaced_pasts] == ["L1", "L2"]

    def test_one_event_tells_the_whole_anew(self):
        step = corrected(taken_over(a_past()).case, outcome="transferred", ended_on=date(2021, 1, 5))
        assert names(step) == ["PastCaseCorrected"]
        told = step.facts[0][1]
        assert (told["version"], told["withdrawn"], told["on_list"]) == (2, False, False)
        assert (told["outcome"], told["ended_on"], told["corrected_on"]) == (
            "transferred",
            "2021-01-05",
            TODAY.isoformat(),
        )

    def test_the_rules_are_those_of_the_corrected_first_day(self):
        case = taken_over(a_past()).case
        after = corrected(case, listed_on=date(2022, 6, 1), ended_on=date(2023, 6, 1), criterion="C3").case
        assert (case.profile_id, after.profile_id) == ("2019-ct28-qd29", "2021-hd02-qd24")
        assert after.replaced_pasts[0].profile_id == case.profile_id

    def test_a_case_that_had_not_ended_goes_on_with_a_clock(self):
        step = corrected(taken_over(a_past()).case, **ON_LIST)
        assert (step.case.state, step.case.outcome, step.case.closed_on) == (State.LISTED, None, None)
        (clock,) = step.deadlines
        assert (clock.kind, clock.started_on, clock.status) == ("education_end", LISTED, "running")
        assert helped(step.case).state is State.IN_EDUCATION  # also on a day before the correction

    def test_a_case_that_had_ended_has_no_clock_any_more(self):
        step = corrected(taken_over(a_past(**ON_LIST)).case, outcome="death", ended_on=date(2026, 5, 1))
        assert (step.case.state, step.case.exit_reason) == (State.OTHER_EXIT, "death")
        assert [each.status for each in step.case.deadlines] == ["met"]
        assert step.facts[0][1]["was_on_list"]

    def test_a_clock_that_is_the_same_runs_on(self):
        step = corrected(taken_over(a_past(**ON_LIST)).case, source="Sổ nghị quyết")
        assert (step.deadlines, len(step.case.deadlines)) == ((), 1)

    def test_the_timeline_tells_the_corrected_days_and_the_correction(self):
        after = corrected(taken_over(a_past()).case, listed_on=date(2019, 9, 1)).case
        assert [(entry.command, entry.on) for entry in after.timeline] == [
            ("take_over_past_case", date(2019, 9, 1)),
            ("take_over_past_case", date(2020, 6, 1)),
            ("correct_past_case", TODAY),
        ]


class TestRestedOn:
    """Once a step rests on the case, what it took for granted stays."""

    @pytest.mark.parametrize(
        "told",
        [
            {"outcome": "recognized", "ended_on": date(2026, 6, 1)},
            {"education_due_on": date(2027, 1, 1)},
            {"status": "probationary"},
        ],
    )
    def test_where_it_stood_and_until_when(self, told):
        with pytest.raises(Refusal) as refused:
            corrected(helped(taken_over(a_past(**ON_LIST)).case), **told)
        assert "past_rested_on" in codes(refused)

    def test_the_listing_stays_before_what_followed(self):
        with pytest.raises(Refusal) as refused:
            corrected(helped(taken_over(a_past(**ON_LIST)).case), listed_on=date(2026, 3, 9))
        assert "date_order" in codes(refused)

    def test_the_rest_is_corrected_and_the_case_stays_where_it_is(self):
        step = corrected(
            helped(taken_over(a_past(**ON_LIST)).case),
            criterion="C4a",
            listing_vote=PastVote(base=9, votes_for=7),
        )
        assert (step.case.state, step.case.criterion, step.deadlines) == (State.IN_EDUCATION, "C4a", ())
        assert step.facts[0][1]["on_list"]

    def test_it_is_not_withdrawn(self):
        with pytest.raises(Refusal) as refused:
            withdraw_past_case(
                helped(taken_over(a_past(**ON_LIST)).case), actor=BOARD, on=TODAY, reason="nhầm người"
            )
        assert codes(refused) == {"past_rested_on"}


class TestWithdrawn:
    """A case that should never have been taken over stays readable and goes on nowhere."""

    def test_it_ends_with_its_reason(self):
        step = withdraw_past_case(
            taken_over(a_past(**ON_LIST)).case, actor=BOARD, on=TODAY, reason="nhầm người"
        )
        case = step.case
        assert (case.state, case.outcome, case.closed_on) == (State.WITHDRAWN, "withdrawn", TODAY)
        assert case.replaced_pasts[-1].reason == "nhầm người"
        assert [each.status for each in case.deadlines] == ["met"]
        told = step.facts[0][1]
        assert (told["withdrawn"], told["on_list"], told["was_on_list"]) == (True, False, True)

    def test_nothing_follows(self):
        case = withdraw_past_case(taken_over(a_past()).case, actor=BOARD, on=TODAY, reason="nhầm").case
        with pytest.raises(Refusal) as refused:
            corrected(case, criterion="L2")
        assert "not_a_past_case" in codes(refused)


class TestRefused:
    """What no paper can truly say is refused in a correction as well; so is one that changes nothing."""

    @pytest.mark.parametrize(
        ("how", "code"),
        [
            ({}, "nothing_changed"),
            ({"criterion": "C1"}, "criterion_unknown"),
            ({"ended_on": date(2019, 1, 1)}, "date_order"),
            ({"criterion": "L2", "reason": " "}, "text_missing"),
            ({"criterion": "L2", "by": SECRETARY}, "actor_not_allowed"),
            ({"criterion": "L2", "by": changed(BOARD, member_id=MEMBER)}, "conflict_of_interest"),
            ({"criterion": "L2", "on": date(2018, 1, 1)}, "date_order"),
        ],
    )
    def test_with_its_reason(self, how, code):
        with pytest.raises(Refusal) as refused:
            corrected(taken_over(a_past()).case, **how)
        assert code in codes(refused)
