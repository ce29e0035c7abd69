"""Random walks of commands: whatever people try in whatever order, the procedure holds."""

import datetime as dt
from collections import Counter
from random import Random

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.reviews import domain
from services.reviews.domain import Refusal, State
from services.reviews.domain.past_correction import WITHDRAW
from services.reviews.domain.procedure import TRANSITIONS
from shared.events.catalogue import reviews as catalogue
from tests.unit.reviews import words
from tests.unit.reviews.walks import Walk


class TestRandomWalks:
    """No sequence of accepted commands leaves the table or removes anybody without the evidence."""

    @settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(rng=st.randoms(use_true_random=False), steps=st.integers(1, 60))
    def test_the_procedure_holds(self, rng, steps):
        Walk(rng).run(steps)

    def test_the_walks_go_everywhere(self):
        """Guards the test above: walks that never reached a removal would prove nothing."""
        reached, refused = Counter(), Counter()
        for seed in range(1500):
            walk = Walk(Random(seed)).run(60)  # noqa: S311  (a seeded walk, no secret)
            if walk.case is not None:
                reached.update({entry.to_state for entry in walk.case.timeline})
            refused.update(walk.refusals)
        assert set(reached) == set(State)
        assert reached[State.REMOVED] > 20
        assert {"not_heard", "notice_missing", "complaint_rights", "probationary_expulsion"} <= set(refused)

    @pytest.mark.parametrize("seed", range(5))
    def test_a_refused_step_changes_nothing(self, seed):
        case = words.awaiting_decision()
        stored = msgspec.json.encode(case)
        with pytest.raises(Refusal):
            words.decide(
                case, words.START + dt.timedelta(days=seed), decision=words.a_document(words.START, "")
            )
        assert msgspec.json.encode(case) == stored


class TestTable:
    """The table itself: every command is a function, every state is reached and has its term."""

    def test_commands_are_functions_of_the_domain(self):
        assert all(callable(getattr(domain, row.command)) for row in TRANSITIONS)

    def test_every_state_is_reached_and_named(self):
        reached = {state for row in (*TRANSITIONS, WITHDRAW) for state in row.to_states}
        assert reached == set(State) == set(domain.STATE_VI)

    def test_every_event_is_in_the_catalogue(self):
        assert all(hasattr(catalogue, name) for row in TRANSITIONS for name in row.emits)

    def test_only_the_member_may_be_the_subject(self):
        assert {row.command for row in TRANSITIONS if row.by_subject} == {
            "acknowledge_notice",
            "record_statement",
            "record_plan",
            "record_self_review",
            "lodge_complaint",
        }

    def test_every_row_has_its_source(self):
        assert all(row.citation.clause and row.label_vi and row.guard for row in TRANSITIONS)

    def test_a_removal_is_entered_by_decision_only(self):
        assert {row.command for row in TRANSITIONS if State.REMOVED in row.to_states} == {"decide_removal"}
