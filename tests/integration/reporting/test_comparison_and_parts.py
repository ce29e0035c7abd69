"""What stands beside a report: other periods, kinds of organisations, the organisations below."""

from datetime import date

import pytest

from shared.events.catalogue import members
from tests.integration.reporting.history import KHOI, OFFICE, PLANT, path_of
from tests.support.people import holding

pytestmark = pytest.mark.integration

REPORT = "/api/reporting/screening-report"
BOARD = holding("organizing_board", "*")
GROUP = holding("working_group", KHOI)


@pytest.fixture
def ask(reporting):
    def asked(actor, address="", **query):
        query = {"organization": KHOI, "period": "2022", **query}
        answer = reporting.front.as_(actor).get(REPORT + address, **query)
        assert answer.status_code == 200, answer.json
        return answer.json

    return asked


class TestBeside:
    """A report stands beside the period before, the same period a year before, and the kinds of organisations."""

    def test_comparison(self, reporting, the_year_2022, ask):
        reporting.reads(the_year_2022.events)
        before, last_year = ask(BOARD, period="2022-Q2")["comparison"]
        assert (before["with"], before["period"]["label"]) == ("period_before", "Quý I/2022")
        assert before["figures"]["listed"]["total"] == 4
        assert (last_year["with"], last_year["period"]["label"]) == ("year_before", "Quý II/2021")
        assert last_year["figures"]["listed"]["total"] == 1

    def test_kinds_of_organisations(self, reporting, the_year_2022, ask):
        the_year_2022.organization("alone", name="Chi bộ cơ sở mẫu", level="chi_bo_co_so", is_cell=True)
        the_year_2022.listed("of-alone", "alone", date(2022, 4, 1))
        reporting.reads(the_year_2022.events)
        report = ask(BOARD)
        kinds = {each["level_name"]: each for each in report["by_organization_kind"]}
        assert kinds["Đảng bộ cơ sở"]["organizations"] == 2
        assert kinds["Đảng bộ cơ sở"]["figures"]["listed"]["total"] == 5
        assert kinds["Chi bộ cơ sở"]["figures"]["continuing"] == 1
        assert sum(each["figures"]["listed"]["total"] for each in kinds.values()) == 6
        assert report["figures"]["listed"]["total"] == 6


class TestOrganizations:
    """A figure opens to the organisations below; what moved between them is said."""

    def test_of_the_khoi(self, reporting, the_year_2022, ask):
        reporting.reads(the_year_2022.events)
        answer = ask(BOARD, "/organizations", figure="listed")
        assert {item["organization_id"]: item["count"] for item in answer["items"]} == {OFFICE: 1, PLANT: 4}
        assert (answer["count"], answer["moved_within"]) == (5, 0)

    def test_what_moved_within_is_counted_on_both_sides(self, reporting, the_year_2022, ask):
        reporting.reads(the_year_2022.events)
        answer = ask(BOARD, "/organizations", figure="transferred_out")
        assert (answer["count"], answer["moved_within"]) == (1, 1)


class TestSmallOrganizations:
    """Somebody who may not open the cases sees counts, but none that would name a person in a small cell."""

    @pytest.fixture
    def staffed(self, the_year_2022):
        """The plant's first cell has 3 members, its second 20, the office's cells 15 each."""
        for cell, count in (
            (f"{PLANT}/1", 2),
            (f"{PLANT}/2", 18),
            (f"{OFFICE}/1", 14),
            (f"{OFFICE}/2", 14),
        ):
            for number in range(count):
                the_year_2022.member(f"{cell}-{number}", cell)
        return the_year_2022

    def test_the_group_sees_the_large_ones(self, reporting, staffed, ask):
        reporting.reads(staffed.events)
        report = ask(GROUP)
        assert report["figures"]["listed"]["total"] == 5
        assert report["balance"]["cases"] is None
        assert report["withheld"] is None
        assert ask(GROUP, organization=f"{OFFICE}/2")["figures"]["listed"]["total"] == 1

    @pytest.mark.parametrize("cell", [f"{PLANT}/1", f"{PLANT}/2"])
    def test_neither_the_small_cell_nor_the_one_it_could_be_computed_from(
        self, reporting, staffed, ask, cell
    ):
        reporting.reads(staffed.events)
        report = ask(GROUP, organization=cell)
        assert report["figures"] is None
        assert "đảng viên" in report["withheld"]
        refused = reporting.front.as_(GROUP).get(
            f"{REPORT}/file", organizations=cell, period="2022", format="xlsx", reason="Kiểm tra"
        )
        assert (refused.status_code, refused.json["organization"]) == (409, cell)

    def test_the_parts_of_a_figure(self, reporting, staffed, ask):
        reporting.reads(staffed.events)
        answer = ask(GROUP, "/organizations", organization=PLANT, figure="listed")
        assert [item["count"] for item in answer["items"]] == [None, None]
        assert (answer["count"], answer["moved_within"]) == (4, None)
        assert answer["withheld"]

    def test_small_is_said_of_the_days_that_the_figures_speak_of(self, reporting, staffed, ask):
        for number in range(10):
            member_id = f"{OFFICE}/2-{number}"
            left = members.MembershipEnded(
                member_id=member_id,
                organization_path=path_of(f"{OFFICE}/2"),
                on=date(2023, 3, 1),
                mode="death",
                ground=None,
                decision=None,
                case_id=None,
                was_probationary=False,
            )
            staffed.tell(member_id, left)
        reporting.reads(staffed.events)
        then = ask(GROUP, organization=f"{OFFICE}/2", as_of="2022-12-31")
        assert then["figures"]["listed"]["total"] == 1
        assert ask(GROUP, organization=f"{OFFICE}/2", as_of="2023-04-01")["figures"] is None
        assert ask(GROUP, organization=f"{OFFICE}/2", period="2023")["figures"] is None

    def test_the_levels_see_everything(self, reporting, staffed, ask):
        reporting.reads(staffed.events)
        assert ask(BOARD, organization=f"{PLANT}/1")["figures"]["listed"]["total"] == 2


class TestBrokenBalance:
    """The cases of a broken balance are named to those who may see them, and to nobody else."""

    def test_case_ids_for_those_allowed(self, reporting, history, ask):
        history.listed("twice", f"{PLANT}/1", date(2022, 3, 1))
        history.listed("twice", f"{PLANT}/1", date(2022, 4, 1))
        for number in range(20):
            history.member(f"more-{number}", f"{PLANT}/1")
        reporting.reads(history.events)
        assert ask(BOARD)["balance"]["cases"] == ["twice"]
        outside = ask(GROUP)
        assert outside["balance"]["unreconciled"] == 1
        assert "twice" not in str(outside)
        items = reporting.front.as_(holding("auditor", "*")).get("/api/reporting/audit").json["items"]
        assert ("report.cases", "unreconciled") in [(entry["action"], entry["after"]) for entry in items]
