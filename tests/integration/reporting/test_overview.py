"""What the dashboard shows beyond the report: organisations, trend, funnel; each as the access table and size allow."""

from datetime import date

import pytest

from shared.events.catalogue import reviews
from tests.integration.reporting.history import KHOI, OFFICE, PLANT, path_of
from tests.support.people import holding

pytestmark = pytest.mark.integration

BOARD = holding("organizing_board", "*")
PLANT_COMMITTEE = holding("grassroots_committee", PLANT)
GROUP = holding("working_group", KHOI)
YEAR = {"organization": KHOI, "period": "2022"}


@pytest.fixture
def ask(reporting):
    def asked(address, actor=BOARD, *, status=200, **query):
        answer = reporting.front.as_(actor).get(f"/api/reporting/{address}", **query)
        assert answer.status_code == status, answer.json
        return answer.json

    return asked


class TestOrganizations:
    """The tree from the topmost organisation that the caller may see."""

    def test_of_the_khoi(self, reporting, history, ask):
        reporting.reads(history.events)
        (top,) = ask("organizations")["items"]
        assert (top["organization_id"], top["members"], top["organizations"]) == (KHOI, 4, 6)
        below = ask("organizations", organization=KHOI)
        assert below["organization"]["name"] == "Đảng bộ Khối mẫu"
        assert [each["organization_id"] for each in below["items"]] == [OFFICE, PLANT]

    def test_a_committee_begins_with_its_own(self, reporting, history, ask):
        reporting.reads(history.events)
        assert [each["organization_id"] for each in ask("organizations", PLANT_COMMITTEE)["items"]] == [PLANT]
        cell = ask("organizations", PLANT_COMMITTEE, organization=f"{PLANT}/1")
        assert [each["organization_id"] for each in cell["above"]] == [PLANT]
        ask("organizations", PLANT_COMMITTEE, organization=OFFICE, status=403)


class TestFigures:
    """All figures of the organisations below are those of their own reports."""

    def test_as_in_the_reports(self, reporting, the_year_2022, ask):
        reporting.reads(the_year_2022.events)
        answer = ask("organizations/figures", **YEAR)
        assert [each["name"] for each in answer["items"]] == ["Đảng bộ Cơ quan mẫu", "Đảng bộ Nhà máy mẫu"]
        for each in answer["items"]:
            own = ask("screening-report", organization=each["organization_id"], period="2022")["figures"]
            assert each["figures"]["listed"] == own["listed"]["total"]
            assert each["figures"]["continuing"] == own["continuing"]
        assert answer["figures"]["listed"] == 5

    def test_small_ones_are_kept_back(self, reporting, the_year_2022, ask):
        for number in range(30):
            the_year_2022.member(f"more-{number}", f"{PLANT}/1")
        reporting.reads(the_year_2022.events)
        answer = ask("organizations/figures", GROUP, **YEAR)
        assert answer["figures"]["listed"] == 5
        assert [each["figures"] for each in answer["items"]] == [None, None]
        assert answer["withheld"]


class TestTrend:
    """Each quarter is the report of that quarter."""

    def test_of_the_khoi(self, reporting, the_year_2022, ask):
        reporting.reads(the_year_2022.events)
        answer = ask("trend", organization=KHOI, quarters=4, until="2022-12-31")
        assert answer["items"][0]["period"]["label"] == "Quý I/2022"
        assert [each["figures"]["listed"] for each in answer["items"]] == [4, 0, 0, 1]
        for number, each in enumerate(answer["items"], start=1):
            own = ask("screening-report", organization=KHOI, period=f"2022-Q{number}")["figures"]
            assert each["figures"]["continuing"] == own["continuing"]

    def test_kept_back(self, reporting, the_year_2022, ask):
        reporting.reads(the_year_2022.events)
        answer = ask("trend", GROUP, organization=PLANT, quarters=2)
        assert [each["figures"] for each in answer["items"]] == [None, None]
        assert answer["withheld"]


class TestPipelineCases:
    """A stage or a state of a deadline opens to its cases, for those who may see them."""

    def test_opened(self, reporting, the_year_2022, ask):
        reporting.reads(the_year_2022.events)
        about = {"organization": PLANT, "as_of": "2022-12-31"}
        opened = ask("pipeline/cases", **about, figure="stages.education")
        assert [each["case_id"] for each in opened["cases"]] == ["continuing"]
        ask("pipeline/cases", GROUP, **about, figure="stages.education", status=403)
        ask("pipeline/cases", **about, figure="stages", status=422)


class TestFunnel:
    """From the cells' reports to the outcomes of those proposed in the period; each step opens to its cases."""

    @pytest.fixture
    def reviewed(self, the_year_2022):
        for cell, number in ((f"{PLANT}/1", 12), (f"{OFFICE}/1", 9)):
            told = reviews.CellReviewReported(
                round_id="round-1",
                organization_path=path_of(cell),
                on=date(2022, 3, 1),
                reviewed=number,
                proposed=1,
            )
            the_year_2022.tell("round-1", told)
        return the_year_2022

    def test_of_the_khoi(self, reporting, reviewed, ask):
        reporting.reads(reviewed.events)
        figures = ask("funnel", **YEAR)["figures"]
        assert (figures["reviewed"], figures["proposed"], figures["listed"]) == (21, 5, 5)
        assert (figures["with_outcome"], figures["continuing"]) == (3, 2)
        assert figures["outcomes"] == {
            "recognized": 1,
            "transferred": 1,
            "removed": 0,
            "restored": 0,
            "other": 1,
        }

    def test_opened(self, reporting, reviewed, ask):
        reporting.reads(reviewed.events)
        opened = ask("funnel/cases", **YEAR, figure="outcomes.recognized")
        assert [each["case_id"] for each in opened["cases"]] == ["recognized"]
        entries = list(reporting.store.collection("audit").find({}, sort=[("_id", 1)]))
        assert [(each["action"], each["subject"]) for each in entries] == [
            ("report.cases", KHOI),
            ("case.read", "recognized"),
        ]

    def test_what_does_not_open(self, reporting, reviewed, ask):
        reporting.reads(reviewed.events)
        ask("funnel/cases", **YEAR, figure="reviewed", status=422)
        ask("funnel/cases", GROUP, **YEAR, figure="listed", status=403)
        assert ask("funnel", GROUP, organization=PLANT, period="2022")["figures"] is None
