"""After a restore nothing goes out that may have gone out before; what is new does."""

from datetime import timedelta

import msgspec
import pytest

from services.notifications.documents import Delivery
from services.notifications.restored import hold_what_waits
from shared.access.actor import system_actor
from shared.store.restored import Restored, mark_restored
from tests.integration.notifications.conftest import FLAGGED, RECOGNIZED, happen
from tests.integration.notifications.test_email import MEMBER, OPERATOR, deliveries, reachable, send
from tests.support.people import context_of
from tests.support.services import NOW

pytestmark = pytest.mark.integration

LONG_AGO = Restored(backup="b0", cut_at=NOW - timedelta(days=3), at=NOW - timedelta(days=2))
JUST_NOW = Restored(backup="b1", cut_at=NOW - timedelta(hours=1), at=NOW)


def restore(front, restored: Restored) -> None:
    """What `khoi backup restore` does to the service when its records are back."""
    mark_restored(front.runtime.store, restored)
    hold_what_waits(front.runtime.unit_of_work, context_of(system_actor("operator")), restored)


class TestHeld:
    """A mail that may have been sent waits for a person's word."""

    def test_what_waited_at_the_cut(self, mailing, mail):
        reachable(mailing, MEMBER)
        happen(mailing, FLAGGED)
        restore(mailing, JUST_NOW)
        send(mailing)
        assert mail.taken == []
        (held,) = deliveries(mailing, state="held")
        assert held["reason"] == "restored"

    def test_an_event_that_is_applied_again(self, mailing, mail):
        reachable(mailing, MEMBER)
        restore(mailing, JUST_NOW)
        happen(mailing, FLAGGED)
        send(mailing)
        assert mail.taken == []
        assert len(deliveries(mailing, state="held")) == 1
        assert len(mailing.as_(MEMBER).get("/api/notifications/inbox/messages").json["items"]) == 1

    def test_let_go_by_an_operator(self, mailing, mail):
        reachable(mailing, MEMBER)
        happen(mailing, FLAGGED)
        restore(mailing, JUST_NOW)
        (held,) = deliveries(mailing, state="held")
        answer = mailing.as_(OPERATOR).post(f"/api/notifications/deliveries/{held['id']}/retry", {})
        assert answer.status_code == 200, answer.json
        send(mailing)
        assert len(mail.taken) == 1

    def test_it_is_on_record(self, mailing):
        restore(mailing, JUST_NOW)
        entry = mailing.runtime.store.collection("audit").find_one({"action": "deliveries.held"})
        assert entry is not None
        assert entry["subject"] == "b1"

    def test_a_message_read_meanwhile_needs_no_mail(self, mailing):
        reachable(mailing, MEMBER)
        restore(mailing, JUST_NOW)
        happen(mailing, FLAGGED)
        member = mailing.as_(MEMBER)
        (message,) = member.get("/api/notifications/inbox/messages").json["items"]
        assert member.post(f"/api/notifications/inbox/messages/{message['id']}/read", {}).status_code == 200
        (raw,) = mailing.runtime.store.collection("deliveries").find()
        assert Delivery.from_document(raw).state == "acknowledged"


class TestTheLogIsThere:
    """Where the log of what went out was kept, nothing needs to be held: it is asked."""

    def test_nothing_is_held(self, mailing):
        reachable(mailing, MEMBER)
        happen(mailing, FLAGGED)
        restore(mailing, msgspec.structs.replace(JUST_NOW, logs_kept=True))
        happen(mailing, RECOGNIZED, subject="c2")
        assert [each["state"] for each in deliveries(mailing)] == ["pending", "pending"]


class TestNew:
    """What came about after the restore goes out as ever."""

    def test_an_event_of_today(self, mailing, mail):
        reachable(mailing, MEMBER)
        restore(mailing, LONG_AGO)
        happen(mailing, FLAGGED, RECOGNIZED)
        send(mailing)
        assert len(mail.taken) == 2
