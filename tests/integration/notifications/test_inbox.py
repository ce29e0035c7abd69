"""The inbox over a real Mongo-wire server."""

import pytest

from tests.integration.notifications.conftest import FLAGGED, GROUP, HELPED, RECOGNIZED
from tests.support.people import a_member, holding

pytestmark = pytest.mark.integration


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
