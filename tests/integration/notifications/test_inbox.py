"""The inbox over a real Mongo-wire server."""

from datetime import date

import msgspec
import pytest

from services.notifications.texts import sample_of
from shared.events.catalogue.members import TransferStarted
from shared.events.catalogue.reviews import CaseTransferred, MemberRemoved, RemovalReversed, RoundOpened
from tests.integration.notifications.conftest import CASE, FLAGGED, GROUP, HELPED, PATH, RECOGNIZED, happen
from tests.integration.notifications.test_reminders import an_organization
from tests.support.people import a_member, holding

pytestmark = pytest.mark.integration

ROUND_OPENED = RoundOpened(
    round_id="r1",
    name="Đợt 1 năm 2026",
    organization_path=["khoi"],
    on=date(2026, 1, 12),
    due_on=date(2026, 6, 30),
    profile="p",
)


def titles(caller, **query):
    return [item["title"] for item in caller.get("/api/notifications/inbox/messages", **query).json["items"]]


class TestInbox:
    """Events fill the inboxes of those who must know or act, by person and by role."""

    def test_the_member_and_the_secretary_are_told_of_the_listing(self, inbox, happens):
        happens(FLAGGED)
        member = inbox.as_(a_member("m1"))
        secretary = inbox.as_(holding("cell_secretary", "chi-bo"))
        assert titles(member) == ["Đồng chí được đưa vào danh sách cần chi bộ giáo dục, giúp đỡ"]
        item = secretary.get("/api/notifications/inbox/messages").json["items"][0]
        assert item["due_on"] == "2025-03-01"
        assert item["to_do"] == "Thông báo cho đảng viên và phân công đảng viên giúp đỡ."

    def test_helpers_are_told_of_later_steps_of_their_case(self, inbox, happens):
        happens(FLAGGED, HELPED, RECOGNIZED)
        assert set(titles(inbox.as_(a_member("h1")))) == {
            "Đảng viên đồng chí giúp đỡ đã được công nhận tiến bộ",
            "Đồng chí được phân công giúp đỡ một đảng viên",
        }

    def test_another_cells_secretary_sees_nothing(self, inbox, happens):
        happens(FLAGGED)
        assert titles(inbox.as_(holding("cell_secretary", "chi-bo-khac"))) == []

    def test_reading_a_message_takes_it_off_the_unread(self, inbox, happens):
        happens(FLAGGED)
        member = inbox.as_(a_member("m1"))
        message = member.get("/api/notifications/inbox/messages").json["items"][0]
        assert member.get("/api/notifications/inbox/unread").json == {"unread": 1}
        answer = member.post(f"/api/notifications/inbox/messages/{message['id']}/read")
        assert answer.status_code == 200
        assert member.get("/api/notifications/inbox/unread").json == {"unread": 0}
        assert titles(member, unread=True) == []

    def test_nobody_reads_another_persons_message(self, inbox, happens):
        happens(FLAGGED)
        message = inbox.as_(a_member("m1")).get("/api/notifications/inbox/messages").json["items"][0]
        answer = inbox.as_(a_member("m2")).post(f"/api/notifications/inbox/messages/{message['id']}/read")
        assert answer.status_code == 404

    def test_every_message_is_an_event_of_its_own(self, inbox, happens):
        happens(FLAGGED)
        sent = list(inbox.runtime.store.collection("outbox").find())
        assert {event["type"] for event in sent} == {"vn.khoi.notifications.NotificationSent.v1"}
        assert len(sent) == 2

    def test_one_message_can_be_shown(self, inbox, happens):
        happens(FLAGGED)
        member = inbox.as_(a_member("m1"))
        listed = member.get("/api/notifications/inbox/messages").json["items"][0]
        assert member.get(f"/api/notifications/inbox/messages/{listed['id']}").json == listed
        assert listed["required"]

    def test_a_working_group_is_told_where_it_goes_with(self, inbox, happens):
        happens(GROUP, FLAGGED)
        accompanying = inbox.as_(holding("working_group", "co-so"))
        assert titles(accompanying) == ["Một đảng viên đã vào danh sách cần giáo dục, giúp đỡ"]
        assert titles(inbox.as_(holding("working_group", "khoi"))) == []

    def test_messages_are_numbered_as_they_are_committed(self, inbox, happens):
        happens(FLAGGED, HELPED)
        numbers = [each["number"] for each in inbox.runtime.store.collection("messages").find()]
        assert sorted(numbers) == [1, 2, 3, 4]


class TestTexts:
    """Whoever runs the deployment sees who is told what, in which words, without a real case."""

    def test_the_words_of_each_row_and_channel(self, inbox):
        board = inbox.as_(holding("organizing_board", "*"))
        items = board.get("/api/notifications/texts", event="reviews.MemberRemoved", channel="inbox").json[
            "items"
        ]
        assert {item["to"] for item in items} == {"member", "cell_secretary", "superior", "working_group"}
        member = next(item for item in items if item["to"] == "member")
        assert member["required"]
        assert member["text"]["title"] == "Quyết định đưa đồng chí ra khỏi Đảng"


class TestRoundOpened:
    """Every cell below is told that a round opened, with the day by which it reports."""

    @pytest.fixture
    def a_tree(self, inbox):
        for name, parent, path in (
            ("khoi", None, ["khoi"]),
            ("co-so", "khoi", ["khoi", "co-so"]),
            ("chi-bo", "co-so", ["khoi", "co-so", "chi-bo"]),
            ("chi-bo-2", "khoi", ["khoi", "chi-bo-2"]),
        ):
            is_cell = name.startswith("chi-bo")
            happen(inbox, an_organization(name, parent, is_cell=is_cell, path=path), subject=name)

    def test_its_cells_and_nobody_else(self, inbox, a_tree):
        happen(inbox, ROUND_OPENED, subject="r1")
        for cell in ("chi-bo", "chi-bo-2"):
            secretary = inbox.as_(holding("cell_secretary", cell))
            (item,) = secretary.get("/api/notifications/inbox/messages").json["items"]
            assert item["title"] == "Đợt rà soát đảng viên đã mở; hạn báo cáo: 30/06/2026"
            assert item["due_on"] == "2026-06-30"
            assert secretary.get(f"/api/notifications/inbox/messages/{item['id']}").status_code == 200
        assert titles(inbox.as_(holding("grassroots_committee", "co-so"))) == []

    def test_a_round_of_one_organisation_is_told_to_its_own_cells(self, inbox, a_tree):
        happen(
            inbox, msgspec.structs.replace(ROUND_OPENED, organization_path=["khoi", "co-so"]), subject="r1"
        )
        assert len(titles(inbox.as_(holding("cell_secretary", "chi-bo")))) == 1
        assert titles(inbox.as_(holding("cell_secretary", "chi-bo-2"))) == []

    def test_nobody_is_told_of_one_that_is_entered_long_after(self, inbox, a_tree):
        happen(inbox, msgspec.structs.replace(ROUND_OPENED, due_on=date(2025, 6, 30)), subject="r1")
        assert titles(inbox.as_(holding("cell_secretary", "chi-bo"))) == []


class TestReversal:
    """Whoever was told of a removal is told that it was reversed."""

    def test_also_where_the_cell_has_become_part_of_another(self, inbox, happens):
        removed = sample_of(MemberRemoved)
        before = msgspec.structs.replace(removed, **CASE)
        other = msgspec.structs.replace(before, case_id="c2", organization_path=["khoi", "co-so", "chi-bo-2"])
        reversed_ = msgspec.structs.replace(
            sample_of(RemovalReversed), **{**CASE, "organization_path": ["khoi", "co-so", "chi-bo-9"]}
        )
        happens(before, other, reversed_)
        told = inbox.runtime.store.collection("messages").find({"event_type": {"$regex": "RemovalReversed"}})
        inboxes = {each["inbox"]: each["required"] for each in told}
        assert inboxes["member:m1"]
        assert inboxes["cell_secretary@chi-bo"] is False
        assert "cell_secretary@chi-bo-9" in inboxes
        assert "cell_secretary@chi-bo-2" not in inboxes


class TestReceivingCell:
    """Whoever a member or a case comes to is told, and can read what they are told."""

    def test_of_a_case_that_comes(self, inbox):
        there = ["khoi", "co-so-2", "chi-bo-2"]
        moved = CaseTransferred(**CASE, on=date(2025, 5, 1), to_path=there, continues=True)
        happen(inbox, moved)
        secretary = inbox.as_(holding("cell_secretary", "chi-bo-2"))
        (item,) = secretary.get("/api/notifications/inbox/messages").json["items"]
        assert item["title"].startswith("Một đảng viên trong danh sách chuyển đến chi bộ")
        assert secretary.get(f"/api/notifications/inbox/messages/{item['id']}").status_code == 200
        assert len(titles(inbox.as_(a_member("m1")))) == 1

    def test_nobody_when_it_leaves_the_khoi(self, inbox):
        happen(inbox, CaseTransferred(**CASE, on=date(2025, 5, 1), to_path=None, continues=False))
        told = {message["inbox"] for message in inbox.runtime.store.collection("messages").find()}
        assert told == {"member:m1", "standing_committee@khoi"}

    def test_of_a_member_who_comes(self, inbox):
        fact = TransferStarted(
            member_id="m1",
            transfer_id="t1",
            organization_path=PATH,
            to_path=["khoi", "co-so-2", "chi-bo-2"],
            temporary=False,
            on=date(2025, 5, 1),
        )
        happen(inbox, fact, subject="t1")
        assert titles(inbox.as_(holding("cell_secretary", "chi-bo-2"))) == [
            "Một đảng viên đang chuyển sinh hoạt đảng đến chi bộ"
        ]
