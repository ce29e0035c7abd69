from datetime import date, timedelta

import msgspec
import pytest

from services.reporting.domain.case_facts import ExitKind
from services.reporting.domain.period import Period
from services.reporting.domain.pipeline import Kept, Passage, Step, cases_behind, pipeline, stage_of
from tests.unit.reporting.conftest import case_of, left, listed, recorded

YEAR = Period.year(2022)
LISTED = date(2022, 2, 1)


def step(event: str, on: date, **data) -> Step:
    return Step(event=event, on=on, recorded_at=recorded(on), data=msgspec.to_builtins(data))


def flagged(on: date = LISTED, due: date = date(2023, 2, 1)) -> Step:
    return step("MemberFlagged", on, education_due_on=due)


def passage(*steps: Step, **facts) -> Passage:
    return Passage(facts=case_of("c", **facts), steps=steps)


def complained(on: date, due: date) -> tuple[Step, ...]:
    return (
        step("MemberRemoved", on - timedelta(days=10)),
        step("ComplaintLodged", on, late=False, due_on=due),
    )


class TestStage:
    """A case stands in the stage of its last deciding step, since the day it came there."""

    @pytest.mark.parametrize(
        ("steps", "stage"),
        [
            ([step("CandidateProposed", LISTED)], "proposed"),
            ([step("CandidateProposed", LISTED), step("GuidanceGiven", LISTED)], "proposed"),
            ([flagged()], "education"),
            ([flagged(), step("RemovalProposed", date(2022, 9, 1))], "removal"),
            ([step("MemberRemoved", LISTED)], "decided"),
            (complained(date(2022, 6, 1), date(2022, 9, 1)), "complaint"),
            ([flagged(), step("CaseTransferred", date(2022, 5, 1), continues=True)], "education"),
        ],
    )
    def test_open(self, steps, stage):
        assert stage_of(steps)[0] == stage

    @pytest.mark.parametrize(
        "end",
        [
            step("ProgressRecognized", date(2022, 9, 1)),
            step("CaseClosed", date(2022, 9, 1)),
            step("CaseTransferred", date(2022, 9, 1), continues=False),
            step("RemovalReversed", date(2022, 9, 1)),
        ],
        ids=lambda end: end.event,
    )
    def test_ended(self, end):
        assert stage_of([flagged(), end]) is None

    def test_steps_within_a_stage_do_not_make_it_younger(self):
        steps = [flagged(), step("FollowUpRecorded", date(2022, 8, 1), next_due_on=None)]
        assert stage_of(steps) == ("education", LISTED)

    def test_a_historical_case_stands_since_its_listing(self):
        past = step(
            "PastCaseRecorded",
            date(2021, 5, 1),
            outcome="on_list",
            listed_on=date(2021, 6, 1),
            education_due_on=None,
        )
        assert stage_of([past]) == ("education", date(2021, 6, 1))


class TestPastCasesPutRight:
    """A past case stands where the last correction leaves it; withdrawn it stands nowhere."""

    def past(self, event, recorded_on, **told):
        papers = {"outcome": "on_list", "listed_on": LISTED.isoformat(), "education_due_on": None, **told}
        found = step(event, LISTED, **papers)
        return msgspec.structs.replace(found, recorded_at=recorded(recorded_on))

    @pytest.mark.parametrize(
        ("told", "in_education"),
        [
            ({"withdrawn": False}, 1),
            ({"withdrawn": False, "outcome": "recognized"}, 0),
            ({"withdrawn": True}, 0),
        ],
    )
    def test_from_the_day_of_the_correction(self, told, in_education):
        on = date(2022, 12, 1)
        case = passage(
            self.past("PastCaseRecorded", date(2022, 10, 1)), self.past("PastCaseCorrected", on, **told)
        )
        before = pipeline([case], period=YEAR, on=on - timedelta(days=1)).stages["education"].cases
        assert (before, pipeline([case], period=YEAR, on=on).stages["education"].cases) == (1, in_education)


class TestAges:
    """Days in the stage, in groups, with the median of those who stand in it."""

    def test_three_cases(self):
        on = date(2022, 12, 31)
        cases = [passage(flagged(on - timedelta(days=age))) for age in (10, 90, 400)]
        education = pipeline(cases, period=YEAR, on=on).stages["education"]
        assert (education.cases, education.median_days, education.longest_days) == (3, 90, 400)
        assert education.by_age == (2, 0, 0, 1)

    def test_what_became_known_later_is_not_counted(self):
        late = msgspec.structs.replace(flagged(), recorded_at=recorded(date(2022, 5, 1)))
        assert pipeline([passage(late)], period=YEAR, on=date(2022, 4, 30)).stages["education"].cases == 0
        assert pipeline([passage(late)], period=YEAR, on=date(2022, 5, 1)).stages["education"].cases == 1


class TestDeadlines:
    """A deadline is met on its day and missed the day after, whether or not it is done then."""

    @pytest.mark.parametrize(
        ("on", "state"),
        [
            (date(2023, 1, 1), Kept(running=1)),
            (date(2023, 1, 2), Kept(running=1, due_soon=1)),  # 30 days before
            (date(2023, 2, 1), Kept(running=1, due_soon=1)),
            (date(2023, 2, 2), Kept(missed=1, overdue=1)),
        ],
    )
    def test_open_education(self, on, state):
        assert pipeline([passage(flagged())], period=YEAR, on=on).deadlines["education"] == state

    @pytest.mark.parametrize(
        ("on", "state"), [(date(2023, 2, 1), Kept(met=1)), (date(2023, 2, 2), Kept(missed=1))]
    )
    def test_ended_education(self, on, state):
        case = passage(flagged(), step("ProgressRecognized", on))
        assert pipeline([case], period=YEAR, on=date(2024, 1, 1)).deadlines["education"] == state

    def test_an_extension_moves_it(self):
        case = passage(flagged(), step("EducationExtended", date(2023, 1, 10), until=date(2023, 8, 1)))
        assert pipeline([case], period=YEAR, on=date(2023, 7, 1)).deadlines["education"] == Kept(running=1)

    def test_clocks_of_the_steps_themselves(self):
        """The first follow-up is due before any was recorded; an extension puts the end off, and keeps nothing."""

        def clock(kind, due, status="running"):
            return {"kind": kind, "due_on": due.isoformat(), "status": status}

        end, first, second = date(2023, 2, 1), date(2022, 5, 1), date(2022, 8, 1)
        steps = [
            step("MemberFlagged", LISTED, education_due_on=end, clocks=[clock("education_end", end)]),
            step("HelpersAssigned", LISTED, clocks=[clock("follow_up", first)]),
            step(
                "FollowUpRecorded",
                date(2022, 5, 9),
                next_due_on=second,
                clocks=[clock("follow_up", first, "lapsed"), clock("follow_up", second)],
            ),
            step(
                "EducationExtended",
                date(2023, 1, 10),
                until=date(2023, 8, 1),
                clocks=[clock("education_end", end, "met"), clock("education_end", date(2023, 8, 1))],
            ),
            step("ProgressRecognized", date(2023, 3, 1)),
            step("CaseClosed", date(2023, 3, 1), clocks=[clock("education_end", date(2023, 8, 1), "met")]),
        ]

        def on(count, day):
            return pipeline([passage(*steps[:count])], period=YEAR, on=day).deadlines

        assert on(2, date(2022, 5, 2))["follow_up"] == Kept(missed=1, overdue=1)
        assert on(3, date(2022, 6, 1))["follow_up"] == Kept(missed=1, running=1)
        assert on(4, date(2023, 1, 15))["education"] == Kept(running=1)
        ended = on(6, date(2023, 3, 2))
        assert (ended["education"], ended["follow_up"]) == (Kept(met=1), Kept(missed=2))

    def test_follow_ups(self):
        days = [(date(2022, 5, 1), date(2022, 8, 1)), (date(2022, 8, 1), date(2022, 11, 1))]
        steps = [step("FollowUpRecorded", on, next_due_on=due) for on, due in days]
        late = step("FollowUpRecorded", date(2022, 11, 5), next_due_on=date(2023, 2, 5))
        found = pipeline([passage(flagged(), *steps, late)], period=YEAR, on=date(2022, 12, 31))
        assert found.deadlines["follow_up"] == Kept(met=1, missed=1, running=1)

    def test_of_a_complaint(self):
        steps = complained(date(2022, 6, 1), date(2022, 9, 1))
        resolved = step("ComplaintResolved", date(2022, 9, 2), outcome="upheld")
        found = pipeline([passage(*steps, resolved)], period=YEAR, on=date(2022, 12, 31))
        assert found.deadlines["complaint"] == Kept(missed=1)
        assert (found.complaints, found.complaints_by_outcome) == (1, {"upheld": 1})


class TestCasesBehind:
    """Every figure of stages and deadlines is the length of its list of cases."""

    def test_stages_and_deadlines(self):
        on = date(2023, 3, 1)
        met = step("FollowUpRecorded", date(2022, 7, 1), next_due_on=date(2022, 9, 1))
        again = step("FollowUpRecorded", date(2022, 8, 20), next_due_on=date(2023, 3, 20))
        cases = [passage(flagged(), met, again), passage(*complained(date(2023, 2, 1), date(2023, 5, 1)))]
        counted = pipeline(cases, period=YEAR, on=on)
        behind = cases_behind(cases, on=on)
        for stage, found in counted.stages.items():
            assert len(behind.get(f"stages.{stage}", ())) == found.cases
        for kind, kept in counted.deadlines.items():
            for state, count in msgspec.structs.asdict(kept).items():
                assert len(behind.get(f"deadlines.{kind}.{state}", ())) == count
        assert behind["deadlines.overdue"] == ("c",)


class TestOutcomes:
    """The time from listing to outcome, in all and by outcome, of what ended in the period."""

    def test_medians(self):
        cases = [
            passage(listed=(listed(LISTED),), exits=(left(LISTED + timedelta(days=days), kind),))
            for days, kind in (
                (100, ExitKind.RECOGNIZED),
                (200, ExitKind.RECOGNIZED),
                (300, ExitKind.REMOVED),
                (900, ExitKind.REMOVED),
            )
        ]
        found = pipeline(cases, period=YEAR, on=date(2026, 1, 1))
        assert found.outcomes == 3
        assert found.median_days_to_outcome == {"all": 200, "recognized": 100, "removed": 300}

    def test_of_nothing_there_is_no_median(self):
        assert pipeline([], period=YEAR, on=LISTED).median_days_to_outcome == {}
