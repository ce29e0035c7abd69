"""The screening report over HTTP, from events to figures."""

from datetime import UTC, date, datetime

import pytest

from services.reporting.domain.screening_report import read_report
from services.reporting.exports.console import text_table
from shared.events.catalogue import reviews
from tests.integration.reporting.history import DECISION, KHOI, OFFICE, PLANT, path_of
from tests.support.people import a_member, holding

pytestmark = pytest.mark.integration

REPORT = "/api/reporting/screening-report"
BOARD = holding("organizing_board", "*")


@pytest.fixture
def report_of(reporting):
    """Return what the board is shown of an organisation for 2022 unless another period is named."""

    def ask(organization, **query):
        query.setdefault("period", "2022" if "from" not in query else None)
        answer = reporting.front.as_(BOARD).get(
            REPORT, organization=organization, **{name: value for name, value in query.items() if value}
        )
        assert answer.status_code == 200, answer.json
        return answer.json

    return ask


def flat(report):
    return {key: count for key, count in read_report(report).figures.flat().items() if count}


class TestReport:
    """Figures of any node of the tree follow from the events, and they balance."""

    def test_the_khoi(self, reporting, the_year_2022, report_of):
        reporting.reads(the_year_2022.events)
        report = report_of(KHOI)
        assert flat(report) == {
            "opening": 1,
            "listed": 5,
            "listed.by_criterion.C1": 3,
            "listed.by_criterion.C2": 1,
            "listed.by_criterion.C3": 1,
            "recognized": 1,
            "transferred_out": 1,
            "removed_from_list": 1,
            "removed_from_list.by_mode.name_removal": 1,
            "removed_from_list.by_ground.X4": 1,
            "removed_outside_list": 1,
            "removed_outside_list.by_mode.name_removal": 1,
            "removed_outside_list.by_ground.X1": 1,
            "removed_outside_list.probationary": 1,
            "other_exits": 1,
            "other_exits.by_reason.death": 1,
            "continuing": 2,
        }
        assert report["balance"]["holds"]
        assert report["organization"]["name"] == "Đảng bộ Khối mẫu"
        assert report["organization"]["level_name"] == "Đảng bộ Khối"
        assert report["applied"]["members"]["events"] == 11
        assert report["applied"]["reviews"]["events"] == len(the_year_2022.events) - 11

    def test_a_move_inside_is_seen_by_the_organisations_it_leaves_and_reaches(
        self, reporting, the_year_2022, report_of
    ):
        reporting.reads(the_year_2022.events)
        plant, office = flat(report_of(PLANT)), flat(report_of(OFFICE))
        assert (plant["transferred_out"], plant["continuing"]) == (2, 1)
        assert (office["transferred_in"], office["continuing"]) == (1, 1)
        assert report_of(PLANT)["balance"]["holds"]
        assert report_of(OFFICE)["balance"]["holds"]

    def test_one_cell(self, reporting, the_year_2022, report_of):
        reporting.reads(the_year_2022.events)
        report = report_of(f"{PLANT}/2")
        assert flat(report) == {
            "listed": 2,
            "listed.by_criterion.C1": 2,
            "transferred_out": 1,
            "continuing": 1,
        }
        assert report["organization"]["superior_name"] == "Đảng bộ Nhà máy mẫu"

    def test_a_reversed_removal(self, reporting, history, report_of):
        history.removed("back", f"{PLANT}/1", date(2021, 5, 1), direct=True)
        history.case("back", reviews.RemovalReversed, date(2022, 8, 1), f"{PLANT}/1", decision=DECISION)
        history.closed("back", f"{PLANT}/1", date(2022, 8, 1), outcome="restored")
        reporting.reads(history.events)
        assert flat(report_of(KHOI)) == {"reversed": 1}

    def test_a_case_that_was_never_listed_counts_nowhere(self, reporting, history, report_of):
        history.case(
            "dropped",
            reviews.CandidateProposed,
            date(2022, 3, 1),
            f"{PLANT}/1",
            round_id=None,
            criterion="C1",
            probationary=False,
            profile="hd02",
        )
        history.closed("dropped", f"{PLANT}/1", date(2022, 4, 1), outcome="dropped")
        reporting.reads(history.events)
        assert flat(report_of(KHOI)) == {}

    def test_a_report_prints(self, reporting, the_year_2022, report_of):
        reporting.reads(the_year_2022.events)
        table = text_table([read_report(report_of(KHOI))])
        assert "Đảng bộ Khối mẫu" in table

    @pytest.mark.parametrize(
        "query", [{"period": "2022-13"}, {"period": "term", "from": "2020-01-01"}, {"from": "2022-01-01"}]
    )
    def test_a_period_that_cannot_be_read_is_named(self, reporting, history, query):
        reporting.reads(history.events)
        answer = reporting.front.as_(BOARD).get(REPORT, organization=KHOI, **query)
        assert answer.status_code == 422
        assert answer.json["errors"][0]["pointer"].startswith("/query/")

    def test_a_term_says_that_its_days_are_assumed(self, reporting, history, report_of):
        reporting.reads(history.events)
        report = report_of(KHOI, period="term:2020–2025")
        assert any("nhiệm kỳ" in assumption for assumption in report["assumptions"])


class TestBalance:
    """A balance that does not hold is shown, counted as a metric and logged with its cases."""

    def test_a_case_that_was_listed_twice(self, reporting, history, report_of, caplog):
        history.listed("twice", f"{PLANT}/1", date(2022, 3, 1))
        history.listed("twice", f"{PLANT}/1", date(2022, 4, 1))
        reporting.reads(history.events)
        report = report_of(PLANT)
        assert report["balance"]["unreconciled"] == 1
        assert not report["balance"]["holds"]
        assert "twice" in caplog.text
        metrics = reporting.front.app.test_client().get("/metrics").text
        assert 'khoi_report_unbalanced_cases_total{organization="plant"}' in metrics


class TestAsOf:
    """A report of an earlier day knows what was known then, though it was backdated later."""

    def test_a_listing_that_was_recorded_late(self, reporting, history, report_of):
        late = datetime(2023, 6, 1, 3, 0, tzinfo=UTC)
        history.listed("late", f"{PLANT}/1", date(2022, 3, 1), recorded=late)
        reporting.reads(history.events)
        assert flat(report_of(PLANT, as_of="2023-05-31")) == {}
        assert flat(report_of(PLANT, as_of="2023-06-01"))["listed"] == 1

    def test_an_earlier_report_comes_out_the_same_after_later_steps(self, reporting, history, report_of):
        history.listed("c", f"{PLANT}/1", date(2022, 3, 1))
        reporting.reads(history.events)
        before = flat(report_of(KHOI, as_of="2022-12-31"))
        known = len(history.events)
        history.recognized("c", f"{PLANT}/1", date(2022, 10, 1), recorded=datetime(2023, 2, 1, tzinfo=UTC))
        reporting.reads(history.events[known:])
        assert flat(report_of(KHOI, as_of="2022-12-31")) == before
        assert flat(report_of(KHOI))["recognized"] == 1


class TestTree:
    """A case counts where its cell stood on the day, not where it stands now."""

    @pytest.fixture
    def reorganized(self, history):
        """The plant's first cell comes under the office on 1 July 2022; its case goes on."""
        history.listed("stays", f"{PLANT}/1", date(2022, 2, 1))
        history.changed(
            f"{PLANT}/1",
            [KHOI, OFFICE, f"{PLANT}/1"],
            on=date(2022, 7, 1),
            name="Chi bộ 1 (chuyển về)",
            level="chi_bo_truc_thuoc",
            is_cell=True,
        )
        return history

    def test_the_organisations_it_left_and_reached(self, reporting, reorganized, report_of):
        reporting.reads(reorganized.events)
        assert flat(report_of(PLANT)) == {
            "listed": 1,
            "listed.by_criterion.C1": 1,
            "other_exits": 1,
            "other_exits.by_reason.reorganization": 1,
        }
        assert flat(report_of(OFFICE)) == {"transferred_in": 1, "continuing": 1}
        assert flat(report_of(KHOI))["continuing"] == 1
        assert report_of(PLANT)["balance"]["holds"]
        assert report_of(OFFICE)["balance"]["holds"]

    def test_before_the_move_the_tree_is_the_old_one(self, reporting, reorganized, report_of):
        reporting.reads(reorganized.events)
        first_half = {"period": "2022-H1"}
        assert flat(report_of(PLANT, **first_half))["continuing"] == 1
        assert flat(report_of(OFFICE, **first_half)) == {}
        assert report_of(f"{PLANT}/1", **first_half)["organization"]["name"] == "Chi bộ 1"
        assert report_of(f"{PLANT}/1")["organization"]["name"] == "Chi bộ 1 (chuyển về)"

    def test_the_move_may_arrive_before_or_after_the_case(self, reporting, reorganized, report_of):
        reviews_first = sorted(reorganized.events, key=lambda told: "reviews" not in told[0].source)
        reporting.reads(reviews_first)
        assert flat(report_of(OFFICE)) == {"transferred_in": 1, "continuing": 1}

    def test_whoever_lost_the_cell_no_longer_reads_it(self, reporting, reorganized):
        reporting.reads(reorganized.events)
        for organization, status in ((PLANT, 403), (OFFICE, 200)):
            caller = reporting.front.as_(holding("grassroots_committee", organization))
            assert caller.get(REPORT, organization=f"{PLANT}/1", period="2022").status_code == status


class TestAccess:
    """A report is for those whose organisation it is about or stands above it."""

    @pytest.mark.parametrize(
        ("actor", "status"),
        [
            (holding("cell_secretary", f"{PLANT}/1"), 200),
            (holding("grassroots_committee", PLANT), 200),
            (holding("standing_committee", KHOI), 200),
            (holding("working_group", PLANT), 200),
            (holding("cell_secretary", f"{PLANT}/2"), 403),
            (holding("grassroots_committee", OFFICE), 403),
            (holding("auditor", "*"), 403),
            (holding("operator", "*"), 403),
            (a_member("m1"), 403),
        ],
        ids=lambda value: value.subject if hasattr(value, "subject") else str(value),
    )
    def test_of_a_cell(self, reporting, history, actor, status):
        reporting.reads(history.events)
        answer = reporting.front.as_(actor).get(REPORT, organization=path_of(f"{PLANT}/1")[-1], period="2022")
        assert answer.status_code == status

    def test_an_unknown_organisation(self, reporting, history):
        reporting.reads(history.events)
        answer = reporting.front.as_(BOARD).get(REPORT, organization="nowhere", period="2022")
        assert answer.status_code == 404
