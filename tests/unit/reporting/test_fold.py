"""Folding is pure and knows the place of an event in its record."""

from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reporting.domain.case_facts import ExitKind
from services.reporting.domain.period import Period
from services.reporting.domain.screening_count import count_screening
from services.reporting.projection.cases import CASES, facts_of
from shared.events.catalogue import reviews
from shared.events.catalogue.members import Document
from tests.support.services import NOW, an_event

PATH = ["khoi", "plant", "plant/1"]
ELSEWHERE = ["khoi", "office", "office/1"]
ON = date(2022, 3, 1)
ABOUT = {"case_id": "c", "member_id": "m", "organization_path": PATH, "on": ON}
DECISION = Document(number="1-QĐ/ĐU", issued_on=ON, issuer="Đảng ủy Khối")
FLAGGED = reviews.MemberFlagged(
    **ABOUT, criterion="C1", probationary=False, education_due_on=date(2023, 3, 1), profile="hd02"
)
REMOVED = reviews.MemberRemoved(
    **ABOUT,
    mode="name_removal",
    ground=None,
    direct=False,
    probationary=True,
    effective_on=ON,
    decision=DECISION,
)


def fold(*facts, days_apart=0):
    """Fold facts as the events 1, 2, … of one case, the last recorded now."""
    document = None
    for sequence, fact in enumerate(facts, start=1):
        event = an_event(fact, subject="c", sequence=sequence)
        recorded = event.time - timedelta(days=days_apart * (len(facts) - sequence))
        document = CASES.apply(document, msgspec.structs.replace(event, time=recorded), fact)
    return facts_of(document)


def withdrawn():
    return reviews.ListingWithdrawn(**ABOUT, ballot_id="b", version=2)


def closed(outcome, reason=None):
    return reviews.CaseClosed(**ABOUT, outcome=outcome, reason=reason)


class TestFold:
    """One event counts once, at its place, and the document before stays as it was."""

    def test_a_known_event_leaves_the_very_same_document(self):
        event = an_event(FLAGGED, subject="c", sequence=1)
        document = CASES.apply(None, event, FLAGGED)
        assert CASES.apply(document, event, FLAGGED) is document

    @given(order=st.permutations(range(4)))
    def test_even_the_order_within_a_record_does_not_matter(self, order):
        facts = [
            FLAGGED,
            reviews.FollowUpRecorded(**ABOUT, number=1, next_due_on=None),
            REMOVED,
            closed("removed"),
        ]
        events = [
            msgspec.structs.replace(
                an_event(fact, subject="c", sequence=number + 1),
                time=datetime(2022, 3, 1, 2, number, tzinfo=UTC),
            )
            for number, fact in enumerate(facts)
        ]
        document = None
        for number in order:
            document = CASES.apply(document, events[number], facts[number])
        in_order = None
        for event, fact in zip(events, facts, strict=True):
            in_order = CASES.apply(in_order, event, fact)
        assert document == in_order


def past(**told):
    return reviews.PastCaseRecorded(**_papers(told))


def put_right(**told):
    later = {
        "version": 2,
        "corrected_on": TODAY,
        "withdrawn": False,
        "on_list": False,
        "was_on_list": False,
        **told,
    }
    return reviews.PastCaseCorrected(**_papers(later))


def _papers(told):
    return {
        **ABOUT,
        "on": date(2019, 9, 20),
        "listed_on": date(2019, 9, 20),
        "criterion": "L3",
        "outcome": "removed",
        "ended_on": date(2020, 11, 5),
        "mode": "name_removal",
        "ground": None,
        "probationary": False,
        "profile": "2019-ct28-qd29",
        "education_due_on": None,
        **told,
    }


TODAY = NOW.date()


def counted_in(year, facts, *, as_of=TODAY):
    """Return the figures of a year, as known on a day."""
    return count_screening([facts], organization_id="plant", period=Period.year(year), as_of=as_of).figures


class TestPastCases:
    """A case from before the system counts in the periods of its own days, once it is known."""

    @pytest.mark.parametrize(
        ("told", "counted"),
        [
            ({"outcome": "recognized", "mode": None}, "recognized"),
            ({"outcome": "transferred", "mode": None}, "transferred_out"),
            ({"outcome": "death", "mode": None}, "other_exits.by_reason.death"),
            ({"outcome": "resignation", "mode": None}, "other_exits.by_reason.resignation"),
            ({}, "removed_from_list.by_mode.name_removal"),
            ({"outcome": "on_list", "mode": None, "ended_on": None}, "continuing"),
        ],
    )
    def test_each_outcome_in_its_period_and_in_balance(self, told, counted):
        facts = fold(past(**told))
        first, then = counted_in(2019, facts), counted_in(2020, facts)
        assert facts.historical
        assert (first.listed.by_criterion, first.continuing) == ({"L3": 1}, 1)
        assert (then.opening, then.flat()[counted]) == (1, 1)
        assert (first.unreconciled, then.unreconciled) == (0, 0)

    def test_a_direct_removal_stays_outside_the_list(self):
        then = counted_in(2020, fold(past(listed_on=None, criterion=None, on=date(2020, 11, 5))))
        assert (then.removed_outside_list.by_ground, then.removed_from_list.total) == ({"unspecified": 1}, 0)
        assert then.unreconciled == 0

    def test_a_report_of_an_earlier_day_does_not_know_it(self):
        before = TODAY - timedelta(days=2)
        assert counted_in(2019, fold(past()), as_of=before).listed.total == 0

    def test_what_happens_later_in_a_case_that_went_on(self):
        going_on = past(outcome="on_list", mode=None, ended_on=None)
        (left,) = fold(going_on, closed("other_exit", "death")).exits
        assert (left.kind, left.reason) == (ExitKind.OTHER, "death")


class TestFacts:
    """What each end of a case is counted as."""

    def test_a_removal_without_ground_is_shown_as_such(self):
        (left,) = fold(FLAGGED, REMOVED, closed("removed")).exits
        assert (left.kind, left.mode, left.ground, left.probationary) == (
            ExitKind.REMOVED,
            "name_removal",
            "unspecified",
            True,
        )

    @pytest.mark.parametrize(
        ("outcome", "reason", "counted"),
        [
            ("other_exit", "death", "death"),
            ("other_exit", None, "unspecified"),
            ("not_removed", None, "not_removed"),
        ],
    )
    def test_a_case_closed_on_the_list_leaves_it_for_a_reason(self, outcome, reason, counted):
        (left,) = fold(FLAGGED, closed(outcome, reason)).exits
        assert (left.kind, left.reason) == (ExitKind.OTHER, counted)

    @pytest.mark.parametrize("outcome", ["dropped", "not_listed", "not_removed", "other_exit"])
    def test_a_case_that_was_never_listed_leaves_nothing(self, outcome):
        proposed = reviews.CandidateProposed(
            **ABOUT, round_id=None, criterion="C1", probationary=False, profile="hd02"
        )
        assert fold(proposed, closed(outcome)).exits == ()

    def test_a_transfer_out_of_the_deployment_ends_the_case(self):
        gone = reviews.CaseTransferred(**ABOUT, to_path=None, continues=False)
        (left,) = fold(FLAGGED, gone, closed("transferred")).exits
        assert left.kind is ExitKind.TRANSFERRED

    def test_a_case_that_goes_on_elsewhere_only_changes_place(self):
        moved = reviews.CaseTransferred(**ABOUT, to_path=ELSEWHERE, continues=True)
        facts = fold(FLAGGED, moved)
        assert facts.exits == ()
        assert [placement.path[-1] for placement in facts.placements] == ["plant/1", "office/1"]

    def test_a_case_that_came_back_never_left(self):
        moved = reviews.CaseTransferred(**ABOUT, to_path=ELSEWHERE, continues=True)
        back = reviews.CaseTransferred(
            **{**ABOUT, "organization_path": ELSEWHERE}, to_path=PATH, continues=True, returned=True
        )
        later = reviews.FollowUpRecorded(**ABOUT, number=1, next_due_on=None)
        first, second = fold(FLAGGED, moved, back, later).placements
        assert (first.path[-1], first.withdrawn_at) == ("plant/1", None)
        assert second.path[-1] == "office/1"
        assert second.withdrawn_at is not None

    def test_a_step_in_another_cell_shows_the_move(self):
        later = msgspec.structs.replace(
            reviews.FollowUpRecorded(**ABOUT, number=1, next_due_on=None), organization_path=ELSEWHERE
        )
        assert fold(FLAGGED, later).path_on(ON) == tuple(ELSEWHERE)

    def test_a_step_of_an_earlier_day_does_not_show_a_move_before_the_last_one(self):
        moved = reviews.CaseTransferred(**ABOUT, to_path=ELSEWHERE, continues=True)
        merged = ["khoi", "office", "office/2"]
        earlier = reviews.FollowUpRecorded(
            **{**ABOUT, "organization_path": merged, "on": date(2022, 2, 1)}, number=1, next_due_on=None
        )
        assert fold(FLAGGED, moved, earlier).path_on(ON) == tuple(merged)

    def test_another_path_to_the_same_cell_is_no_move_of_the_member(self):
        later = msgspec.structs.replace(
            reviews.FollowUpRecorded(**ABOUT, number=1, next_due_on=None),
            organization_path=["khoi", "office", "plant/1"],
        )
        assert len(fold(FLAGGED, later).placements) == 1


class TestWithdrawnListing:
    """A corrected ballot withdraws the listing it had brought about; the record of it stays."""

    def test_the_listing_is_withdrawn_and_is_no_exit(self):
        facts = fold(FLAGGED, withdrawn(), closed("not_listed"))
        assert facts.listed[0].withdrawn_at is not None
        assert facts.exits == ()

    def test_listed_again_it_counts_again(self):
        facts = fold(FLAGGED, withdrawn(), closed("not_listed"), FLAGGED)
        assert [each.withdrawn_at is None for each in facts.listed] == [False, True]


class TestPastCasesPutRight:
    """Reports from the day of the correction on count the corrected facts; those as of an earlier day stay."""

    def test_what_is_otherwise_counts_anew(self):
        facts = fold(
            past(),
            put_right(outcome="recognized", mode=None, criterion="L1", ended_on=date(2021, 2, 1)),
            days_apart=9,
        )
        assert counted_in(2019, facts).listed.by_criterion == {"L1": 1}
        assert (counted_in(2020, facts).continuing, counted_in(2021, facts).recognized) == (1, 1)
        before = TODAY - timedelta(days=1)
        assert counted_in(2019, facts, as_of=before).listed.by_criterion == {"L3": 1}
        assert counted_in(2020, facts, as_of=before).removed_from_list.total == 1

    def test_what_is_the_same_was_known_all_along(self):
        facts = fold(past(), put_right(ground="X4"), days_apart=9)
        assert len(facts.listed) == 1
        assert [each.ground for each in facts.exits] == ["unspecified", "X4"]
        assert counted_in(2020, facts).removed_from_list.by_ground == {"X4": 1}

    def test_a_case_that_was_withdrawn_counts_nowhere(self):
        facts = fold(past(), put_right(withdrawn=True), days_apart=9)
        for year in (2019, 2020):
            assert not any(counted_in(year, facts).flat().values())
        assert counted_in(2020, facts, as_of=TODAY - timedelta(days=1)).removed_from_list.total == 1

    def test_a_case_that_goes_on_after_all_is_on_the_list(self):
        facts = fold(
            past(), put_right(outcome="on_list", mode=None, ended_on=None, on_list=True), days_apart=9
        )
        now = counted_in(2022, facts)
        assert (now.opening, now.continuing, now.unreconciled) == (1, 1, 0)
