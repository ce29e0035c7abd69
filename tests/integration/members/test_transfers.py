"""Transfers over HTTP: 24-QĐ/TW (30/7/2021), điểm 6.3.1; in transit as a state of its own, with its clocks."""

from datetime import date

import pytest

from services.members.handlers import HANDLERS
from shared.access.actor import system_actor
from shared.events.catalogue.members import Document
from shared.events.catalogue.reviews import CaseTransferred, MemberFlagged, MemberRemoved
from tests.support.people import a_member, context_of, holding
from tests.support.services import an_event

pytestmark = pytest.mark.integration

API = "/api/members"
LETTER = {"number": "15-GGT/ĐU", "issued_on": "2022-03-07", "issuer": "Đảng ủy cơ sở"}
HERE, THERE = ["khoi", "co-so", "chi-bo-1"], ["khoi", "co-so", "chi-bo-2"]


@pytest.fixture
def sender(members):
    """The secretary of the cell that the member leaves."""
    return members.as_(holding("cell_secretary", "chi-bo-1"))


@pytest.fixture
def receiver(members):
    """The secretary of the cell that takes the member in."""
    return members.as_(holding("cell_secretary", "chi-bo-2"))


@pytest.fixture
def start(sender):
    def begun(member, *, expect=201, **given):
        body = {"to_cell_id": "chi-bo-2", "decided_on": "2022-03-01", "on": "2022-03-04", **given}
        answer = sender.post(f"{API}/members/{member['id']}/transfers", body, version=member["version"])
        assert answer.status_code == expect, answer.json
        return answer.json

    return begun


def taken(caller, transfer, step, *, expect=200, **given):
    answer = caller.post(f"{API}/transfers/{transfer['id']}/{step}", given, version=transfer["version"])
    assert answer.status_code == expect, answer.json
    return answer.json


def record(board, member):
    return board.get(f"{API}/members/{member['id']}").json


class TestBetweenCells:
    """The member is in transit until the receiving cell has accepted; then it is their cell."""

    def test_from_cell_to_cell(self, board, sender, receiver, register, start):
        member = register()
        transfer = start(member)
        assert (transfer["state"]["code"], transfer["clock"], transfer["due_on"]) == (
            "started",
            "transfer_start",
            "2022-05-27",  # 60 working days after 01/03/2022, the holidays of 11/04, 30/04 and 01/05 between
        )
        assert record(board, member)["transit"]["to_cell_id"] == "chi-bo-2"
        transfer = taken(sender, transfer, "introduction", on="2022-03-07", letter=LETTER)
        assert (transfer["clock"], transfer["due_on"]) == ("transfer_present", "2022-04-19")
        transfer = taken(receiver, transfer, "acceptance", on="2022-03-21")
        assert (transfer["state"]["code"], transfer["clock"], transfer["late"]) == ("accepted", None, [])
        now = record(board, member)
        assert (now["cell_id"], now["since"], now["transit"]) == ("chi-bo-2", "2022-03-21", None)
        assert [(stay["cell_id"], stay["to"]) for stay in now["stays"]] == [
            ("chi-bo-1", "2022-03-21"),
            ("chi-bo-2", None),
        ]

    def test_every_step_is_told(self, sender, receiver, register, start, facts_told):
        transfer = taken(sender, start(register()), "introduction", on="2022-03-07", letter=LETTER)
        taken(receiver, transfer, "acceptance", on="2022-03-21")
        told = [(name, fact.organization_path) for name, fact in facts_told() if name.startswith("Transfer")]
        assert told == [("TransferStarted", HERE), ("TransferIntroduced", HERE), ("TransferCompleted", THERE)]

    def test_the_receiver_returns_the_member(self, board, receiver, register, start, facts_told):
        member = register()
        transfer = taken(receiver, start(member), "return", on="2022-03-10", reason="Không đúng chi bộ")
        assert transfer["state"]["code"] == "returned"
        assert transfer["steps"][-1]["note"] == "Không đúng chi bộ"
        assert record(board, member)["cell_id"] == "chi-bo-1"
        assert facts_told()[-1][1].outcome == "returned"

    def test_what_was_late_stays_known(self, receiver, register, start):
        transfer = taken(receiver, start(register()), "acceptance", on="2022-06-10")
        assert transfer["late"] == ["transfer_start"]

    @pytest.mark.parametrize(
        ("given", "code"),
        [
            ({"to_cell_id": "chi-bo-1"}, "same_cell"),
            ({"decided_on": "2022-03-05"}, "decided_later"),
            ({"place": "Đảng bộ khác"}, "one_destination"),
            ({"to_cell_id": None}, "one_destination"),
            ({"temporary_until": "2022-04-01"}, "temporary_period"),
            ({"temporary_until": "2023-03-04"}, "temporary_period"),
        ],
    )
    def test_what_cannot_begin(self, register, start, given, code):
        assert [each["code"] for each in start(register(), expect=422, **given)["errors"]] == [code]

    def test_one_transfer_at_a_time(self, board, register, start):
        member = register()
        start(member)
        again = start(record(board, member), expect=422)
        assert [each["code"] for each in again["errors"]] == ["in_transit"]

    def test_of_two_that_start_at_once_one_wins(self, register, start):
        member = register()
        start(member)
        start(member, expect=412)

    def test_the_other_side_cannot_take_a_step(self, sender, receiver, register, start):
        transfer = start(register())
        taken(sender, transfer, "acceptance", on="2022-03-21", expect=403)
        taken(receiver, transfer, "introduction", on="2022-03-07", letter=LETTER, expect=403)


class TestDecided:
    """The 60 working days run from the decision, whether anybody acts on it or not."""

    @pytest.fixture
    def decided(self, sender, register):
        member = register()
        answer = sender.post(
            f"{API}/members/{member['id']}/transfer-decisions",
            {
                "to_cell_id": "chi-bo-2",
                "decided_on": "2022-03-01",
                "decision": {**LETTER, "number": "3-QĐ/ĐU"},
            },
            version=member["version"],
        )
        assert answer.status_code == 201, answer.json
        return answer.json

    def test_nobody_acts(self, board, receiver, decided, facts_told):
        assert decided["state"]["code"] == "decided"
        late = receiver.get(f"{API}/deadlines", as_of="2022-05-28", status="overdue").json["items"]
        assert [(each["kind"], each["started_on"]) for each in late] == [("transfer_start", "2022-03-01")]
        member = board.get(f"{API}/members/{decided['member_id']}").json
        assert (member["transit"], member["decided"]["to_cell_id"]) == (None, "chi-bo-2")
        name, fact = facts_told()[-1]
        assert (name, fact.due_on) == ("TransferDecided", date(2022, 5, 27))

    def test_begun_by_the_decision(self, board, sender, decided, start):
        member = board.get(f"{API}/members/{decided['member_id']}").json
        refused = start(member, expect=422)
        assert [each["code"] for each in refused["errors"]] == ["decision_open"]
        begun = taken(sender, decided, "start", on="2022-06-01")
        assert (begun["state"]["code"], begun["late"]) == ("started", ["transfer_start"])
        member = board.get(f"{API}/members/{decided['member_id']}").json
        assert (member["transit"]["to_cell_id"], member["decided"]) == ("chi-bo-2", None)
        assert (
            taken(sender, begun, "introduction", on="2022-06-02", letter=LETTER)["clock"]
            == "transfer_present"
        )

    def test_withdrawn(self, board, sender, decided, start):
        taken(sender, decided, "withdrawal", on="2022-03-02", reason="Không chuyển nữa")
        assert start(board.get(f"{API}/members/{decided['member_id']}").json)["state"]["code"] == "started"


class TestOutAndIn:
    """Beyond the deployment: the membership here ends when the other place has taken the member in."""

    def test_out(self, board, sender, register, start, facts_told):
        member = register()
        transfer = start(member, to_cell_id=None, place="Đảng ủy phường Thử Nghiệm")
        taken(sender, transfer, "departure", on="2022-03-20", expect=422)
        transfer = taken(sender, transfer, "introduction", on="2022-03-07", letter=LETTER)
        left = taken(sender, transfer, "departure", on="2022-03-28")
        assert [warning["code"] for warning in left["warnings"]] == ["cell_too_small"]
        now = record(board, member)
        assert (now["status"], now["leaving"]["mode"]) == ("left", "transferred_out")
        assert [name for name, _ in facts_told()][-2:] == ["TransferCompleted", "MembershipEnded"]

    def test_in_with_a_letter_presented_late(self, board, receiver, bloc):
        answer = receiver.post(
            f"{API}/transfers/in",
            {
                "cell_id": "chi-bo-2",
                "place": "Đảng bộ tỉnh bạn",
                "letter": LETTER,
                "on": "2022-06-01",
                "full_name": "Phạm Thị Mẫu",
                "admitted_on": "2010-02-03",
                "official_on": "2011-02-03",
            },
        )
        assert answer.status_code == 201, answer.json
        assert (answer.json["way"]["code"], answer.json["late"]) == ("in", ["transfer_present"])
        came = board.get(f"{API}/members/{answer.json['member_id']}").json
        assert (came["cell_id"], came["since"]) == ("chi-bo-2", "2022-06-01")
        assert answer.json["warnings"] == []

    def test_who_was_here_before_is_warned_of(self, sender, receiver, register, start):
        transfer = start(register(card_number="11001234"), to_cell_id=None, place="Đảng ủy phường Thử Nghiệm")
        transfer = taken(sender, transfer, "introduction", on="2022-03-07", letter=LETTER)
        taken(sender, transfer, "departure", on="2022-03-28")
        answer = receiver.post(
            f"{API}/transfers/in",
            {
                "cell_id": "chi-bo-2",
                "place": "Đảng ủy phường Thử Nghiệm",
                "letter": {**LETTER, "issued_on": "2023-05-08"},
                "on": "2023-06-01",
                "full_name": "Lê Thị Thử",
                "card_number": "11001234",
                "admitted_on": "2015-02-03",
            },
        )
        assert answer.status_code == 201, answer.json
        (warning,) = answer.json["warnings"]
        assert warning["code"] == "record_before"
        assert "28/03/2022" in warning["detail"]
        assert "24-QĐ/TW" in warning["source"]


class TestGuest:
    """A temporary stay: the member still belongs at home."""

    def test_there_and_back(self, board, receiver, register, start, facts_told):
        member = register()
        transfer = start(member, temporary_until="2022-09-04")
        transfer = taken(receiver, transfer, "acceptance", on="2022-03-10")
        now = record(board, member)
        assert (now["cell_id"], now["guest"]["cell_id"]) == ("chi-bo-1", "chi-bo-2")
        taken(receiver, transfer, "end-of-stay", on="2022-09-04")
        assert record(board, member)["guest"] is None
        name, fact = facts_told()[-1]
        assert (name, fact.outcome, fact.temporary) == ("TransferCompleted", "returned", True)

    def test_study_may_last_two_years(self, register, start):
        assert start(register(), temporary_until="2024-03-04", study=True)["temporary"]


class TestMembershipEndsFirst:
    """Whoever is removed while in transit can be taken in by nobody."""

    def test_the_transfer_is_broken_off(self, board, members, register, start, facts_told):
        member = register()
        transfer = start(member)
        fact = MemberRemoved(
            case_id="c9",
            member_id=member["id"],
            organization_path=HERE,
            on=date(2022, 3, 15),
            mode="name_removal",
            ground="X1",
            direct=True,
            probationary=False,
            effective_on=date(2022, 3, 15),
            decision=Document(number="47-QĐ/ĐUK", issued_on=date(2022, 3, 15), issuer="Ban Thường vụ"),
        )
        event = an_event(fact, subject="c9", sequence=1)
        members.runtime.unit_of_work.run(
            context_of(system_actor("members")), lambda tx: HANDLERS[MemberRemoved](tx, event, fact)
        )
        now = board.get(f"{API}/transfers/{transfer['id']}").json
        assert (now["state"]["code"], now["clock"]) == ("returned", None)
        assert record(board, member)["transit"] is None
        assert [name for name, _ in facts_told()][-2:] == ["TransferCompleted", "MembershipEnded"]
        receiver = members.as_(holding("cell_secretary", "chi-bo-2"))
        refused = taken(receiver, now, "acceptance", on="2022-03-21", expect=422)
        assert [each["code"] for each in refused["errors"]] == ["wrong_state"]


class TestListedMember:
    """Whoever is on the list transfers with a written assessment: their case was handed on to the same cell."""

    @pytest.fixture
    def happens(self, members):
        def tell(*facts):
            for sequence, fact in enumerate(facts, start=1):
                event = an_event(fact, subject="c1", sequence=sequence)
                members.runtime.unit_of_work.run(
                    context_of(system_actor("members")),
                    lambda tx, event=event, fact=fact: HANDLERS[type(fact)](tx, event, fact),
                )

        return tell

    @pytest.fixture
    def listed(self, register, happens, board):
        member = register()
        self.about = {"case_id": "c1", "member_id": member["id"], "organization_path": HERE}
        happens(
            MemberFlagged(
                **self.about,
                on=date(2021, 6, 1),
                criterion="C3",
                probationary=False,
                education_due_on=date(2022, 6, 1),
                profile="p",
            )
        )
        return record(board, member)

    def handed_on(self, to_path, **more):
        return CaseTransferred(**self.about, on=date(2022, 3, 2), to_path=to_path, continues=True, **more)

    def test_not_without_it(self, listed, start):
        refused = start(listed, expect=422)
        assert [each["code"] for each in refused["errors"]] == ["assessment_missing"]

    def test_not_when_the_case_went_elsewhere(self, listed, start, happens, board):
        happens(self.handed_on(["khoi", "co-so-2", "chi-bo-9"]))
        refused = start(record(board, listed), expect=422)
        assert [each["code"] for each in refused["errors"]] == ["assessment_missing"]

    def test_to_the_cell_that_has_the_case(self, listed, start, happens, board):
        happens(self.handed_on(THERE))
        assert start(record(board, listed))["state"]["code"] == "started"

    def test_once_returned_the_next_transfer_needs_its_own_assessment(
        self, listed, start, happens, board, receiver
    ):
        happens(self.handed_on(THERE))
        transfer = start(record(board, listed))
        taken(receiver, transfer, "return", on="2022-03-10", reason="Không đúng chi bộ")
        happens(self.handed_on(HERE, returned=True))
        refused = start(record(board, listed), expect=422, on="2022-03-14")
        assert [each["code"] for each in refused["errors"]] == ["assessment_missing"]

    def test_who_came_on_the_list_on_the_way_does_not_arrive_before_their_case(
        self, register, start, happens, board, receiver
    ):
        member = register()
        transfer = start(member)
        about = {"case_id": "c1", "member_id": member["id"], "organization_path": HERE}
        happens(
            MemberFlagged(
                **about,
                on=date(2022, 3, 8),
                criterion="C3",
                probationary=False,
                education_due_on=date(2023, 3, 8),
                profile="p",
            )
        )
        refused = taken(receiver, transfer, "acceptance", on="2022-03-21", expect=422)
        assert [each["code"] for each in refused["errors"]] == ["assessment_missing"]
        happens(CaseTransferred(**about, on=date(2022, 3, 20), to_path=THERE, continues=True))
        assert taken(receiver, transfer, "acceptance", on="2022-03-21")["state"]["code"] == "accepted"


class TestClocks:
    """What is due and overdue, for both sides and the member."""

    def clocks(self, caller, **query):
        answer = caller.get(f"{API}/deadlines", **query)
        assert answer.status_code == 200, answer.json
        return [(each["kind"], each["status"]["code"], each["due_on"]) for each in answer.json["items"]]

    def test_due_and_overdue(self, receiver, register, start):
        start(register())
        assert self.clocks(receiver, as_of="2022-05-27") == [("transfer_start", "running", "2022-05-27")]
        assert self.clocks(receiver, as_of="2022-05-28", status="overdue") == [
            ("transfer_start", "overdue", "2022-05-27")
        ]
        assert self.clocks(receiver, as_of="2022-05-28", status="running") == []

    def test_once_it_has_ended_it_is_met_or_lapsed(self, receiver, register, start):
        taken(receiver, start(register()), "acceptance", on="2022-03-21")
        taken(receiver, start(register("Trần Văn Mẫu")), "acceptance", on="2022-06-10")
        assert self.clocks(receiver, status="running") == self.clocks(receiver, status="overdue") == []
        assert self.clocks(receiver, status="met") == [("transfer_start", "met", "2022-05-27")]
        assert self.clocks(receiver, status="lapsed") == [("transfer_start", "lapsed", "2022-05-27")]
        first = receiver.get(f"{API}/deadlines", limit=1).json
        rest = receiver.get(f"{API}/deadlines", limit=1, after=first["next"]).json
        shown = [*first["items"], *rest["items"]]
        assert [each["ended_on"] for each in shown] == ["2022-03-21", "2022-06-10"]
        assert [(each["days_left"], each["assumed"]) for each in shown] == [(None, False)] * 2

    def test_a_guest_who_should_have_gone_home(self, receiver, register, start):
        transfer = start(register(), temporary_until="2022-09-04")
        transfer = taken(receiver, transfer, "acceptance", on="2022-03-10")
        assert self.clocks(receiver, as_of="2022-09-05", status="overdue") == [
            ("transfer_stay", "overdue", "2022-09-04")
        ]
        taken(receiver, transfer, "end-of-stay", on="2022-09-20")
        assert self.clocks(receiver, status="lapsed") == [("transfer_stay", "lapsed", "2022-09-04")]

    def test_who_sees_them(self, members, register, start):
        member = register()
        transfer = start(member)
        assert members.as_(holding("working_group", "co-so")).get(f"{API}/deadlines").status_code == 403
        body = {
            "name": "Đoàn công tác",
            "organization_ids": ["co-so"],
            "member_ids": [member["id"]],
            "on": "2022-03-01",
            "decision": {"number": "1-QĐ", "issued_on": "2022-03-01", "issuer": "Đảng ủy Khối"},
        }
        assert (
            members.as_(holding("standing_committee", "*")).post(f"{API}/working-groups", body).status_code
            == 201
        )
        assert self.clocks(members.as_(holding("working_group", "co-so"))) != []
        assert self.clocks(members.as_(holding("grassroots_committee", "co-so-2"))) == []
        assert self.clocks(members.as_(a_member(member["id"]))) != []
        one = f"{API}/transfers/{transfer['id']}"
        assert members.as_(a_member(member["id"])).get(one).status_code == 200
        assert members.as_(holding("grassroots_committee", "co-so-2")).get(one).status_code == 403
