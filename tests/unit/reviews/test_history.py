"""Past cases: what paper can truly say is taken over, nothing is made up, and what has not ended goes on."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reviews.domain import State, assign_helpers, profile_by_id, profile_on
from services.reviews.domain.case import PastVote
from services.reviews.domain.citation import Refusal
from services.reviews.domain.complaint import lodge_complaint
from services.reviews.domain.education import close_other_exit
from services.reviews.domain.history import overlap, past_problems, take_over_past_case
from services.reviews.domain.removal import deliver_decision
from shared.events.catalogue import reviews
from tests.unit.reviews.pasts import TODAY, a_past
from tests.unit.reviews.words import BOARD, MEMBER, PROFILES, SECRETARY, STANDING, UNIT, a_cell_with, weekdays

OF_2019 = profile_by_id("2019-ct28-qd29", PROFILES)


def taken_over(past, *, today=TODAY, status="official"):
    return take_over_past_case(
        case_id="c-1",
        member_id=MEMBER,
        status=status,
        unit=UNIT,
        profile=profile_on(past.listed_on or past.ended_on, PROFILES),
        actor_id=BOARD.id,
        role=BOARD.role,
        past=past,
        today=today,
        add_working_days=weekdays,
    )


def codes(past, **options):
    return {each.code for each in past_problems(past, **{"status": "official", "today": TODAY, **options})}


class TestTakenOver:
    """The case stands where the papers leave it, marked as historical, with unknown steps left empty."""

    @pytest.mark.parametrize(
        ("outcome", "state", "ended_as"),
        [
            ("recognized", State.PROGRESS_RECOGNIZED, "recognized"),
            ("transferred", State.TRANSFERRED, "transferred"),
            ("death", State.OTHER_EXIT, "other_exit"),
            ("resignation", State.OTHER_EXIT, "other_exit"),
        ],
    )
    def test_an_ended_case(self, outcome, state, ended_as):
        case = taken_over(a_past(outcome=outcome)).case
        assert (case.state, case.outcome, case.closed_on) == (state, ended_as, date(2020, 6, 1))
        assert case.historical
        assert case.profile_id == "2019-ct28-qd29"

    def test_unknown_steps_stay_unknown(self):
        case = taken_over(a_past()).case
        assert case.guidance is case.recognition is case.removal is case.education_due_on is None
        assert (case.ballots, case.helpers, case.follow_ups, case.notices, case.deadlines) == ((),) * 5
        assert [entry.to_state for entry in case.timeline] == [State.LISTED, State.PROGRESS_RECOGNIZED]

    def test_one_fact_of_the_catalogue_tells_all(self):
        ((name, told),) = taken_over(
            a_past(outcome="removed", mode="name_removal", ground="X4", criterion=None)
        ).facts
        assert set(told) | {"clocks"} == set(
            getattr(reviews, name).__struct_fields__
        )  # added as it is emitted
        assert (told["listed_on"], told["ended_on"], told["criterion"]) == ("2019-06-01", "2020-06-01", None)

    def test_a_removal_without_a_known_delivery_is_closed(self):
        case = taken_over(a_past(outcome="removed", mode="expulsion")).case
        assert (case.state, case.outcome, case.deadlines) == (State.CLOSED, "removed", ())

    def test_a_direct_removal_has_no_listing(self):
        case = taken_over(
            a_past(outcome="removed", mode="name_removal", ground="X3", listed_on=None, criterion=None)
        ).case
        assert (case.listed_on, case.opened_on) == (None, date(2020, 6, 1))
        assert [entry.to_state for entry in case.timeline] == [State.CLOSED]


class TestGoingOn:
    """What has not ended goes on under the normal rules."""

    def test_a_case_on_the_list_gets_the_clock_of_its_profile(self):
        listed = date(2026, 3, 1)
        case = taken_over(a_past(outcome="on_list", ended_on=None, listed_on=listed, criterion="C1")).case
        (clock,) = case.deadlines
        assert (case.state, clock.kind, clock.status) == (State.LISTED, "education_end", "running")
        assert clock.due_on == case.education_due_on > listed

    def test_the_papers_own_end_of_the_period_is_kept(self):
        until = date(2026, 12, 31)
        past = a_past(
            outcome="on_list",
            ended_on=None,
            listed_on=date(2026, 3, 1),
            criterion="C1",
            education_due_on=until,
        )
        assert taken_over(past).case.education_due_on == until

    def test_the_next_steps_are_those_of_every_case(self):
        past = a_past(outcome="on_list", ended_on=None, listed_on=date(2026, 3, 1), criterion="C1")
        case = taken_over(past).case
        profile = profile_on(date(2026, 3, 1), PROFILES)
        helped = assign_helpers(
            case,
            profile,
            actor=SECRETARY,
            on=date(2026, 3, 9),
            roster=a_cell_with(),
            helpers=["m-0", "m-1"],
        ).case
        assert helped.state == State.IN_EDUCATION
        ended = close_other_exit(
            helped, profile, actor=SECRETARY, on=TODAY, reason="death", reference="Giấy chứng tử"
        ).case
        assert (ended.state, ended.historical) == (State.OTHER_EXIT, True)

    def test_a_decision_delivered_lately_can_still_be_complained_of(self):
        past = a_past(
            outcome="removed",
            mode="name_removal",
            listed_on=date(2025, 8, 1),
            criterion="C1",
            ended_on=TODAY - timedelta(days=12),
            delivered_on=TODAY - timedelta(days=10),
        )
        case = taken_over(past).case
        profile = profile_on(date(2025, 8, 1), PROFILES)
        assert (case.state, case.closed_on) == (State.REMOVED, None)
        with pytest.raises(Refusal) as refused:
            deliver_decision(
                case,
                profile,
                actor=SECRETARY,
                on=TODAY,
                receipt="acknowledged",
                add_working_days=weekdays,
            )
        assert refused.value.codes == {"delivered_already"}
        complained = lodge_complaint(
            case,
            profile,
            actor=STANDING,
            on=TODAY,
            reference="Đơn",
            level="local",
            add_working_days=weekdays,
        )
        assert complained.case.state == State.COMPLAINT_PENDING

    def test_after_the_time_for_complaints_a_complaint_is_late(self):
        past = a_past(outcome="removed", mode="name_removal", delivered_on=date(2020, 6, 9))
        case = taken_over(past).case
        assert (case.state, case.deadlines[0].status) == (State.CLOSED, "lapsed")
        late = lodge_complaint(
            case,
            OF_2019,
            actor=STANDING,
            on=TODAY,
            reference="Đơn",
            level="local",
            add_working_days=weekdays,
        )
        assert late.case.complaints[0].late


class TestRefused:
    """What no paper can truly say is refused with its column."""

    @pytest.mark.parametrize(
        ("told", "code"),
        [
            ({"listed_on": None, "criterion": None}, "listed_on_missing"),
            ({"listed_on": date(2019, 1, 20), "criterion": None}, "before_first_lists"),
            ({"criterion": "C1"}, "criterion_unknown"),
            ({"ended_on": None}, "ended_on_missing"),
            ({"ended_on": date(2019, 5, 31)}, "date_order"),
            ({"ended_on": date(2027, 1, 1)}, "in_future"),
            ({"outcome": "on_list"}, "not_ended"),
            ({"mode": "expulsion"}, "not_removed"),
            ({"outcome": "removed"}, "mode_missing"),
            ({"outcome": "removed", "mode": "expulsion", "ground": "X1"}, "ground_not_for_mode"),
            ({"listing_vote": PastVote(base=5, votes_for=6)}, "more_votes_than_voters"),
        ],
    )
    def test_a_contradiction(self, told, code):
        assert code in codes(a_past(**told))

    def test_a_probationary_member_is_never_expelled(self):
        """22-QĐ/TW: khai trừ does not apply to probationary members, however long ago."""
        past = a_past(outcome="removed", mode="expulsion")
        assert codes(past, status="probationary") == {"probationary_expulsion"}

    def test_votes_of_which_one_figure_is_known_are_taken(self):
        assert codes(a_past(listing_vote=PastVote(votes_for=6))) == set()


DAYS = st.dates(date(2019, 1, 21), date(2026, 12, 31))
SPANS = st.tuples(DAYS, st.none() | DAYS).filter(lambda span: span[1] is None or span[0] <= span[1])
PAPERS = st.fixed_dictionaries(
    {
        "outcome": st.sampled_from(
            ["on_list", "recognized", "transferred", "death", "resignation", "removed"]
        ),
        "listed_on": st.none() | DAYS,
        "ended_on": st.none() | DAYS,
        "delivered_on": st.none() | DAYS,
        "mode": st.sampled_from([None, "name_removal", "expulsion", "resignation"]),
    }
)


class TestProperties:
    """For whatever papers may say."""

    @given(told=PAPERS, status=st.sampled_from(["official", "probationary"]))
    def test_a_case_is_refused_or_consistent(self, told, status):
        past = a_past(criterion=None, **told)
        if past_problems(past, status=status, today=TODAY):
            return
        case = taken_over(past, status=status).case
        assert case.historical
        assert (case.outcome is None) == (case.state == State.LISTED)
        running = [each for each in case.deadlines if each.status == "running"]
        assert bool(running) == (case.state in {State.LISTED, State.REMOVED})
        assert not (case.closed_on is None and case.state == State.CLOSED)
        assert all(entry.on <= TODAY for entry in case.timeline)
        assert case.opened_on == min(entry.on for entry in case.timeline)

    @given(SPANS, SPANS)
    def test_clashing_is_mutual(self, one, other):
        assert overlap(one, other) == overlap(other, one)

    @given(SPANS)
    def test_every_case_clashes_with_itself(self, span):
        assert overlap(span, span)
