"""A report on its way: frozen, signed, corrected, sent up, taken in and added up elsewhere."""

from datetime import UTC, date, datetime

import pytest

from services.reporting.domain.frozen_report import canonical, sha256_of
from tests.integration.reporting.history import KHOI, PLANT
from tests.support.people import holding

pytestmark = pytest.mark.integration

FROZEN = "/api/reporting/frozen-reports"
BOARD = holding("organizing_board", "*")
STANDING = holding("standing_committee", KHOI)
PAPER = {"paper": {"number": "07-BC/ĐUK", "issued_on": "2023-01-10", "issuer": "Đảng ủy Khối"}}


@pytest.fixture
def frozen(reporting, the_year_2022):
    """The Khối's report of 2022, frozen by the board."""
    reporting.reads(the_year_2022.events)
    answer = reporting.front.as_(BOARD).post(FROZEN, {"organization": KHOI, "period": "2022"})
    assert answer.status_code == 201, answer.json
    return answer.json


@pytest.fixture
def package(reporting, frozen):
    """The package of the signed report."""
    assert signed(reporting, frozen).status_code == 200
    return sent_up(reporting, frozen["id"])


@pytest.fixture
def above(reporting):
    """The instance that takes packages in; one process can open only one, so it is the sender's own."""
    return reporting


def signed(reporting, frozen, actor=STANDING, version=1):
    return reporting.front.as_(actor).post(f"{FROZEN}/{frozen['id']}/signature", PAPER, version=version)


def sent_up(reporting, report_id):
    answer = reporting.front.as_(BOARD).get(f"{FROZEN}/{report_id}/package", reason="Gửi cấp trên")
    assert answer.status_code == 200, answer.json
    return answer.get_json()


def corrected(reporting, history, frozen, version):
    """A listing of 2022 that became known late, and the correction for it."""
    known = len(history.events)
    history.listed("late", f"{PLANT}/1", date(2022, 12, 1), recorded=datetime(2026, 1, 10, tzinfo=UTC))
    reporting.reads(history.events[known:])
    return reporting.front.as_(BOARD).post(
        f"{FROZEN}/{frozen['id']}/correction", {"reason": "Chi bộ 1 ghi muộn"}, version=version
    )


class TestFreezing:
    """A frozen report has a number and a hash and stays as it is, whatever happens later."""

    def test_number_and_hash(self, reporting, frozen):
        assert (frozen["year"], frozen["serial"], frozen["revision"]) == (2026, 1, 1)
        shown = reporting.front.as_(BOARD).get(f"{FROZEN}/{frozen['id']}").json
        assert sha256_of(canonical(shown["report"])) == frozen["sha256"]
        second = reporting.front.as_(BOARD).post(FROZEN, {"organization": KHOI, "period": "2021"})
        assert second.json["serial"] == 2

    def test_later_events_do_not_change_it(self, reporting, the_year_2022, frozen):
        before = reporting.front.as_(BOARD).get(f"{FROZEN}/{frozen['id']}").json["report"]
        the_year_2022.listed("later", f"{PLANT}/1", date(2022, 12, 2))
        reporting.reads(the_year_2022.events[-3:])
        assert reporting.front.as_(BOARD).get(f"{FROZEN}/{frozen['id']}").json["report"] == before

    def test_as_a_file(self, reporting, frozen):
        answer = reporting.front.as_(BOARD).get(f"{FROZEN}/{frozen['id']}/file", format="pdf", reason="In ra")
        assert answer.data.startswith(b"%PDF")


class TestSigning:
    """The organisation's own committee signs; then it is published."""

    def test_the_event(self, reporting, frozen):
        answer = signed(reporting, frozen)
        assert [event["type"] for event in answer.json["events"]] == ["vn.khoi.reporting.ReportPublished.v1"]
        assert answer.json["signature"]["role_title"] == "Ban Thường vụ Đảng ủy Khối"

    def test_not_twice_nor_for_another_organisation(self, reporting, frozen):
        part = reporting.front.as_(BOARD).post(FROZEN, {"organization": PLANT, "period": "2022"}).json
        assert signed(reporting, part).status_code == 422
        assert signed(reporting, frozen).status_code == 200
        assert signed(reporting, frozen, version=2).status_code == 422

    def test_unsigned_it_does_not_go_up(self, reporting, frozen):
        answer = reporting.front.as_(BOARD).get(f"{FROZEN}/{frozen['id']}/package", reason="Gửi")
        assert answer.status_code == 409


class TestCorrection:
    """A correction is a new version that says what changed and why; the earlier one stays."""

    def test_what_changed_and_why(self, reporting, the_year_2022, frozen):
        answer = corrected(reporting, the_year_2022, frozen, 1)
        assert answer.status_code == 201, answer.json
        assert (answer.json["serial"], answer.json["revision"]) == (1, 2)
        correction = answer.json["corrects"]
        assert (correction["reason"], correction["sha256"]) == ("Chi bộ 1 ghi muộn", frozen["sha256"])
        assert {each["figure"]: (each["before"], each["after"]) for each in correction["differences"]} == {
            "listed": (5, 6),
            "listed.by_criterion.C1": (3, 4),
            "continuing": (2, 3),
        }
        items = reporting.front.as_(BOARD).get(FROZEN, organization=KHOI).json["items"]
        assert [(item["revision"], item["replaced_by"]) for item in items] == [
            (1, answer.json["id"]),
            (2, None),
        ]

    def test_without_a_change_there_is_none(self, reporting, frozen):
        answer = reporting.front.as_(BOARD).post(
            f"{FROZEN}/{frozen['id']}/correction", {"reason": "Xem lại"}, version=1
        )
        assert answer.status_code == 422


class TestAbove:
    """The level above takes packages of several deployments, checks them and adds them up."""

    def test_two_khoi_are_added_up(self, above, package):
        other = {**package, "source": "/khoi/khac/reporting", "report_id": "another"}
        for each in (package, other):
            answer = above.front.as_(BOARD).post("/api/reporting/received-reports", each)
            assert answer.status_code == 201, answer.json
        found = above.front.as_(BOARD).get("/api/reporting/consolidated-report", period="2022").json
        assert found["holds"]
        assert found["report"]["figures"]["listed"] == {
            "total": 10,
            "by_criterion": {"C1": 6, "C2": 2, "C3": 2},
        }
        assert {each["sha256"] for each in found["reports"]} == {package["sha256"]}
        file = above.front.as_(BOARD).get(
            "/api/reporting/consolidated-report/file", period="2022", format="xlsx", reason="Tổng hợp năm"
        )
        assert file.data.startswith(b"PK")

    def test_a_correction_takes_the_place_of_what_it_names(
        self, reporting, above, the_year_2022, frozen, package
    ):
        second = corrected(reporting, the_year_2022, frozen, 2).json
        assert signed(reporting, second).status_code == 200
        caller = above.front.as_(BOARD)
        for each in (package, sent_up(reporting, second["id"])):
            assert caller.post("/api/reporting/received-reports", each).status_code == 201
        found = caller.get("/api/reporting/consolidated-report", period="2022").json
        assert [each["revision"] for each in found["reports"]] == [2]
        assert found["report"]["figures"]["listed"]["total"] == 6
        assert len(caller.get("/api/reporting/received-reports").json["items"]) == 2

    def test_what_is_refused(self, above, package):
        caller = above.front.as_(BOARD)
        changed = {**package, "report": {**package["report"], "as_of": "2026-01-14"}}
        assert caller.post("/api/reporting/received-reports", changed).json["errors"][0]["code"] == "hash"
        assert caller.post("/api/reporting/received-reports", package).status_code == 201
        assert caller.post("/api/reporting/received-reports", package).status_code == 409
        another = {**changed, "sha256": sha256_of(canonical(changed["report"]))}
        refused = caller.post("/api/reporting/received-reports", another)
        assert refused.json["errors"][0]["code"] == "second_report"
