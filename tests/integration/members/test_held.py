"""A copy of what the members service holds about one person."""

import pytest

from tests.support.people import a_member, holding

pytestmark = pytest.mark.integration

WHERE = "/api/members/held"


@pytest.fixture
def member(register):
    return register("Lê Thị Thử", card_number="012345678901")


class TestCopy:
    """The person themself and the organising board on their behalf get it; each time is on record with its reason."""

    def test_the_person_gets_the_record_without_what_only_serves_searching(self, members, member):
        copy = members.as_(a_member(member["id"])).get(f"{WHERE}/{member['id']}", reason="tự xem")
        assert copy.status_code == 200, copy.json
        (record,) = copy.json["records"]["Hồ sơ đảng viên"]
        assert (record["full_name"], record["card_number"]) == ("Lê Thị Thử", "012345678901")
        assert {"search_terms", "order"}.isdisjoint(record)

    def test_it_says_which_office_did_what_and_when(self, members, board, member):
        board.get(f"{WHERE}/{member['id']}", reason="theo đơn của đảng viên")
        copy = members.as_(a_member(member["id"])).get(f"{WHERE}/{member['id']}", reason="tự xem")
        last = copy.json["reads"][-1]
        assert (last["action"], last["role"], last["reason"]) == (
            "person.exported",
            "organizing_board",
            "theo đơn của đảng viên",
        )
        assert all("actor" not in each for each in copy.json["reads"])

    def test_a_reason_is_required(self, board, member):
        assert board.get(f"{WHERE}/{member['id']}").status_code == 422

    @pytest.mark.parametrize(
        "stranger",
        [
            a_member("somebody-else"),
            holding("organizing_board", "co-so-2"),
            holding("cell_secretary", "chi-bo-1"),
        ],
        ids=["another member", "the board of another organisation", "the secretary"],
    )
    def test_nobody_else_gets_it(self, members, member, stranger):
        answer = members.as_(stranger).get(f"{WHERE}/{member['id']}", reason="tò mò")
        assert answer.status_code == 403

    def test_of_an_unknown_person_nothing_is_held(self, board):
        copy = board.get(f"{WHERE}/nobody", reason="kiểm tra")
        assert (copy.json["records"], copy.json["reads"]) == (
            {"Hồ sơ đảng viên": [], "Chuyển sinh hoạt đảng": [], "Đối chiếu danh sách": []},
            [],
        )
