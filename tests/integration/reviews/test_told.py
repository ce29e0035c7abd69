"""Delivery of the notices that the member must have is evidence in the case."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.events.catalogue.notifications import (
    NotificationAcknowledged,
    NotificationFailed,
    NotificationSent,
)
from tests.integration.reviews.conftest import Office, Story

pytestmark = pytest.mark.integration


def about(story: Story, **other: Any) -> dict[str, Any]:
    """What a notification says of the notice of the listing."""
    return {
        "notification_id": "n1",
        "about_event": "e1",
        "recipient": "m1",
        "channel": "inbox",
        "at": datetime(2021, 6, 15, 2, tzinfo=UTC),
        "case_id": story.now["id"],
        "member_id": "m1",
        "event_type": "vn.khoi.reviews.MemberFlagged.v1",
        "required": True,
        **other,
    }


class TestEvidence:
    """Sent, failed, acknowledged: beside the case, for the member as well."""

    def test_what_became_of_a_required_notice(self, office: Office, a_story: Callable[[], Story]):
        story = a_story().listed()
        office.arrive(
            NotificationSent(**about(story)),
            NotificationFailed(**about(story, channel="email"), reason="recipient_refused_550"),
            NotificationAcknowledged(**about(story, at=datetime(2021, 6, 16, 2, tzinfo=UTC))),
        )
        path = f"/cases/{story.now['id']}/notifications"
        items = office.committee.get(path).json["items"]
        assert {(each["channel"], each["state"]["code"], each["reason"]) for each in items} == {
            ("inbox", "sent", None),
            ("email", "failed", "recipient_refused_550"),
            ("inbox", "acknowledged", None),
        }
        assert items[-1]["state"]["label"] == "đảng viên đã xem, xác nhận"
        assert office.oneself("m1").get(path).json["items"] == items

    def test_what_arrives_again_is_there_once(self, office: Office, a_story: Callable[[], Story]):
        story = a_story().listed()
        for _ in range(2):
            office.arrive(NotificationSent(**about(story)))
        assert len(office.committee.get(f"/cases/{story.now['id']}/notifications").json["items"]) == 1

    def test_other_notifications_are_no_evidence(self, office: Office, a_story: Callable[[], Story]):
        story = a_story().listed()
        office.arrive(NotificationSent(**about(story, required=False)))
        assert office.committee.get(f"/cases/{story.now['id']}/notifications").json["items"] == []
