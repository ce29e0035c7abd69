"""Leaving the roll by death or on one's own request, and taking back what was recorded wrongly."""

import pytest

from tests.support.people import holding

pytestmark = pytest.mark.integration

API = "/api/members"
DECISION = {"number": "7-QĐ/ĐUK", "issued_on": "2022-05-01", "issuer": "Ban Thường vụ Đảng ủy Khối"}


@pytest.fixture
def secretary(members):
    return members.as_(holding("cell_secretary", "chi-bo-1"))


def taken(caller, member, step, *, expect=200, **given):
    answer = caller.post(f"{API}/members/{member['id']}/{step}", given, version=member["version"])
    assert answer.status_code == expect, answer.json
    return answer.json


def codes(answer, of="errors"):
    return [each["code"] for each in answer[of]]


class TestEnding:
    """A death needs no paper, leaving on one's own request the committee's decision; a removal has its case."""

    def test_a_death(self, secretary, register, facts_told):
        member = taken(secretary, register(), "ending", on="2022-05-03", mode="death")
        assert (member["status"], member["leaving"]["mode"], member["leaving"]["on"]) == (
            "left",
            "death",
            "2022-05-03",
        )
        assert codes(member, "warnings") == ["cell_too_small"]
        name, fact = facts_told()[-1]
        assert (name, fact.mode, fact.case_id) == ("MembershipEnded", "death", None)

    def test_on_ones_own_request(self, secretary, register):
        member = register()
        refused = taken(secretary, member, "ending", on="2022-05-03", mode="resignation", expect=422)
        assert codes(refused) == ["decision_missing"]
        left = taken(secretary, member, "ending", on="2022-05-03", mode="resignation", decision=DECISION)
        assert left["leaving"]["decision"]["number"] == "7-QĐ/ĐUK"

    def test_a_removal_is_not_recorded_here(self, secretary, register):
        taken(secretary, register(), "ending", on="2022-05-03", mode="name_removal", expect=422)

    @pytest.mark.parametrize(
        ("on", "code"),
        [
            ("2019-12-31", "date_order"),
            ("2015-01-01", "leaving_before_admission"),
            ("2026-02-01", "date_in_future"),
        ],
    )
    def test_the_day(self, secretary, register, on, code):
        assert codes(taken(secretary, register(), "ending", on=on, mode="death", expect=422)) == [code]

    def test_only_once(self, secretary, register):
        member = taken(secretary, register(), "ending", on="2022-05-03", mode="death")
        assert codes(taken(secretary, member, "ending", on="2022-05-03", mode="death", expect=422)) == [
            "member_left"
        ]

    def test_whoever_is_on_the_list_has_a_case_to_end(self, members, secretary, register):
        member = register()
        listed = {"$set": {"screening_status": "listed", "screening_case": "c1"}}
        members.runtime.store.collection("members").update_one({"_id": member["id"]}, listed)
        member = taken(secretary, member, "ending", on="2022-05-03", mode="death")
        assert codes(member, "warnings") == ["cell_too_small", "case_open"]

    def test_a_transfer_under_way_ends_with_it(self, board, secretary, register):
        member = register()
        going = {"place": "Đảng bộ khác", "decided_on": "2022-03-01", "on": "2022-03-04"}
        transfer = taken(secretary, member, "transfers", expect=201, **going)
        member = board.get(f"{API}/members/{member['id']}").json
        taken(secretary, member, "ending", on="2022-05-03", mode="death")
        assert board.get(f"{API}/transfers/{transfer['id']}").json["state"]["code"] == "returned"


class TestRestoring:
    """What was recorded wrongly, or decided before the system, is taken back by whoever keeps the whole register."""

    def test_it_gives_back_what_was(self, board, secretary, register, facts_told):
        member = register()
        left = taken(secretary, member, "ending", on="2022-05-03", mode="death")
        taken(
            secretary, left, "restoration", on="2022-05-03", decision=DECISION, reason="ghi nhầm", expect=403
        )
        again = taken(board, left, "restoration", on="2022-05-03", decision=DECISION, reason="ghi nhầm người")
        assert (again["status"], again["leaving"], again["since"]) == ("official", None, member["since"])
        assert again["reversed_leavings"][0]["mode"] == "death"
        assert [stay["to"] for stay in again["stays"]] == [None]
        assert facts_told()[-1][0] == "MembershipRestored"

    def test_not_whoever_is_on_the_roll(self, board, register):
        given = {"on": "2022-05-03", "decision": DECISION, "reason": "ghi nhầm", "expect": 422}
        assert codes(taken(board, register(), "restoration", **given)) == ["member_on_roll"]

    @pytest.mark.parametrize(
        ("leaving", "code"),
        [
            ({"mode": "name_removal", "case_id": "c1"}, "left_by_case"),
            ({"mode": "transferred_out", "case_id": None}, "left_by_transfer"),
        ],
    )
    def test_not_what_has_a_way_of_its_own(self, members, board, register, leaving, code):
        member = register()
        members.runtime.store.collection("members").update_one(
            {"_id": member["id"]},
            {
                "$set": {
                    "current": False,
                    "leaving": {"on": "2022-05-03", "was_probationary": False, **leaving},
                }
            },
        )
        given = {"on": "2022-06-01", "decision": DECISION, "reason": "khôi phục", "expect": 422}
        assert codes(taken(board, member, "restoration", **given)) == [code]
