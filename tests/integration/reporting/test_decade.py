"""Ten years of three Khối, folded once: any report equals the recount of the raw events."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.reporting import queries
from services.reporting.domain.period import Period
from services.reporting.domain.screening_count import Figures, count_screening
from services.reporting.published import ARTICLE_OF_2023_10_12, document
from services.reporting.service import SERVICE
from shared.settings import Settings
from tests.integration.reporting.decade import (
    CASES,
    MEMBERS,
    TERM_FROM,
    TERM_TO,
    Decade,
    khoi,
    organizations,
)
from tests.integration.reporting.history import Reporting
from tests.integration.reporting.recounted import Recount
from tests.support.people import Caller, holding
from tests.support.services import NOW, front_of

pytestmark = pytest.mark.integration

FIRST_DAY, TODAY = date(2015, 6, 1), NOW.date()
NODES = {depth: organizations(depth) for depth in range(3)}


@pytest.fixture(scope="module")
def decade() -> Decade:
    return Decade()


@pytest.fixture(scope="module")
def reporting(mongodb_url: str, decade: Decade) -> Iterator[Reporting]:
    """The decade, read by reporting as its worker reads it."""
    with front_of(SERVICE, Settings(khoi_id="decade", mongodb_url=mongodb_url)) as front:
        found = Reporting(front)
        found.reads(decade.events, batch=500)
        yield found


@pytest.fixture(scope="module")
def standing(reporting: Reporting) -> Caller:
    return reporting.front.as_(holding("standing_committee", "*"))


@pytest.fixture(scope="module")
def recount(decade: Decade) -> Recount:
    return Recount(event for event, _ in decade.events)


def report(standing: Caller, organization: str, starts_on: date, ends_on: date, as_of: date) -> dict:
    query = {"organization": organization, "from": starts_on, "to": ends_on, "as_of": as_of}
    answer = standing.get("/api/reporting/screening-report", **query)
    assert answer.status_code == 200, answer.json
    return answer.json


def flat(found: dict) -> Counter[str]:
    """The figures that are not 0 by their keys."""
    return +Counter(msgspec.convert(found["figures"], Figures).flat())


NODE = st.sampled_from([0, 1, 1, 1, 2, 2, 2, 2]).flatmap(lambda count: st.sampled_from(NODES[count]))
DAY = st.dates(FIRST_DAY, TODAY)


@st.composite
def periods(draw) -> tuple[date, date]:
    """A year, a quarter, a day, or anything."""
    starts_on = draw(DAY)
    match draw(st.sampled_from(["year", "quarter", "day", "any"])):
        case "year":
            return date(starts_on.year, 1, 1), date(starts_on.year, 12, 31)
        case "quarter":
            return starts_on.replace(day=1), starts_on + timedelta(days=91)
        case "day":
            return starts_on, starts_on
    return starts_on, draw(st.dates(starts_on, TODAY))


HUNDREDS = settings(max_examples=300, deadline=None, database=None, suppress_health_check=list(HealthCheck))


class TestDecade:
    """Node, period and as-of date may be any: the report says what the events say."""

    @HUNDREDS
    @given(node=NODE, period=periods(), as_of=DAY)
    def test_every_count_equals_the_recount(self, reporting, recount, node, period, as_of):
        facts = queries.case_facts(reporting.store, node, as_of=as_of)
        count = count_screening(facts, organization_id=node, period=Period.range(*period), as_of=as_of)
        assert "unreconciled" not in count.cases
        assert +Counter(count.figures.flat()) == recount.report(node, *period, as_of)

    @settings(HUNDREDS, max_examples=25)
    @given(node=NODE, period=periods(), as_of=DAY)
    def test_so_does_the_report_over_http(self, standing, recount, node, period, as_of):
        found = report(standing, node, *period, as_of)
        assert found["balance"]["holds"]
        assert flat(found) == recount.report(node, *period, as_of)

    def test_the_history_tells_enough(self, recount):
        """Guards the test above: nothing that a report counts is missing, nor what was recorded late."""
        told = Counter[str]()
        for number in range(3):
            told += recount.report(khoi(number), FIRST_DAY, TODAY, TODAY)
        for key in (
            "listed.by_criterion.C4b", "listed.by_criterion.L3", "transferred_in", "transferred_out", "recognized",
            "reversed", "removed_from_list.by_mode.expulsion", "removed_from_list.probationary",
            "removed_outside_list.by_ground.X1", "other_exits.by_reason.death",
            "other_exits.by_reason.reorganization", "continuing",
        ):  # fmt: skip
            assert told[key] > 0, key
        years = [
            recount.report(khoi(1), date(2022, 1, 1), date(2022, 12, 31), known)
            for known in (date(2022, 12, 31), TODAY)
        ]
        assert years[0] != years[1]  # what became known later

    def test_its_size(self, reporting):
        assert reporting.store.collection("members").count_documents({}) == MEMBERS
        assert reporting.store.collection("cases").count_documents({}) == CASES


class TestArticle:
    """The term of the article of 12/10/2023 is in the first Khối, and its figures come out."""

    def test_its_figures(self, standing, reporting):
        board = reporting.front.as_(holding("organizing_board", "*"))
        article = {**msgspec.json.decode(document(ARTICLE_OF_2023_10_12)), "organization_id": khoi(0)}
        assert board.post("/api/reporting/published-figures", article).status_code == 201
        found = report(standing, khoi(0), TERM_FROM, TERM_TO, TODAY)
        figures = flat(found)
        assert {
            key: figures[key] for key in ("listed", "recognized", "transferred_out", "removed_from_list")
        } == {
            "listed": 14,
            "recognized": 5,
            "transferred_out": 2,
            "removed_from_list": 7,
        }
        assert figures["continuing"] == 0
        (published,) = found["published"]
        assert published["figures"]["listed"]["text"] == ">20"
        assert published["unreconciled"]["text"] == "≥ 7"
