"""Correction of a recorded ballot (Mục II, Bước 1, Hướng dẫn 02-HD/BTCTW: the ballot and what it decides)."""

import pytest

from services.reviews import domain
from services.reviews.domain import Refusal, State
from tests.unit.reviews import words
from tests.unit.reviews.words import PROFILE, SECRETARY, START, days

LATER = START + days(5)


def corrected(case, votes_for, against=0, *, actor=SECRETARY, **changed):
    facts = {
        "roll": words.roll_of(case.ballots[-1].on if case.ballots else START),
        "totals": words.votes(votes_for, against),
        "minutes": "BB kiểm lại",
        "reason": "Cộng sai",
    }
    return domain.correct_ballot(case, PROFILE, actor=actor, on=LATER, **{**facts, **changed})


def not_listed():
    return domain.record_ballot(
        words.guided(),
        PROFILE,
        actor=SECRETARY,
        on=START,
        ballot_id="b-1",
        roll=words.roll_of(START),
        totals=words.votes(5, 4),
        minutes="BB 1",
    ).case


class TestCorrection:
    """A wrongly recorded ballot gets another version with its reason; the version before stays as it was."""

    def test_the_earlier_version_stays(self):
        before = words.listed()
        step = corrected(before, 8, 1)
        assert step.case.ballots[0] == before.ballots[0]
        assert (step.case.ballots[1].version, step.case.ballots[1].reason) == (2, "Cộng sai")
        assert (step.case.ballots[1].on, step.case.ballots[1].corrected_on) == (START, LATER)
        assert (step.case.state, words.names(step)) == (State.LISTED, ["BallotRecorded"])
        assert step.case.education_due_on == before.education_due_on

    def test_a_listing_that_the_share_did_not_carry_is_withdrawn(self):
        step = corrected(words.listed(), 5, 4)
        assert step.case.state is State.NOT_LISTED
        assert words.names(step) == ["BallotRecorded", "ListingWithdrawn", "CaseClosed"]
        assert step.case.running("education_end") is None
        assert (step.case.listed_on, step.case.outcome) == (None, "not_listed")

    def test_a_member_whom_the_share_carried_is_listed_from_the_day_of_the_correction(self):
        step = corrected(not_listed(), 6, 3)
        assert step.case.state is State.LISTED
        assert words.names(step) == ["BallotRecorded", "MemberFlagged"]
        assert (step.case.listed_on, step.case.closed_on) == (LATER, None)
        assert step.case.education_due_on == LATER.replace(year=LATER.year + 1)

    def test_once_a_step_rests_on_it_the_refusal_says_what_to_do(self):
        with pytest.raises(Refusal) as refused:
            corrected(words.in_education(), 5, 4)
        assert refused.value.codes == {"ballot_rested_on"}
        assert "cấp ủy cấp trên trực tiếp" in refused.value.problems[0].detail_vi

    def test_the_members_own_words_do_not_rest_on_it(self):
        case = domain.record_statement(
            words.listed(), PROFILE, actor=words.SUBJECT, on=START, text="Ý kiến"
        ).case
        assert corrected(case, 8, 1).case.state is State.LISTED

    def test_before_a_ballot_there_is_nothing_to_correct(self):
        case = words.guided()
        with pytest.raises(Refusal) as refused:
            corrected(words.changed(case, ballots=words.listed().ballots), 9)
        assert refused.value.codes == {"wrong_state"}

    def test_of_a_case_from_before_the_system_there_is_no_ballot_to_correct(self):
        with pytest.raises(Refusal) as refused:
            corrected(words.changed(words.listed(), ballots=(), timeline=words.guided().timeline), 9)
        assert refused.value.codes == {"ballot_not_recorded"}

    def test_it_is_counted_against_the_roll_of_the_ballots_day(self):
        with pytest.raises(Refusal) as refused:
            corrected(words.listed(), 8, 1, roll=words.roll_of(LATER))
        assert refused.value.codes == {"roll_day"}

    def test_it_must_agree_with_itself_and_give_its_reason(self):
        totals = words.changed(words.votes(8, 1), valid=10)
        with pytest.raises(Refusal) as refused:
            corrected(words.listed(), 8, totals=totals, reason=" ")
        assert {"ballot_sum", "ballot_valid_over_returned", "text_missing"} == refused.value.codes

    def test_the_member_concerned_does_not_correct_it(self):
        oneself = words.changed(SECRETARY, member_id=words.MEMBER)
        with pytest.raises(Refusal) as refused:
            corrected(words.listed(), 5, 4, actor=oneself)
        assert refused.value.codes == {"conflict_of_interest"}
