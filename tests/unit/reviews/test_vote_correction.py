"""Correction of a recorded vote on a removal (Điều 8, Quy định 24-QĐ/TW: the shares that a vote must reach)."""

import pytest

from services.reviews import domain
from services.reviews.domain import Refusal, State
from tests.unit.reviews import words
from tests.unit.reviews.words import COMMITTEE, PROFILE, SECRETARY, STANDING, START, days, vote

LATER = START + days(5)


def voted(votes_for=9, against=0, **more):
    """A removal on which the cell has voted."""
    case = words.told_and_heard(words.removal_proposed(), START)
    return vote(case, START, "cell", votes_for, against, **more).case


def corrected(case, votes_for, against=0, *, level="cell", actor=SECRETARY, **changed):
    base = {"roll": words.roll_of(START)} if level == "cell" else {"members_in_office": 9}
    facts = {
        "form": "secret",
        "totals": words.votes(votes_for, against),
        "minutes": "BB kiểm lại",
        "reason": "Cộng sai",
    }
    return domain.correct_removal_vote(
        case, PROFILE, actor=actor, on=LATER, level=level, **{**base, **facts, **changed}
    )


class TestVersions:
    """A wrongly recorded vote gets another version with its reason; the version before stays as it was."""

    def test_the_earlier_version_stays_readable(self):
        before = voted()
        removal = corrected(before, 8, 1).case.removal
        assert removal.replaced_votes == before.removal.votes
        (stands,) = removal.votes
        assert (stands.version, stands.reason, stands.on, stands.corrected_on) == (
            2,
            "Cộng sai",
            START,
            LATER,
        )
        assert (stands.vote_id, stands.attempt) == (before.removal.votes[0].vote_id, 1)

    def test_the_event_names_the_version_and_no_count(self):
        ((name, told),) = corrected(voted(), 5, 4).facts
        assert name == "RemovalVoteRecorded"
        assert (told["level"], told["attempt"], told["version"], told["reached"]) == ("cell", 1, 2, False)

    def test_it_can_be_corrected_again(self):
        case = corrected(corrected(voted(), 5, 4).case, 6, 3).case
        assert [each.version for each in case.removal.replaced_votes] == [1, 2]
        assert (case.removal.votes[0].version, case.state) == (3, State.CELL_VOTED)


class TestOutcome:
    """Where the removal goes on is worked out anew: two thirds in the cell, three attempts, the level above."""

    def test_a_share_that_was_not_reached_leads_back_before_the_vote(self):
        case = corrected(voted(), 5, 4).case
        assert (case.state, domain.next_level(case, PROFILE)) == (State.REMOVAL_PROPOSED, "cell")

    def test_a_share_that_was_reached_leads_on(self):
        assert corrected(voted(5, 4), 6, 3).case.state is State.CELL_VOTED

    def test_what_was_reported_up_stays_there_unless_the_share_was_reached(self):
        referred = voted(5, 4, refer_up=True)
        assert corrected(referred, 4, 5).case.state is State.REFERRED
        assert corrected(referred, 6, 3).case.state is State.CELL_VOTED

    def test_the_last_vote_of_the_ladder_decides_whether_a_decision_is_due(self):
        case = words.awaiting_decision()
        step = corrected(case, 4, 5, level="standing_committee", actor=STANDING)
        assert step.case.state is State.COMMITTEE_VOTED
        with pytest.raises(Refusal, match="votes_missing"):
            words.decide(step.case, LATER)
        again = corrected(step.case, 5, 4, level="standing_committee", actor=STANDING)
        assert words.decide(again.case, LATER).case.state is State.REMOVED


class TestRefusal:
    """It is for the level that voted, until something rests on the result; after that the committees above decide."""

    @pytest.mark.parametrize(
        ("case", "level", "actor", "code"),
        [
            (voted(), "cell", COMMITTEE, "actor_not_allowed"),
            (voted(), "grassroots_committee", COMMITTEE, "not_the_last_vote"),
            (words.awaiting_decision(), "cell", SECRETARY, "not_the_last_vote"),
            (words.told_and_heard(words.removal_proposed(), START), "cell", SECRETARY, "not_the_last_vote"),
            (voted(), "cell", words.changed(SECRETARY, member_id=words.MEMBER), "conflict_of_interest"),
        ],
    )
    def test_who_may_not(self, case, level, actor, code):
        with pytest.raises(Refusal) as refused:
            corrected(case, 5, 4, level=level, actor=actor)
        assert refused.value.codes == {code}

    def test_a_part_committees_appraisal_rests_on_the_cells_vote(self):
        part = words.changed(words.UNIT, part_committee=True)
        case = words.told_and_heard(words.removal_proposed(unit=part), START)
        case = vote(case, START, "cell").case
        case = domain.record_appraisal(
            case, PROFILE, actor=COMMITTEE, on=START, supports=True, minutes="BB"
        ).case
        with pytest.raises(Refusal) as refused:
            corrected(case, 5, 4)
        assert refused.value.codes == {"vote_rested_on"}

    def test_after_the_decision_the_refusal_names_the_superiors_path(self):
        with pytest.raises(Refusal) as refused:
            corrected(words.removed(), 4, 5, level="standing_committee", actor=STANDING)
        assert refused.value.codes == {"vote_decided_on"}
        assert "giải quyết khiếu nại" in refused.value.problems[0].detail_vi

    def test_the_members_words_and_hearings_rest_on_nothing(self):
        case = domain.record_hearing(
            voted(), PROFILE, actor=SECRETARY, on=START, attended=True, minutes="BB"
        ).case
        assert corrected(case, 5, 4).case.state is State.REMOVAL_PROPOSED

    def test_it_must_agree_with_itself_and_give_its_reason(self):
        totals = words.changed(words.votes(8, 1), valid=10)
        with pytest.raises(Refusal) as refused:
            corrected(voted(), 8, totals=totals, reason=" ")
        assert refused.value.codes == {"ballot_sum", "ballot_valid_over_returned", "text_missing"}

    def test_it_is_counted_against_the_roll_of_the_votes_day(self):
        with pytest.raises(Refusal) as refused:
            corrected(voted(), 8, 1, roll=words.roll_of(LATER))
        assert refused.value.codes == {"roll_day"}
