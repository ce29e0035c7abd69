"""Sensitive fields are kept only where the deployment turns them on: Luật 91/2025/QH15, dữ liệu cá nhân nhạy cảm."""

from io import BytesIO

import openpyxl
import pytest

from services.members.held import HELD
from shared.settings import Settings
from tests.integration.members.rosters import CELL_1, person, workbook
from tests.support.people import a_member, holding

pytestmark = pytest.mark.integration

API = "/api/members"
CITIZEN_ID = "038080001234"


def fields(caller, member, *, expect=200):
    answer = caller.get(f"{API}/members/{member['id']}/optional-fields")
    assert answer.status_code == expect, answer.json
    return answer.json


def put(caller, member, *, expect=200, **values):
    shown = caller.get(f"{API}/members/{member['id']}").json
    answer = caller.patch(f"{API}/members/{member['id']}/optional-fields", values, version=shown["version"])
    assert answer.status_code == expect, answer.json
    return answer.json


def the_list(members):
    """A DS_DANGVIEN as the level above hands it down, with the column of citizen ids."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(
        [
            "STT",
            "Họ và tên",
            "Số CCCD",
            "Ngày sinh",
            "Ngày kết nạp",
            "Chi bộ đang sinh hoạt",
            "Số thẻ Đảng viên",
        ]
    )
    for row in members:
        sheet.append(row)
    target = BytesIO()
    book.save(target)
    return target.getvalue()


class TestOff:
    """By default nothing of it is kept, from no source."""

    def test_it_is_refused(self, board, register):
        member = register()
        told = put(board, member, expect=422, ethnicity="Kinh")
        assert [each["code"] for each in told["errors"]] == ["field_not_kept"]
        assert fields(board, member)["values"] == {}

    def test_a_list_is_read_without_it_and_says_so(self, board, preview, execute, rows, members):
        done = execute(preview(workbook([person(1)])))
        again = preview(
            the_list([[1, "Lê Văn Thử B", CITIZEN_ID, None, "01/03/2012", CELL_1, "038168000001"]])
        )
        assert [each["code"] for each in rows(again.json["id"], "note")] == ["citizen_id_not_kept"]
        assert done["state"] == "done"
        assert (
            members.runtime.store.collection("members").find_one({"optional.citizen_id": {"$exists": True}})
            is None
        )


class TestOn:
    """What is turned on is stored, shown to whom the table grants it, and exported for them."""

    @pytest.fixture
    def settings(self, mongodb_url, deployment):
        return Settings(
            khoi_id=deployment,
            mongodb_url=mongodb_url,
            optional_fields=("citizen_id", "ethnicity", "religion"),
        )

    def test_who_sees_it(self, members, board, register):
        member = register()
        put(board, member, citizen_id="038 080 001 234", ethnicity="Kinh")
        secretary = members.as_(holding("cell_secretary", "chi-bo-1"))
        assert fields(secretary, member)["values"] == {
            "citizen_id": CITIZEN_ID,
            "ethnicity": "Kinh",
            "religion": None,
        }
        assert fields(members.as_(a_member(member["id"])), member)["values"]["ethnicity"] == "Kinh"
        fields(members.as_(holding("grassroots_committee", "co-so")), member, expect=403)
        fields(members.as_(holding("cell_secretary", "chi-bo-2")), member, expect=403)
        assert "Kinh" not in board.get(f"{API}/members/{member['id']}").get_data(as_text=True)

    def test_what_cannot_be(self, board, register):
        member = register()
        told = put(board, member, expect=422, citizen_id="12345", family="Không lưu")
        assert {each["code"] for each in told["errors"]} == {"citizen_id_length", "field_not_kept"}

    def test_neither_event_nor_audit_says_what(self, members, board, register, facts_told):
        member = register()
        told = len(facts_told())
        put(board, member, citizen_id=CITIZEN_ID)
        fields(board, member)
        assert len(facts_told()) == told
        audit = list(members.runtime.store.collection("audit").find({"subject": member["id"]}))
        assert [each["action"] for each in audit][-2:] == ["member.change_optional", "member.read_optional"]
        assert CITIZEN_ID not in str(audit)

    def test_it_is_part_of_the_copy_for_the_person(self, members, board, register):
        member = register()
        put(board, member, religion="Không")
        (record,) = HELD.records(members.runtime.store, member["id"])["Hồ sơ đảng viên"]
        assert record["optional"] == {"religion": "Không"}

    def test_there_and_back_through_both_forms(self, members, board, preview, execute, rows):
        said = {"ethnicity": "Tày", "religion": "Không"}
        assert execute(preview(workbook([person(1, optional=said)])))["state"] == "done"
        listed = the_list([[1, "Lê Văn Thử B", CITIZEN_ID, None, "01/03/2012", CELL_1, "038168000001"]])
        previewed = preview(listed)
        (update,) = rows(previewed.json["id"], "update")
        assert [each["field"] for each in update["changes"]] == ["citizen_id"]
        assert CITIZEN_ID not in str(update)
        execute(previewed)
        (member,) = board.get(f"{API}/members").json["items"]
        assert fields(board, member)["values"] == {"citizen_id": CITIZEN_ID, **said}
        root = member["organization_path"][0]
        assert self.column_3(board, root) == CITIZEN_ID
        assert self.column_3(members.as_(holding("standing_committee", root)), root) is None

    def column_3(self, caller, root):
        """The citizen id of the first member in the exported list."""
        answer = caller.get(
            f"{API}/roster/file",
            organization=root,
            form="ds-dangvien",
            reason="theo yêu cầu",
            as_of="2026-01-01",
        )
        assert answer.status_code == 200, answer.json
        book = openpyxl.load_workbook(BytesIO(answer.get_data()))
        headers = [cell.value for cell in book.active[1]]
        return book.active.cell(2, headers.index("Số CCCD") + 1).value
