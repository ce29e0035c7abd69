"""Working groups (đoàn công tác) over HTTP: assigned organisations, members and dates."""

import pytest

from tests.integration.members.conftest import API
from tests.support.people import a_member, holding

pytestmark = pytest.mark.integration

GROUPS = f"{API}/working-groups"
DECISION = {"number": "21-QĐ/ĐUK", "issued_on": "2022-03-01", "issuer": "Ban Thường vụ Đảng ủy Khối"}


@pytest.fixture
def goer(register):
    """A member of the Khối who goes with the group."""
    return register()["id"]


@pytest.fixture
def group(board, goer):
    def made(*, expect=201, **more):
        body = {
            "name": "Đoàn công tác số 1",
            "organization_ids": ["co-so"],
            "member_ids": [goer],
            "leader_id": goer,
            "on": "2022-03-01",
            "decision": DECISION,
            **more,
        }
        answer = board.post(GROUPS, body)
        assert answer.status_code == expect, answer.json
        return answer.json

    return made


class TestWorkingGroups:
    """A group stands from a decision to a decision; each day has its own assignment."""

    def test_the_assignment_is_the_days(self, group, board, goer, facts_told):
        made = group()
        changed = board.patch(
            f"{GROUPS}/{made['id']}",
            {"organization_ids": ["co-so-2"], "on": "2022-06-01", "decision": DECISION},
            version=1,
        )
        assert changed.status_code == 200, changed.json
        ended = board.post(
            f"{GROUPS}/{made['id']}/end", {"on": "2022-12-01", "decision": DECISION}, version=2
        )
        assert (ended.status_code, ended.json["in_force"]) == (200, False)
        asked = {
            day: board.get(GROUPS, as_of=day).json["items"]
            for day in ("2022-02-28", "2022-05-31", "2022-06-01", "2022-12-01")
        }
        assert {day: [each["organization_ids"] for each in found] for day, found in asked.items()} == {
            "2022-02-28": [],
            "2022-05-31": [["co-so"]],
            "2022-06-01": [["co-so-2"]],
            "2022-12-01": [],
        }
        told = [(name, fact) for name, fact in facts_told() if name.startswith("WorkingGroup")]
        assert [name for name, _ in told] == [
            "WorkingGroupEstablished",
            "WorkingGroupChanged",
            "WorkingGroupChanged",
        ]
        assert told[1][1].organization_ids == ["co-so-2"]
        assert told[2][1].change == "ended"

    @pytest.mark.parametrize(
        ("more", "code"),
        [
            ({"on": "2019-12-31"}, "not_in_force"),
            ({"member_ids": ["nobody"], "leader_id": None}, "not_on_the_roll"),
            ({"leader_id": "nobody"}, "leader_not_in_group"),
            ({"on": "2026-03-01"}, "date_in_future"),
        ],
    )
    def test_what_a_decision_cannot_say(self, group, more, code):
        answer = group(expect=422, **more)
        assert [error["code"] for error in answer["errors"]] == [code]

    def test_who_knows_of_the_group(self, group, members):
        made = group()
        for actor, seen in (
            (holding("cell_secretary", "chi-bo-1"), True),
            (holding("working_group", "co-so"), True),
            (holding("standing_committee", "khoi"), True),
            (holding("grassroots_committee", "co-so-2"), False),
        ):
            one = members.as_(actor)
            assert (one.get(f"{GROUPS}/{made['id']}").status_code == 200) is seen
            assert bool(one.get(GROUPS).json["items"]) is seen
        assert members.as_(a_member("m1")).get(GROUPS).status_code == 403

    def test_a_token_is_worth_what_a_group_in_force_goes_with(self, group, board, members, goer):
        made = group()
        goes = members.as_(holding("working_group", "khoi", member_id=goer))
        stranger = members.as_(holding("working_group", "co-so", member_id="m-khac"))
        assert [each["id"] for each in goes.get(f"{API}/members").json["items"]] == [goer]
        assert stranger.get(f"{API}/members").json["items"] == []
        end = {"on": "2022-12-01", "decision": DECISION}
        assert board.post(f"{GROUPS}/{made['id']}/end", end, version=1).status_code == 200
        assert goes.get(GROUPS).status_code == 403
        assert members.as_(holding("working_group", "co-so")).get(GROUPS).status_code == 403

    def test_an_assignment_needs_every_organisation(self, members, bloc, goer):
        there = members.as_(holding("organizing_board", "co-so"))
        body = {
            "name": "Đoàn",
            "organization_ids": ["co-so", "co-so-2"],
            "member_ids": [goer],
            "on": "2022-03-01",
            "decision": DECISION,
        }
        assert there.post(GROUPS, body).status_code == 403
