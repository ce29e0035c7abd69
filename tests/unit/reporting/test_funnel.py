from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reporting.domain.case_facts import ExitKind, Reversal
from services.reporting.domain.funnel import OUTCOMES, CellReport, funnel
from services.reporting.domain.period import Period
from services.reporting.domain.pipeline import Passage
from tests.unit.reporting.conftest import KHOI, OFFICE, PLANT, case_of, left, listed, placed, recorded
from tests.unit.reporting.test_pipeline import step

YEAR = Period.year(2022)
PROPOSED = date(2022, 2, 1)
LISTED = date(2022, 3, 1)
LATER = date(2026, 1, 1)


def passage(*steps, case_id: str = "c", **facts) -> Passage:
    return Passage(facts=case_of(case_id, **facts), steps=steps)


def on_the_list(case_id: str = "c", **facts) -> Passage:
    steps = (step("CandidateProposed", PROPOSED), step("MemberFlagged", LISTED, education_due_on=LATER))
    return passage(*steps, case_id=case_id, listed=(listed(LISTED),), **facts)


def counted(*passages: Passage, organization_id: str = KHOI, as_of: date = LATER, reports=()):
    return funnel(passages, reports, organization_id=organization_id, period=YEAR, as_of=as_of)


def a_report(cell: str = "plant/1", on: date = PROPOSED, reviewed: int = 20, **told) -> CellReport:
    path = (KHOI, cell.split("/", maxsplit=1)[0], cell)
    told = {"round_id": "r", "recorded_at": recorded(on), **told}
    return CellReport(path=path, on=on, reviewed=reviewed, **told)


class TestCohort:
    """A case counts in the period and the organisation in which it began, and is followed from there."""

    def test_proposed_listed_and_recognised(self):
        case = on_the_list(exits=(left(date(2023, 3, 1), ExitKind.RECOGNIZED),))
        found = counted(case)
        assert (found.figures.proposed, found.figures.listed, found.figures.with_outcome) == (1, 1, 1)
        assert found.cases["outcomes.recognized"] == ("c",)

    def test_as_known_before_its_outcome(self):
        case = on_the_list(exits=(left(date(2023, 3, 1), ExitKind.RECOGNIZED),))
        assert counted(case, as_of=date(2023, 2, 28)).figures.continuing == 1

    def test_of_another_year_it_is_none(self):
        case = passage(step("CandidateProposed", date(2021, 12, 31)), listed=(listed(LISTED),))
        assert counted(case).figures.proposed == 0

    def test_a_past_case_begins_with_its_listing(self):
        past = passage(
            step("PastCaseRecorded", LISTED, outcome="on_list", listed_on=LISTED, education_due_on=None),
            listed=(listed(LISTED),),
        )
        assert counted(past).figures.listed == 1

    def test_it_stays_where_it_began(self):
        moved = on_the_list(placements=(placed("plant/1"), placed("office/1", date(2022, 6, 1))))
        assert counted(moved, organization_id=PLANT).figures.listed == 1
        assert counted(moved, organization_id=OFFICE).figures.listed == 0

    def test_a_direct_removal_begins_no_such_case(self):
        removal = passage(step("RemovalProposed", LISTED), exits=(left(LISTED, ExitKind.REMOVED),))
        assert counted(removal).figures.proposed == 0


class TestNotListed:
    """Who was proposed and is not on a list either waits or is done with."""

    @pytest.mark.parametrize(
        ("after", "where"),
        [((), "waiting"), ((step("CaseClosed", LISTED, outcome="not_listed"),), "not_listed")],
    )
    def test_after_the_proposal(self, after, where):
        found = counted(passage(step("CandidateProposed", PROPOSED), *after))
        assert found.cases == {"proposed": ("c",), where: ("c",)}


class TestOutcome:
    """The outcome of a listed case is the one that stands at the end of the day."""

    @pytest.mark.parametrize(("to_list", "where"), [(False, "outcomes.restored"), (True, "continuing")])
    def test_an_annulled_removal(self, to_list, where):
        annulled = Reversal(on=date(2023, 6, 1), recorded_at=recorded(date(2023, 6, 1)), to_list=to_list)
        case = on_the_list(exits=(left(date(2023, 1, 1), ExitKind.REMOVED),), reversals=(annulled,))
        assert counted(case).cases[where] == ("c",)


class TestReviewed:
    """Members reviewed are those of the latest version of each cell's report that was known."""

    def test_a_correction_replaces_the_report(self):
        later = a_report(reviewed=18, recorded_at=recorded(date(2022, 5, 1)))
        assert counted(reports=(later, a_report())).figures.reviewed == 18
        assert counted(reports=(later, a_report()), as_of=date(2022, 4, 1)).figures.reviewed == 20

    def test_of_one_organisation(self):
        reports = (a_report(), a_report("office/1", reviewed=7))
        assert counted(reports=reports, organization_id=OFFICE).figures.reviewed == 7


class TestIdentity:
    """Every step is made up of the steps that follow it."""

    @given(
        st.lists(
            st.tuples(
                st.booleans(),  # listed
                st.booleans(),  # ended
                st.sampled_from(list(ExitKind)),
                st.integers(0, 1500),
            ),
            max_size=20,
        ),
        st.integers(0, 2000),
    )
    def test_on_any_day(self, cases, days):
        def told(number, was_listed, ended, kind, after):
            if was_listed:
                exits = (left(LISTED + timedelta(days=after), kind),) if ended else ()
                return on_the_list(str(number), exits=exits)
            end = (step("CaseClosed", LISTED + timedelta(days=after)),) if ended else ()
            return passage(step("CandidateProposed", PROPOSED), *end, case_id=str(number))

        passages = [told(number, *case) for number, case in enumerate(cases)]
        found = counted(*passages, as_of=PROPOSED + timedelta(days=days)).figures
        assert found.proposed == found.listed + found.waiting + found.not_listed == len(cases)
        assert found.listed == found.with_outcome + found.continuing
        assert found.with_outcome == sum(found.outcomes.values())
        assert tuple(found.outcomes) == OUTCOMES
