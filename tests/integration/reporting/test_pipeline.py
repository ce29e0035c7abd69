"""The pipeline over HTTP: by organisation, sortable, with transfers on the way."""

from datetime import date

import pytest

from shared.events.catalogue import members
from tests.integration.reporting.history import KHOI, OFFICE, PLANT, path_of
from tests.support.people import holding

pytestmark = pytest.mark.integration

BOARD = holding("organizing_board", "*")


@pytest.fixture
def ask(reporting):
    def asked(actor=BOARD, **query):
        query = {"organization": KHOI, "period": "2022", "as_of": "2022-12-31", **query}
        return reporting.front.as_(actor).get("/api/reporting/pipeline", **query)

    return asked


class TestPipeline:
    """Open cases by stage, outcomes and medians, transfers on the way, for the whole and each part."""

    def test_of_the_khoi(self, reporting, the_year_2022, ask):
        reporting.reads(the_year_2022.events)
        answer = ask().json
        whole = answer["whole"]["pipeline"]
        assert whole["stages"]["education"]["cases"] == 2
        assert whole["stages"]["decided"]["cases"] == 2  # within the time for complaints
        assert whole["outcomes"] == 4
        assert whole["median_days_to_outcome"] == {
            "all": 184,
            "other": 172,
            "recognized": 303,
            "removed": 395,
            "transferred": 184,
        }
        by_organization = {item["organization_id"]: item["pipeline"] for item in answer["items"]}
        assert by_organization[PLANT]["stages"]["education"]["cases"] == 1
        assert by_organization[OFFICE]["stages"]["education"]["cases"] == 1

    @pytest.mark.parametrize(
        ("sort", "order"),
        [
            ("name", [OFFICE, PLANT]),
            ("-name", [PLANT, OFFICE]),
            ("stages.decided.cases", [PLANT, OFFICE]),
            ("-stages.decided.cases", [OFFICE, PLANT]),
            ("median_days_to_outcome.removed", [OFFICE, PLANT]),
        ],
    )
    def test_sorted(self, reporting, the_year_2022, ask, sort, order):
        reporting.reads(the_year_2022.events)
        assert [item["organization_id"] for item in ask(sort=sort).json["items"]] == order

    @pytest.mark.parametrize("sort", ["nothing", "stages", "stages.education.cases.more"])
    def test_a_figure_that_is_none(self, reporting, the_year_2022, ask, sort):
        reporting.reads(the_year_2022.events)
        answer = ask(sort=sort)
        assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, "/query/sort")

    def test_transfers_on_the_way(self, reporting, history, ask):
        history.moving("t1", "m1", f"{PLANT}/1", date(2022, 10, 1), due=date(2022, 11, 15))
        history.moving("t2", "m2", f"{PLANT}/2", date(2022, 12, 1), due=date(2023, 1, 20))
        history.tell(
            "m1",
            members.TransferCompleted(
                member_id="m1",
                transfer_id="t1",
                organization_path=path_of(f"{PLANT}/1"),
                outcome="left",
                on=date(2023, 2, 1),
            ),
        )
        reporting.reads(history.events)
        for as_of, found in (("2022-10-15", (1, 0)), ("2022-12-31", (2, 1)), ("2023-02-01", (1, 1))):
            whole = ask(as_of=as_of).json["whole"]
            assert (whole["in_transit"], whole["in_transit_overdue"]) == found

    def test_a_transfer_that_began_before_its_event_said_until_when(self, reporting, history, ask):
        moving = {"member_id": "m1", "transfer_id": "t1", "organization_path": path_of(f"{PLANT}/1")}
        begun = {"to_path": None, "temporary": False, "on": date(2022, 10, 1)}
        history.tell("m1", members.TransferStarted(**moving, **begun))
        told = {"kind": "transfer_start", "started_on": date(2022, 9, 1), "due_on": date(2022, 11, 25)}
        history.tell("t1", members.TransferClockTold(**moving, **told, on=date(2022, 12, 1)))
        reporting.reads(history.events)
        whole = ask(as_of="2022-12-31").json["whole"]
        assert (whole["in_transit"], whole["in_transit_overdue"]) == (1, 1)

    def test_small_organisations_are_kept_back_and_stand_last(self, reporting, the_year_2022, ask):
        for number in range(30):
            the_year_2022.member(f"more-{number}", f"{PLANT}/1")
        reporting.reads(the_year_2022.events)
        answer = ask(holding("working_group", KHOI), organization=PLANT, sort="-stages.education.cases").json
        assert answer["whole"]["pipeline"] is None  # the office beside it is small: subtraction would tell
        assert [item["pipeline"] for item in answer["items"]] == [None, None]
        assert answer["withheld"]
