"""From a figure to its cases, and to one case: for those who may, and never unseen."""

from datetime import date

import pytest

from tests.integration.reporting.history import KHOI, OFFICE, PLANT
from tests.support.people import a_member, holding

pytestmark = pytest.mark.integration

CASES = "/api/reporting/screening-report/cases"
BOARD = holding("organizing_board", "*")
AUDITOR = holding("auditor", "*")


@pytest.fixture
def after_2022(reporting, the_year_2022):
    reporting.reads(the_year_2022.events)
    return reporting


def audited(reporting, **query):
    """Return what the audit says: action, subject and member of each entry."""
    entries = reporting.front.as_(AUDITOR).get("/api/reporting/audit", **query).json["items"]
    return [(entry["action"], entry["subject"], entry["member_id"]) for entry in entries]


class TestCasesOfAFigure:
    """Every figure opens to exactly the cases counted in it."""

    @pytest.mark.parametrize(
        ("figure", "cases"),
        [
            ("opening", ["removed"]),
            ("listed.by_criterion.C1", ["continuing", "moved", "recognized"]),
            ("removed_outside_list", ["direct"]),
            ("continuing", ["continuing", "moved"]),
            ("reversed", []),
            ("listed.by_criterion.C4b", []),
        ],
    )
    def test_by_its_key(self, after_2022, figure, cases):
        answer = after_2022.front.as_(BOARD).get(CASES, organization=KHOI, period="2022", figure=figure)
        assert answer.status_code == 200
        assert [case["case_id"] for case in answer.json["cases"]] == cases
        assert answer.json["count"] == len(cases)
        assert answer.json["applied"]["reviews"]["events"] > 0

    def test_an_unknown_figure(self, after_2022):
        answer = after_2022.front.as_(BOARD).get(CASES, organization=KHOI, period="2022", figure="score")
        assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, "/query/figure")

    def test_each_member_whose_case_was_read_is_named_in_the_audit(self, after_2022):
        after_2022.front.as_(BOARD).get(CASES, organization=KHOI, period="2022", figure="continuing")
        assert audited(after_2022) == [
            ("report.cases", KHOI, None),
            ("case.read", "continuing", "member-of-continuing"),
            ("case.read", "moved", "member-of-moved"),
        ]

    @pytest.mark.parametrize(
        ("actor", "status"),
        [
            (holding("grassroots_committee", PLANT), 200),
            (holding("grassroots_committee", OFFICE), 403),
            (holding("cell_secretary", f"{PLANT}/1"), 403),
            (holding("working_group", PLANT), 403),
            (a_member("member-of-continuing"), 403),
        ],
        ids=lambda value: value.subject if hasattr(value, "subject") else str(value),
    )
    def test_access(self, after_2022, actor, status):
        answer = after_2022.front.as_(actor).get(CASES, organization=PLANT, period="2022", figure="listed")
        assert answer.status_code == status


class TestCase:
    """One case, step by step, without a name."""

    def test_its_steps(self, after_2022):
        answer = after_2022.front.as_(BOARD).get("/api/reporting/cases/moved")
        assert [step["event"] for step in answer.json["events"]] == [
            "CandidateProposed",
            "BallotRecorded",
            "MemberFlagged",
            "CaseTransferred",
        ]
        assert answer.json["organization_path"] == [KHOI, OFFICE, f"{OFFICE}/1"]
        assert answer.json["on_list"] is True
        assert audited(after_2022, subject="moved") == [("case.read", "moved", "member-of-moved")]

    @pytest.mark.parametrize(
        ("actor", "status"),
        [
            (holding("cell_secretary", f"{OFFICE}/1"), 200),
            (holding("grassroots_committee", OFFICE), 200),
            (holding("cell_secretary", f"{PLANT}/2"), 403),
            (holding("auditor", "*"), 403),
        ],
        ids=lambda value: value.subject if hasattr(value, "subject") else str(value),
    )
    def test_where_it_stands_now_decides_who_reads_it(self, after_2022, actor, status):
        assert after_2022.front.as_(actor).get("/api/reporting/cases/moved").status_code == status

    def test_a_case_that_is_not_known(self, after_2022):
        assert after_2022.front.as_(BOARD).get("/api/reporting/cases/none").status_code == 404


class TestWaitingForOnesOwnWrite:
    """A client learns when its own step has reached the reports."""

    def test_by_the_record(self, reporting, history):
        history.listed("c", f"{PLANT}/1", date(2022, 2, 1))
        secretary = reporting.front.as_(holding("cell_secretary", f"{PLANT}/1"))
        *before, last = history.events
        reporting.reads(before)
        assert secretary.get("/api/reporting/progress/reviews/c").json["sequence"] == 2
        reporting.reads([last])
        assert secretary.get("/api/reporting/progress/reviews/c").json["sequence"] == 3

    def test_by_the_number_of_events(self, reporting, history):
        history.listed("c", f"{PLANT}/1", date(2022, 2, 1))
        reporting.reads(history.events)
        applied = reporting.front.as_(BOARD).get("/api/reporting/progress").json["applied"]
        assert {source: reached["events"] for source, reached in applied.items()} == {
            "members": 11,
            "reviews": 3,
        }
