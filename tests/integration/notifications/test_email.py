"""The channel e-mail against a mail server that is a process of its own."""

import os
import signal
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest

from services.notifications.channels.email.transport import SENT_LOGS, _line
from services.notifications.reminders import remind
from services.notifications.sending import HOLD, Sending
from services.notifications.service import SERVICE
from shared.events.catalogue.reviews import Clock
from tests.integration.notifications.conftest import FLAGGED, RECOGNIZED, ROUND_CLOSED, happen, lost
from tests.support.bus_process import ROOT
from tests.support.people import a_member, holding
from tests.support.services import NOW, front_of
from tests.support.smtp_process import mail_server

pytestmark = pytest.mark.integration

CONTACT = "/api/notifications/contact"
DELIVERIES = "/api/notifications/deliveries"
SEND_ONCE = """
from services.notifications.channels.email.transport import send_due
from services.notifications.service import SERVICE
from shared.service import Runtime
from shared.settings import Settings
send_due(Runtime(SERVICE, Settings.from_environment()))
"""
MEMBER = a_member("m1")
OPERATOR = holding("operator", "*")


def reachable(front, actor, **choices):
    given = {"email": "dang-vien@khoi.example", **choices}
    answer = front.as_(actor).patch(CONTACT, given, version=0)
    assert answer.status_code == 200, answer.json
    return answer


def send(front):
    """One turn of the worker."""
    sending = Sending("email", _line, per_hour=lambda runtime: runtime.settings.messages_per_hour)
    sending.run(front.runtime)


def deliveries(front, **query):
    return front.as_(OPERATOR).get(DELIVERIES, **query).json["items"]


def events(front, name):
    return list(front.runtime.store.collection("outbox").find({"type": f"vn.khoi.notifications.{name}.v1"}))


class TestSending:
    """An e-mail says that there is something to see and where, and nothing of the case."""

    def test_plain_and_html_over_tls_with_a_login(self, mailing, mail):
        reachable(mailing, MEMBER)
        happen(mailing, FLAGGED)
        send(mailing)
        (taken,) = mail.taken
        message = mailing.as_(MEMBER).get("/api/notifications/inbox/messages").json["items"][0]
        plain, html = (taken.get_body((kind,)).get_content() for kind in ("plain", "html"))
        where = f"https://khoi.example/api/notifications/inbox/messages/{message['id']}"
        assert where in plain
        assert f'href="{where}"' in html
        for secret in ("m1", "c1", "chi-bo", "danh sách", message["title"]):
            assert secret not in f"{taken['Subject']}{plain}{html}".replace(message["id"], "")
        assert [each["state"] for each in deliveries(mailing)] == ["sent"]

    def test_it_is_evidence_in_the_case(self, mailing, mail):
        reachable(mailing, MEMBER)
        happen(mailing, FLAGGED)
        send(mailing)
        facts = [event["data"] for event in events(mailing, "NotificationSent")]
        assert any('"channel":"email"' in fact and '"case_id":"c1"' in fact for fact in facts)

    def test_what_is_sent_is_not_sent_again(self, mailing, mail):
        reachable(mailing, MEMBER)
        happen(mailing, FLAGGED)
        send(mailing)
        send(mailing)
        assert len(mail.taken) == 1

    def test_what_was_read_before_need_not_go_out(self, mailing, mail):
        reachable(mailing, MEMBER)
        happen(mailing, FLAGGED)
        member = mailing.as_(MEMBER)
        message = member.get("/api/notifications/inbox/messages").json["items"][0]
        member.post(f"/api/notifications/inbox/messages/{message['id']}/read")
        send(mailing)
        assert mail.taken == []
        assert [each["state"] for each in deliveries(mailing)] == ["acknowledged"]
        assert len(events(mailing, "NotificationAcknowledged")) == 1

    def test_nobody_gets_more_than_the_rate(self, mailing, mail):
        reachable(mailing, MEMBER)
        happen(mailing, FLAGGED, RECOGNIZED, FLAGGED)
        send(mailing)
        assert len(mail.taken) == 2
        mailing.runtime.clock.move_to(NOW + timedelta(hours=1, minutes=1))
        send(mailing)
        assert len(mail.taken) == 3

    def test_at_night_it_waits_for_the_morning(self, mailing, mail):
        reachable(mailing, MEMBER, quiet_hours="08:00-10:00")  # it is nine o'clock
        happen(mailing, FLAGGED)
        send(mailing)
        assert mail.taken == []
        mailing.runtime.clock.move_to(NOW + timedelta(hours=1))
        send(mailing)
        assert len(mail.taken) == 1


class TestFailing:
    """A failure is seen and can be repeated; a server that is away costs nothing but time."""

    def test_a_refused_address_fails_and_can_be_tried_again(self, mailing, mail):
        version = reachable(mailing, MEMBER, email="refused@khoi.example").headers["ETag"]
        happen(mailing, FLAGGED)
        send(mailing)
        (failed,) = deliveries(mailing, state="failed")
        assert failed["reason"] == "recipient_refused_550"
        assert len(events(mailing, "NotificationFailed")) == 1
        member = mailing.as_(MEMBER)
        member.patch(CONTACT, {"email": "dang-vien@khoi.example"}, version=int(version.strip('"v')))
        assert mailing.as_(OPERATOR).post(f"{DELIVERIES}/{failed['id']}/retry").status_code == 200
        send(mailing)
        assert len(mail.taken) == 1

    def test_what_goes_well_is_not_tried_again(self, mailing, mail):
        reachable(mailing, MEMBER)
        happen(mailing, FLAGGED)
        (waiting,) = deliveries(mailing)
        assert mailing.as_(OPERATOR).post(f"{DELIVERIES}/{waiting['id']}/retry").status_code == 409

    def test_later_is_later(self, mailing, mail):
        reachable(mailing, MEMBER, email="later@khoi.example")
        happen(mailing, FLAGGED)
        send(mailing)
        (waiting,) = deliveries(mailing)
        assert (waiting["state"], waiting["attempts"], waiting["reason"]) == ("pending", 1, "recipient_451")
        assert datetime.fromisoformat(waiting["next_try_at"]) == NOW + timedelta(minutes=1)

    def test_a_day_without_the_mail_server_loses_nothing(self, mail_settings, mail, tmp_path):
        nowhere = mail.port + 1
        with front_of(SERVICE, msgspec.structs.replace(mail_settings, smtp_port=nowhere)) as front:
            reachable(front, MEMBER)
            happen(front, FLAGGED)
            for hour in range(0, 24, 4):
                front.runtime.clock.move_to(NOW + timedelta(hours=hour))
                send(front)
            (waiting,) = deliveries(front)
            assert (waiting["state"], waiting["attempts"]) == ("pending", 0)
            assert waiting["reason"] == "ConnectionRefusedError"
            with mail_server(tmp_path, nowhere) as back:
                front.runtime.clock.move_to(NOW + timedelta(days=1))
                send(front)
                assert len(back.taken) == 1
            SENT_LOGS.forget(front.runtime)

    @pytest.mark.parametrize(
        ("point", "times"), [("notifications.after-acceptance", 2), ("notifications.after-send", 1)]
    )
    def test_killed_between_acceptance_and_mark_it_goes_out_once_more_at_most_and_is_not_lost(
        self, mailing, mail, point, times
    ):
        reachable(mailing, MEMBER)
        happen(mailing, FLAGGED)
        used = mailing.runtime.settings
        environment = {
            **os.environ,
            "KHOI_ID": used.khoi_id,
            "MONGODB_URL": used.mongodb_url,
            "KHOI_SMTP_HOST": used.smtp_host,
            "KHOI_SMTP_PORT": str(used.smtp_port),
            "KHOI_SMTP_USERNAME": used.smtp_username,
            "KHOI_SMTP_PASSWORD": used.smtp_password,
            "KHOI_SMTP_SENDER": used.smtp_sender,
            "KHOI_SMTP_CA": str(used.smtp_ca),
            "KAFKA_BOOTSTRAP_SERVERS": used.kafka_bootstrap_servers,
            "KHOI_FAILPOINT": point,
        }
        killed = subprocess.run([sys.executable, "-c", SEND_ONCE], cwd=ROOT, env=environment, check=False)
        assert killed.returncode == -signal.SIGKILL
        assert [each["state"] for each in deliveries(mailing)] == ["pending"]
        mailing.runtime.clock.move_to(datetime.now(UTC) + HOLD + timedelta(seconds=1))
        send(mailing)
        send(mailing)
        assert [each["state"] for each in deliveries(mailing)] == ["sent"]
        assert len(mail.taken) == times
        assert len({each["Message-ID"] for each in mail.taken}) == 1


class TestRestored:
    """A database restored from a backup does not send again what went out after the backup."""

    def restored(self, mailing):
        lost(mailing, "contacts")
        SENT_LOGS.forget(mailing.runtime)
        reachable(mailing, MEMBER)

    def test_what_it_is_told_again_it_does_not_send_again(self, mailing, mail):
        reachable(mailing, MEMBER)
        happen(mailing, FLAGGED, named="first")
        send(mailing)
        self.restored(mailing)
        happen(mailing, FLAGGED, named="first")
        happen(mailing, RECOGNIZED, named="later")
        send(mailing)
        assert len(mail.taken) == 2  # the listing once, and what is new
        assert [each["state"] for each in deliveries(mailing)] == ["sent", "sent"]

    def test_a_reminder_is_the_same_in_other_company(self, mailing, mail):
        def remind_of(*days):
            for day in days:
                due_on = date(2026, 1, day)
                clocks = [Clock(kind="education_end", due_on=due_on, status="running")]
                listed = {"case_id": f"c{day}", "on": date(2025, 1, 15), "education_due_on": due_on}
                happen(mailing, msgspec.structs.replace(FLAGGED, **listed, clocks=clocks))
            # only the reminders are sent here
            mailing.runtime.store.collection("deliveries").delete_many({})
            mailing.runtime.clock.move_to(datetime(2026, 1, 16, 3, tzinfo=UTC))
            remind(mailing.runtime)
            send(mailing)

        reachable(mailing, MEMBER)
        remind_of(16, 17)
        assert len(mail.taken) == 1
        self.restored(mailing)
        remind_of(16)
        assert len(mail.taken) == 1


class TestChoices:
    """Each chooses within what is required."""

    def test_an_event_switched_off_brings_no_email(self, mailing, mail):
        standing = holding("standing_committee", "khoi")
        reachable(mailing, standing, muted=["reviews.RoundClosed"])
        happen(mailing, ROUND_CLOSED)
        assert deliveries(mailing) == []
        assert mailing.as_(standing).get("/api/notifications/inbox/unread").json == {"unread": 1}

    def test_what_is_required_cannot_be_switched_off(self, mailing, mail):
        reachable(mailing, MEMBER, email_on=False, muted=["reviews.MemberFlagged"])
        happen(mailing, FLAGGED)
        assert [each["required"] for each in deliveries(mailing)] == [True]

    def test_an_office_is_reached_through_whoever_holds_it(self, mailing, mail):
        reachable(mailing, holding("cell_secretary", "chi-bo", subject="bi-thu"))
        happen(mailing, FLAGGED)
        assert len(deliveries(mailing)) == 1

    def test_one_who_has_not_been_here_for_long_is_not_taken_for_the_office(self, mailing, mail):
        reachable(mailing, holding("cell_secretary", "chi-bo", subject="bi-thu"))
        mailing.runtime.clock.move_to(NOW + timedelta(days=91))
        happen(mailing, FLAGGED)
        assert deliveries(mailing) == []

    @pytest.mark.parametrize(
        "wrong", [{"email": "đảng@khoi.example"}, {"quiet_hours": "đêm"}, {"muted": ["reviews.Nothing"]}]
    )
    def test_what_cannot_be_is_refused(self, inbox, wrong):
        assert inbox.as_(MEMBER).patch(CONTACT, wrong, version=0).status_code == 422

    def test_another_version_is_refused(self, inbox):
        assert inbox.as_(MEMBER).patch(CONTACT, {"digest": True}, version=3).status_code == 412
