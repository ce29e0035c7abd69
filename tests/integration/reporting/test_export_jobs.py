"""Ordered exports: made by the worker, seen by who ordered them, gone on with after a crash, removed in time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.reporting.documents import ExportJob
from services.reporting.domain.screening_report import read_report
from services.reporting.export_jobs import job, parts
from services.reporting.export_jobs.contents import CONTENTS
from shared.jobs.lease import LEASE
from tests.integration.reporting.history import KHOI, OFFICE, PLANT
from tests.support.exported import READERS, counted_in, from_json
from tests.support.people import holding

pytestmark = pytest.mark.integration

EXPORTS = "/api/reporting/exports"
REPORT = "/api/reporting/screening-report"
BOARD = holding("organizing_board", "*")
ALL = [KHOI, PLANT, OFFICE, f"{PLANT}/1", f"{PLANT}/2", f"{OFFICE}/1", f"{OFFICE}/2"]


@pytest.fixture
def order(reporting, the_year_2022):
    """Order a file once the year has been read; returns the export as answered."""
    reporting.reads(the_year_2022.events)

    def ordered(actor=BOARD, status=202, **given):
        body = {
            "what": "screening_report",
            "organizations": ALL,
            "period": "2022",
            "format": "xlsx",
            "reason": "Báo cáo năm",
            **given,
        }
        answer = reporting.front.as_(actor).post(EXPORTS, body)
        assert answer.status_code == status, answer.json
        if status == 202:
            assert answer.headers["Location"] == f"{EXPORTS}/{answer.json['id']}"
        return answer.json

    return ordered


@pytest.fixture
def look(reporting):
    def looked(export, actor=BOARD, address=""):
        return reporting.front.as_(actor).get(f"{EXPORTS}/{export['id']}{address}")

    return looked


@pytest.fixture
def works(reporting):
    """One turn of the worker."""
    return lambda: job.run_exports(reporting.front.runtime)


@pytest.fixture
def passes(reporting):
    """Let time pass."""
    clock = reporting.front.runtime.clock
    return lambda time: clock.move_to(clock.now() + time)


class TestFile:
    """The file of the worker holds what the API says, in every format."""

    @pytest.mark.parametrize("format_", READERS)
    def test_same_figures_as_the_api(self, reporting, order, look, works, format_):
        export = order(format=format_)
        assert (export["state"], export["progress"], export["total"]) == ("ordered", 0, 7)
        works()
        done = look(export).json
        assert (done["state"], done["progress"]) == ("done", 7)
        answer = look(export, address="/file")
        assert answer.headers["Content-Disposition"].endswith(done["file_name"])
        told = [reporting.front.as_(BOARD).get(REPORT, organization=each, period="2022").json for each in ALL]
        reports = [read_report(each) for each in told]
        assert READERS[format_](answer.data, reports) == counted_in(reports)

    def test_a_large_one_is_made_by_a_process_of_its_own(self, reporting, order, look, works, monkeypatch):
        monkeypatch.setattr(job, "APART_FROM_BYTES", 1)
        export = order(format="json")
        works()
        counted = from_json(look(export, address="/file").data, [])
        assert {number for number, _ in counted} == set(range(len(ALL)))

    def test_others_of_one_part(self, reporting, order, look, works):
        frozen = reporting.front.as_(BOARD).post(
            "/api/reporting/frozen-reports", {"organization": PLANT, "period": "2022"}
        )
        for given in (
            {"what": "pipeline", "organizations": [KHOI], "format": "pdf"},
            {"what": "frozen_report", "report_id": frozen.json["id"], "format": "docx"},
        ):
            export = order(**given)
            works()
            assert look(export).json["state"] == "done"
            assert look(export, address="/file").status_code == 200
        assert reporting.store.collection(parts.PARTS).count_documents({}) == 0
        assert reporting.store.collection(parts.PARTS).count_documents({}) == 0

    def test_with_those_below(self, order):
        assert order(organizations=[PLANT], with_below=True)["request"]["organizations"] == [
            PLANT,
            f"{PLANT}/1",
            f"{PLANT}/2",
        ]

    def test_what_cannot_be_made_says_why(self, order, look, works):
        export = order(what="consolidated_report")
        works()
        failed = look(export).json
        assert (failed["state"], failed["problem"]["code"]) == ("failed", "not-found")
        assert look(export, address="/file").status_code == 410

    def test_the_reason_is_asked_and_on_record(self, reporting, order, look, works):
        order(status=422, reason="")
        export = order(organizations=[PLANT], reason="Theo yêu cầu của Ban Thường vụ")
        works()
        look(export, address="/file")
        items = reporting.front.as_(holding("auditor", "*")).get("/api/reporting/audit").json["items"]
        told = [(entry["action"], entry["subject"], entry["reason"]) for entry in items]
        reason = "Theo yêu cầu của Ban Thường vụ"
        assert [each for each in told if each[2] == reason] == [
            ("export.order", export["id"], reason),
            ("report.export", PLANT, reason),
            ("export.fetch", export["id"], reason),
        ]


class TestAccess:
    """Seen by whoever ordered it, for as long as the right is there."""

    def test_nobody_else_sees_it(self, reporting, order, look, works):
        export = order()
        works()
        other = holding("organizing_board", "*", subject="another")
        assert look(export, other).status_code == 404
        assert look(export, other, "/file").status_code == 404
        assert reporting.front.as_(other).get(EXPORTS).json["items"] == []
        assert [each["id"] for each in reporting.front.as_(BOARD).get(EXPORTS).json["items"]] == [
            export["id"]
        ]

    def test_one_organisation_out_of_reach_refuses_the_whole(self, order):
        order(holding("grassroots_committee", PLANT), status=403)
        order(holding("grassroots_committee", KHOI), status=403, what="consolidated_report")

    def test_a_right_that_is_gone_cancels_it(self, reporting, order, look, works):
        export = order(holding("grassroots_committee", KHOI, subject="secretary"))
        works()
        moved = holding("grassroots_committee", OFFICE, subject="secretary")
        assert look(export, moved, "/file").status_code == 403
        raw = reporting.store.collection(ExportJob.kind()).find_one({"_id": export["id"]})
        assert (raw["state"], raw["problem"]["code"]) == ("cancelled", "right_gone")
        assert reporting.store.collection("export_files.files").find_one({"_id": export["id"]}) is None

    def test_an_organisation_that_moves_away_meanwhile(self, reporting, history, order, look, works):
        secretary = holding("grassroots_committee", PLANT)
        export = order(secretary, organizations=[f"{PLANT}/1", f"{PLANT}/2"])
        told = len(history.events)
        path = [KHOI, OFFICE, f"{PLANT}/2"]
        history.changed(
            f"{PLANT}/2",
            path,
            on=history.events[-1][1].on,
            name="Chi bộ 2",
            level="chi_bo_truc_thuoc",
            is_cell=True,
        )
        reporting.reads(history.events[told:])
        works()
        raw = reporting.store.collection(ExportJob.kind()).find_one({"_id": export["id"]})
        assert (raw["state"], raw["problem"]["code"]) == ("cancelled", "right_gone")

    def test_called_off(self, reporting, order, look, works):
        export = order()
        answer = reporting.front.as_(BOARD).post(f"{EXPORTS}/{export['id']}/cancel")
        assert (answer.status_code, answer.json["state"]) == (200, "cancelled")
        works()
        assert look(export, address="/file").status_code == 410


class TestWorker:
    """A worker that dies is followed by another, which goes on where it stopped."""

    def test_goes_on_after_a_crash(self, order, look, works, monkeypatch, passes):
        export = order(format="json")
        content = CONTENTS["screening_report"]
        counted = []
        count = content.part

        def dying(*args):
            counted.append(args[-1])
            if len(counted) == 4:
                raise SystemExit
            return count(*args)

        monkeypatch.setattr(content, "part", dying, raising=False)
        with pytest.raises(SystemExit):
            works()
        assert (look(export).json["state"], look(export).json["progress"]) == ("executing", 3)
        works()
        assert look(export).json["progress"] == 3  # the dead worker's lease still holds
        passes(LEASE + timedelta(seconds=1))
        works()
        assert look(export).json["state"] == "done"
        assert counted == [0, 1, 2, 3, 3, 4, 5, 6]
        assert len(from_json(look(export, address="/file").data, [])) >= len(ALL)

    def test_a_part_that_kills_every_worker_is_given_up(self, order, look, works, monkeypatch, passes):
        export = order()

        def dying(*_):
            raise SystemExit

        monkeypatch.setattr(CONTENTS["screening_report"], "part", dying, raising=False)
        for _ in range(job.MAX_ATTEMPTS):
            with pytest.raises(SystemExit):
                works()
            passes(LEASE + timedelta(seconds=1))
        works()
        assert look(export).json["problem"]["code"] == "export_broken"

    def test_the_file_is_kept_for_a_time(self, reporting, order, look, works, passes):
        export = order()
        works()
        passes(timedelta(days=8))
        assert look(export, address="/file").status_code == 410
        job.sweep_exports(reporting.front.runtime)
        assert look(export).json["state"] == "expired"
        assert reporting.store.collection("export_files.files").find_one({"_id": export["id"]}) is None
