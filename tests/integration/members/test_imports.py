"""Roster imports: upload, preview, execution, over HTTP and a real Mongo-wire server."""

from datetime import date, timedelta
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from services.members.imports import execution
from services.members.imports import preview as preview_module
from services.members.imports.job import run_imports
from shared.audit.verify import verify
from shared.imports import lease
from shared.workbook.limits import WorkbookLimits
from tests.integration.members.conftest import API, IMPORTS, version_of
from tests.integration.members.rosters import (
    CELL_1,
    CELL_2,
    CO_SO,
    EXPELLED,
    KHOI,
    ORGANIZATIONS,
    organization,
    person,
    workbook,
)
from tests.support.people import holding

pytestmark = pytest.mark.integration


def killed(*_, **__):
    raise KeyboardInterrupt


def all_members(caller, **query):
    return caller.get(f"{API}/members", limit=200, status="any", **query).json["items"]


class TestPreview:
    """The preview says what would be imported and what not, and why, and writes nothing."""

    def test_a_sound_roster(self, preview, board, rows):
        previewed = preview(workbook([person(number) for number in range(5)])).json
        figures = {
            name: previewed[name] for name in ("rows_ok", "rows_refused", "duplicates", "organizations")
        }
        assert previewed["state"] == "previewed"
        assert figures == {"rows_ok": 5, "rows_refused": 0, "duplicates": 0, "organizations": 4}
        assert previewed["total_rows"] == 9
        assert len(rows(previewed["id"], "ok")) == 5
        assert all_members(board) == []

    def test_two_members_with_one_card_are_both_refused_with_their_places(self, preview, rows):
        previewed = preview(
            workbook([person(1), person(2), person(3, card_number=person(1).card_number)])
        ).json
        refused = rows(previewed["id"])
        assert previewed["rows_ok"] == 1
        assert previewed["rows_refused"] == 2
        assert {item["code"] for item in refused} == {"duplicate_card_number"}
        assert len({item["row"] for item in refused}) == 2
        assert all("Số thẻ" in item["column"] for item in refused)

    def test_a_probationary_member_expelled_is_refused(self, preview, rows):
        previewed = preview(workbook([person(1, official_on=None, left=EXPELLED)])).json
        assert [item["code"] for item in rows(previewed["id"])] == ["probationary_expelled"]

    def test_a_file_that_is_not_the_form_fails_as_a_whole(self, preview, board):
        content = BytesIO()
        with ZipFile(BytesIO(workbook([person(1)]))) as given, ZipFile(content, "w", ZIP_DEFLATED) as changed:
            for part in given.infolist():
                data = given.read(part)
                changed.writestr(part.filename, data.replace("Quê quán".encode(), "Cột lạ".encode()))
        previewed = preview(content.getvalue()).json
        assert previewed["state"] == "failed"
        assert previewed["problem"]["code"] == "unknown_column"
        assert previewed["problem"]["sheet"] == "Đảng viên"
        answer = board.post(f"{IMPORTS}/{previewed['id']}/execute", version=99)
        assert answer.status_code == 412

    def test_an_interrupted_preview_begins_anew(self, upload, members, board, monkeypatch):
        made = upload(workbook([person(number) for number in range(3)]))
        with monkeypatch.context() as patched:
            patched.setattr(lease.Lease, "renew", killed)
            with pytest.raises(KeyboardInterrupt):
                run_imports(members.runtime)
        run_imports(members.runtime)
        assert board.get(f"{IMPORTS}/{made['id']}").json["state"] == "previewing"
        members.runtime.clock.move_to(members.runtime.clock.now() + timedelta(seconds=16))
        run_imports(members.runtime)
        found = board.get(f"{IMPORTS}/{made['id']}").json
        assert (found["state"], found["rows_ok"]) == ("previewed", 3)

    def test_a_file_that_breaks_the_reader_is_given_up(self, preview, members, monkeypatch):
        monkeypatch.setattr(preview_module, "read_roster", lambda *_, **__: 1 // 0)
        previewed = preview(workbook([person(1)])).json
        assert (previewed["state"], previewed["problem"]["code"]) == ("failed", "preview_broken")


class TestExecution:
    """What the preview found sound is written once, with events and audit."""

    def test_organisations_and_members_are_on_record(self, preview, execute, board, facts_told, members):
        done = execute(preview(workbook([person(1), person(2, CELL_2), person(3, official_on=None)])))
        assert (done["state"], done["imported_members"], done["imported_organizations"]) == ("done", 3, 4)
        cell = board.get(f"{API}/organizations", code=CELL_1).json["items"][0]
        assert len(cell["organization_path"]) == 3
        listed = all_members(board, organization=cell["id"])
        assert {item["status"] for item in listed} == {"official", "probationary"}
        told = [name for name, _ in facts_told()]
        assert told == ["OrganizationEstablished"] * 4 + ["MemberRegistered"] * 3
        assert verify(members.runtime.store).intact

    def test_who_had_left_comes_with_the_ending(self, preview, execute, board, facts_told):
        execute(preview(workbook([person(1, left=EXPELLED)])))
        item = all_members(board)[0]
        assert item["status"] == "left"
        assert [name for name, _ in facts_told()][-2:] == ["MemberRegistered", "MembershipEnded"]
        assert facts_told()[-1][1].mode == "expulsion"
        detail = board.get(f"{API}/members/{item['id']}").json
        assert detail["leaving"]["on"] == "2020-05-05"

    def test_refused_rows_stay_out(self, preview, execute, board):
        done = execute(
            preview(workbook([person(1), person(2), person(3, card_number=person(1).card_number)]))
        )
        assert done["imported_members"] == 1
        assert len(all_members(board)) == 1

    def test_the_same_file_again_brings_duplicates_only(self, preview, execute, board, rows):
        content = workbook(
            [person(1), person(2, card_number=None), person(3, card_number=None, dossier_number=None)]
        )
        execute(preview(content))
        again = preview(content)
        assert (again.json["rows_ok"], again.json["duplicates"], again.json["organizations"]) == (0, 3, 0)
        assert {item["code"] for item in rows(again.json["id"], "duplicate")} == {
            "known_card_number",
            "known_dossier_number",
            "known_name",
        }
        assert execute(again)["imported_members"] == 0
        assert len(all_members(board)) == 3

    def test_before_the_preview_has_ended_it_is_refused(self, upload, board):
        made = upload(workbook([person(1)]))
        answer = board.post(f"{IMPORTS}/{made['id']}/execute", version=1)
        assert (answer.status_code, answer.json["state"]) == (409, "uploaded")

    def test_a_second_order_is_refused(self, preview, execute, board):
        previewed = preview(workbook([person(1)]))
        execute(previewed)
        answer = board.post(f"{IMPORTS}/{previewed.json['id']}/execute", version=version_of(previewed))
        assert answer.status_code == 412

    def test_somebody_registered_meanwhile_is_not_doubled(self, preview, execute, board):
        execute(preview(workbook([person(1)])))
        previewed = preview(workbook([person(1), person(7)]))
        cell = board.get(f"{API}/organizations", code=CELL_1).json["items"][0]
        registered = board.post(
            f"{API}/members",
            {
                "full_name": "Người Khác",
                "admitted_on": "2012-03-01",
                "cell_id": cell["id"],
                "since": "2012-03-01",
                "card_number": person(7).card_number,
            },
        )
        assert registered.status_code == 201
        done = execute(previewed)
        assert (done["state"], done["imported_members"], done["duplicates"]) == ("done", 0, 2)

    def test_a_killed_execution_goes_on_without_doubling(self, preview, board, members, monkeypatch):
        monkeypatch.setattr("services.members.imports.preview.BATCH_ROWS", 2)
        previewed = preview(workbook([person(number) for number in range(7)]))
        address = f"{IMPORTS}/{previewed.json['id']}"
        assert board.post(f"{address}/execute", version=version_of(previewed)).status_code == 202
        written = execution._write_members
        with monkeypatch.context() as patched:

            def killed(tx, import_id, rows, scope, findings):
                count = written(tx, import_id, rows, scope, findings)
                if tx.collection("members").find_one({}) is not None:
                    raise KeyboardInterrupt
                return count

            patched.setattr(execution, "_write_members", killed)
            with pytest.raises(KeyboardInterrupt):
                run_imports(members.runtime)
        halfway = board.get(address).json
        assert (halfway["state"], halfway["imported_members"]) == ("executing", 2)
        members.runtime.clock.move_to(members.runtime.clock.now() + timedelta(seconds=16))
        run_imports(members.runtime)
        done = board.get(address).json
        assert (done["state"], done["imported_members"], done["progress"]) == ("done", 7, 11)
        assert len(all_members(board)) == 7
        outbox = members.runtime.store.collection("outbox")
        assert outbox.count_documents({}) == 4 + 7


class TestReach:
    """Nobody imports into organisations of others."""

    @pytest.fixture
    def clerk(self, members, preview, execute, board):
        """An officer of the grassroots organisation only; it and its cells are on record."""
        execute(preview(workbook([person(1)])))
        co_so = board.get(f"{API}/organizations", code=CO_SO).json["items"][0]
        return members.as_(holding("organizing_board", co_so["id"]))

    def test_a_cell_outside_the_subtree_is_refused(self, clerk, preview, execute, board, establish):
        khoi = board.get(f"{API}/organizations", parent_id="-").json["items"][0]
        establish("khac", khoi["id"], "grassroots", is_cell=True, code="38.168.009.000.000")
        other = organization("38.168.009.000.000", "Tổ chức khac", "chi_bo_co_so", KHOI)
        content = workbook([person(10), person(11, other.code)], [*ORGANIZATIONS, other])
        previewed = preview(content, caller=clerk)
        assert (previewed.json["rows_ok"], previewed.json["rows_refused"]) == (1, 1)
        listed = clerk.get(f"{IMPORTS}/{previewed.json['id']}/rows").json["items"]
        assert [item["code"] for item in listed] == ["outside_subtree"]
        assert execute(previewed, caller=clerk)["imported_members"] == 1

    def test_an_organisation_outside_the_subtree_is_refused(self, clerk, preview):
        foreign = organization("38.168.009.000.000", "Chi bộ Lạ", "chi_bo_co_so", "38.168.000.000.000")
        previewed = preview(workbook([person(9)], [*ORGANIZATIONS, foreign]), caller=clerk)
        listed = clerk.get(f"{IMPORTS}/{previewed.json['id']}/rows").json["items"]
        assert [item["code"] for item in listed] == ["outside_subtree"]

    def test_others_neither_see_nor_execute_it(self, members, preview, clerk):
        previewed = preview(workbook([person(20)]))
        assert clerk.get(f"{IMPORTS}/{previewed.json['id']}").status_code == 403
        assert clerk.post(f"{IMPORTS}/{previewed.json['id']}/execute", version=1).status_code == 403

    def test_a_secretary_may_not_import(self, members, upload):
        upload(workbook([person(1)]), caller=members.as_(holding("cell_secretary", "*")), expect=403)


class TestBadFiles:
    """A file that is no workbook, too large or a bomb is refused at the door."""

    def test_not_a_workbook(self, upload):
        refused = upload(b"Ho ten;So the\n", expect=422)
        assert refused["errors"][0]["code"] == "not_a_workbook"

    def test_a_bomb(self, upload):
        content = BytesIO()
        with ZipFile(content, "w", ZIP_DEFLATED) as archive:
            for name in ("[Content_Types].xml", "xl/workbook.xml"):
                archive.writestr(name, "<a/>")
            archive.writestr("xl/worksheets/sheet1.xml", b"0" * 30_000_000)
        assert upload(content.getvalue(), expect=422)["errors"][0]["code"] == "zip_bomb"

    def test_a_huge_upload(self, upload, monkeypatch):
        monkeypatch.setattr("services.members.api.imports.LIMITS", WorkbookLimits(file_bytes=1000))
        refused = upload(b"PK\x03\x04" + b"0" * 100_000, expect=413)
        assert refused["type"].endswith("too-large")

    def test_no_file(self, board):
        answer = board.post(IMPORTS, data={"reason": "x"}, content_type="multipart/form-data")
        assert answer.json["errors"][0]["pointer"] == "/file"

    def test_a_repeated_upload_gets_the_first_answer_and_leaves_no_file(self, upload, members):
        content = workbook([person(1)])
        first = upload(content, headers={"Idempotency-Key": "k1"})
        again = upload(content, headers={"Idempotency-Key": "k1"})
        assert first["id"] == again["id"]
        assert members.runtime.store.collection("import_files.files").count_documents({}) == 1

    def test_the_file_is_gone_once_it_was_read(self, preview, members):
        preview(workbook([person(1, exempt_from=date(2020, 1, 1))]))
        assert members.runtime.store.collection("import_files.chunks").count_documents({}) == 0
