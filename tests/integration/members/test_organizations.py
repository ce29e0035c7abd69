"""The dated tree of organisations over HTTP and a real Mongo-wire server."""

from datetime import date

import pytest

from services.members.rolls import Roll
from tests.integration.members.conftest import API
from tests.support.people import a_member, holding

pytestmark = pytest.mark.integration

ORGANIZATIONS = f"{API}/organizations"
DECISION = {"number": "12-QĐ/ĐUK", "issued_on": "2023-05-01", "issuer": "Đảng ủy Khối"}


def codes_of(answer):
    return [error["code"] for error in answer.json.get("errors", [])]


class TestEstablishing:
    """An organisation stands under its superior from a day on, and everybody is told."""

    def test_the_new_organisation_knows_its_path_and_level(self, bloc):
        assert bloc.cell_1["organization_path"] == ["khoi", "co-so", "chi-bo-1"]
        assert bloc.cell_1["level_name"] == "Chi bộ trực thuộc"

    def test_each_establishment_is_an_event_and_an_audit_entry(self, bloc, facts_told, members):
        told = facts_told()
        assert [name for name, _ in told] == ["OrganizationEstablished"] * 5
        assert told[-1][1].organization_path == ["khoi", "co-so", "chi-bo-2"]
        assert members.runtime.store.collection("audit").count_documents({}) == 5

    def test_a_cell_right_under_the_bloc_is_a_grassroots_cell(self, bloc, establish):
        made = establish("le", "khoi", "grassroots", is_cell=True)
        assert made["level_name"] == "Chi bộ cơ sở"

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"level": "Đảng bộ Khối", "is_cell": False}, "level_not_allowed"),
            ({"level": "huyện"}, "unknown_level"),
            ({"level": "chi_bo_truc_thuoc", "is_cell": False}, "level_is_cell"),
            ({"name": "Tổ chức CHI-BO-1"}, "name_in_force"),
            ({"on": "2019-12-31"}, "not_in_force"),
            ({"on": "2026-02-01"}, "date_in_future"),
        ],
    )
    def test_the_rules_of_the_tree_refuse(self, bloc, board, change, code):
        body = {
            "name": "Chi bộ mới",
            "level": "cell",
            "is_cell": True,
            "parent_id": "co-so",
            "on": "2020-01-01",
        }
        answer = board.post(ORGANIZATIONS, {**body, **change})
        assert (answer.status_code, codes_of(answer)) == (422, [code])

    def test_a_code_in_use_is_a_conflict_that_names_the_field(self, bloc, board):
        body = {
            "name": "Mới",
            "level": "grassroots",
            "is_cell": False,
            "parent_id": "khoi",
            "on": "2020-01-01",
        }
        answer = board.post(ORGANIZATIONS, {**body, "code": "38.168.001.000.000"})
        assert answer.status_code == 409
        assert answer.json["errors"][0]["pointer"] == "/code"

    def test_somebody_from_elsewhere_may_not(self, members, bloc):
        other = members.as_(holding("organizing_board", "co-so-2"))
        body = {"name": "Mới", "level": "cell", "is_cell": True, "parent_id": "co-so", "on": "2020-01-01"}
        assert other.post(ORGANIZATIONS, body).status_code == 403


class TestReorganising:
    """A rename or a move holds from its day; the days before keep what they had."""

    def test_a_rename_keeps_the_old_name_for_the_days_before(self, bloc, board):
        answer = board.patch(
            f"{ORGANIZATIONS}/co-so",
            {"name": "Đảng bộ Công ty A", "on": "2023-05-01", "decision": DECISION},
            version=1,
        )
        assert answer.status_code == 200, answer.json
        assert answer.json["name"] == "Đảng bộ Công ty A"
        before = board.get(f"{ORGANIZATIONS}/co-so", as_of="2023-04-30").json
        after = board.get(f"{ORGANIZATIONS}/co-so", as_of="2023-05-01").json
        assert (before["name"], after["name"]) == ("Tổ chức co-so", "Đảng bộ Công ty A")

    def test_a_move_takes_everything_below_along(self, bloc, board, establish, register, facts_told):
        member = register()
        establish("bo-phan", "co-so-2", "part")
        answer = board.patch(
            f"{ORGANIZATIONS}/chi-bo-1",
            {"parent_id": "bo-phan", "on": "2023-05-01", "decision": DECISION},
            version=1,
        )
        assert answer.status_code == 200, answer.json
        path = ["khoi", "co-so-2", "bo-phan", "chi-bo-1"]
        assert answer.json["organization_path"] == path
        assert board.get(f"{API}/members/{member['id']}").json["organization_path"] == path
        name, fact = facts_told()[-1]
        assert (name, fact.change, fact.organization_path) == ("OrganizationChanged", "moved", path)
        old = board.get(f"{ORGANIZATIONS}/chi-bo-1", as_of="2022-01-01").json
        assert old["organization_path"] == ["khoi", "co-so", "chi-bo-1"]

    def test_a_moved_branch_tells_of_each_organisation_in_it(self, bloc, board, establish, facts_told):
        establish("bo-phan", "co-so", "part")
        establish("chi-bo-3", "bo-phan", "cell", is_cell=True)
        told = len(facts_told())
        answer = board.patch(
            f"{ORGANIZATIONS}/bo-phan", {"parent_id": "co-so-2", "on": "2024-01-01"}, version=1
        )
        assert answer.status_code == 200, answer.json
        paths = {fact.organization_id: fact.organization_path for _, fact in facts_told()[told:]}
        assert paths == {
            "bo-phan": ["khoi", "co-so-2", "bo-phan"],
            "chi-bo-3": ["khoi", "co-so-2", "bo-phan", "chi-bo-3"],
        }
        found = board.get(ORGANIZATIONS, as_of="2023-12-31", parent_id="co-so").json["items"]
        assert {item["id"] for item in found} == {"chi-bo-1", "chi-bo-2", "bo-phan"}
        assert {item["id"] for item in board.get(ORGANIZATIONS, parent_id="co-so").json["items"]} == {
            "chi-bo-1",
            "chi-bo-2",
        }

    def test_nothing_stands_under_itself(self, bloc, board):
        answer = board.patch(
            f"{ORGANIZATIONS}/co-so", {"parent_id": "chi-bo-1", "on": "2024-01-01"}, version=1
        )
        assert "cycle" in codes_of(answer)

    def test_the_second_of_two_editors_is_told(self, bloc, board):
        first = board.patch(f"{ORGANIZATIONS}/co-so", {"name": "A", "on": "2024-01-01"}, version=1)
        second = board.patch(f"{ORGANIZATIONS}/co-so", {"name": "B", "on": "2024-01-02"}, version=1)
        assert (first.status_code, second.status_code) == (200, 412)

    def test_the_mover_must_hold_both_places(self, members, bloc, establish):
        establish("bo-phan", "co-so-2", "part")
        there = members.as_(holding("organizing_board", "co-so"))
        answer = there.patch(
            f"{ORGANIZATIONS}/chi-bo-1", {"parent_id": "bo-phan", "on": "2024-01-01"}, version=1
        )
        assert answer.status_code == 403


class TestDissolving:
    """Only an empty organisation may be dissolved; it stays visible for the days it stood."""

    def test_members_on_the_roll_forbid_it(self, bloc, board, register):
        register()
        answer = board.post(f"{ORGANIZATIONS}/chi-bo-1/dissolve", {"on": "2024-01-01"}, version=1)
        assert codes_of(answer) == ["dissolve_with_members"]

    def test_living_children_forbid_it(self, bloc, board):
        answer = board.post(f"{ORGANIZATIONS}/co-so/dissolve", {"on": "2024-01-01"}, version=1)
        assert codes_of(answer) == ["dissolve_with_children"]

    def test_an_empty_one_ends_and_its_code_is_free_again(self, bloc, board, establish):
        answer = board.post(
            f"{ORGANIZATIONS}/chi-bo-2/dissolve",
            {"on": "2024-01-01", "successor_id": "chi-bo-1", "decision": DECISION},
            version=1,
        )
        assert answer.status_code == 200, answer.json
        assert answer.json["dissolved_on"] == "2024-01-01"
        assert board.get(f"{ORGANIZATIONS}/chi-bo-2", as_of="2024-01-01").status_code == 404
        assert board.get(f"{ORGANIZATIONS}/chi-bo-2", as_of="2023-12-31").status_code == 200
        establish("chi-bo-2b", "co-so", "cell", is_cell=True, on="2024-01-01", code="38.168.001.000.002")


class TestListing:
    """Organisations are found by superior, code and parts of the name, page by page."""

    def test_pages_follow_each_other_without_gap(self, bloc, board):
        first = board.get(ORGANIZATIONS, limit=3).json
        second = board.get(ORGANIZATIONS, limit=3, after=first["next"]).json
        assert [item["id"] for item in first["items"] + second["items"]] == [
            "chi-bo-1",
            "chi-bo-2",
            "co-so",
            "co-so-2",
            "khoi",
        ]
        assert second["next"] is None

    def test_a_code_finds_its_organisation(self, bloc, board):
        found = board.get(ORGANIZATIONS, code="38168001000002").json["items"]
        assert [item["id"] for item in found] == ["chi-bo-2"]

    def test_a_name_is_found_without_marks(self, bloc, board):
        assert len(board.get(ORGANIZATIONS, q="chuc to").json["items"]) == 5

    def test_an_office_holder_sees_the_own_subtree(self, members, bloc):
        secretary = members.as_(holding("cell_secretary", "chi-bo-1"))
        assert [item["id"] for item in secretary.get(ORGANIZATIONS).json["items"]] == ["chi-bo-1"]

    def test_a_member_sees_the_tree(self, members, bloc):
        assert len(members.as_(a_member("m1")).get(ORGANIZATIONS).json["items"]) == 5


class TestMerging:
    """What is merged ends with a successor, and everything under it goes along from that day."""

    def merge(self, board, organization_id, into_id, *, on="2023-05-01", version=1):
        body = {"into_id": into_id, "on": on, "decision": DECISION}
        return board.post(f"{ORGANIZATIONS}/{organization_id}/merge", body, version=version)

    def test_the_members_of_a_cell_go_along_and_their_places_before_are_kept(
        self, bloc, board, register, facts_told, members
    ):
        member = register()
        told = len(facts_told())
        answer = self.merge(board, "chi-bo-1", "chi-bo-2")
        assert answer.status_code == 200, answer.json
        assert (answer.json["in_force"], answer.json["successor_id"]) == (False, "chi-bo-2")
        assert [warning["code"] for warning in answer.json["warnings"]] == ["cell_too_small"]
        assert "dvdn247" in answer.json["warnings"][0]["source"]
        held = board.get(f"{API}/members/{member['id']}").json
        assert held["organization_path"] == ["khoi", "co-so", "chi-bo-2"]
        assert held["stays"] == [
            {"cell_id": "chi-bo-1", "from": "2020-01-01", "to": "2023-05-01"},
            {"cell_id": "chi-bo-2", "from": "2023-05-01", "to": None},
        ]
        names = [(name, getattr(fact, "change", None)) for name, fact in facts_told()[told:]]
        assert names == [
            ("MemberChanged", None),
            ("OrganizationChanged", "merged"),
            ("OrganizationDissolved", None),
        ]
        for day, cell in (("2023-04-30", "chi-bo-1"), ("2023-05-01", "chi-bo-2")):
            found = board.get(f"{API}/members", as_of=day, organization="co-so").json["items"]
            assert [(each["cell_id"], each["organization_path"][-1]) for each in found] == [(cell, cell)]
        assert board.get(f"{API}/members", as_of="2019-12-31").json["items"] == []
        for day, cell in ((date(2023, 4, 30), "chi-bo-1"), (date(2023, 5, 1), "chi-bo-2")):
            roll = Roll(members.runtime.store, "co-so", as_of=day)
            assert [each.cell_id for each in roll.members(gone=False)] == [cell]

    def test_the_organisations_below_go_along_with_their_members(self, bloc, board, register):
        member = register()
        answer = self.merge(board, "co-so", "co-so-2")
        assert answer.status_code == 200, answer.json
        path = ["khoi", "co-so-2", "chi-bo-1"]
        assert board.get(f"{ORGANIZATIONS}/chi-bo-1").json["organization_path"] == path
        assert board.get(f"{API}/members/{member['id']}").json["organization_path"] == path
        old = board.get(f"{API}/members", as_of="2023-04-30", organization="co-so").json["items"]
        assert [each["organization_path"] for each in old] == [["khoi", "co-so", "chi-bo-1"]]

    @pytest.mark.parametrize(
        ("merged", "into", "code"),
        [
            ("co-so", "chi-bo-1", "cycle"),
            ("chi-bo-1", "co-so-2", "merge_of_two_sorts"),
            ("chi-bo-1", "chi-bo-1", "cycle"),
        ],
    )
    def test_what_cannot_be_merged(self, bloc, board, merged, into, code):
        answer = self.merge(board, merged, into)
        assert answer.status_code == 422, answer.json
        assert code in codes_of(answer)

    def test_two_of_one_name_do_not_come_to_stand_side_by_side(self, bloc, board, establish):
        establish("chi-bo-x", "co-so-2", "cell", is_cell=True, name="Tổ chức chi-bo-1")
        assert codes_of(self.merge(board, "co-so", "co-so-2")) == ["name_in_force"]

    def test_a_member_who_joined_later_forbids_it(self, bloc, board, register):
        register(since="2024-01-01")
        assert codes_of(self.merge(board, "chi-bo-1", "chi-bo-2")) == ["joined_later"]
