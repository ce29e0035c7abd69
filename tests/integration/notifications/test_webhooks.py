"""The channel webhook against a target that listens."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import msgspec
import pytest

from services.notifications.channels.webhook import transport
from services.notifications.channels.webhook.signing import signature
from services.notifications.reminders import remind
from services.notifications.sending import Sending
from services.notifications.service import SERVICE
from shared.events.catalogue.reviews import Clock
from tests.integration.notifications.conftest import FLAGGED, RECOGNIZED, happen, lost
from tests.support.people import holding
from tests.support.services import NOW, front_of

pytestmark = pytest.mark.integration

OPERATOR = holding("operator", "*")
WEBHOOKS = "/api/notifications/webhooks"
DELIVERIES = "/api/notifications/deliveries"


class Listening:
    """A front-end that notes what it is told, and answers as the test wants."""

    def __init__(self) -> None:
        self.told: list[tuple[dict[str, str], bytes]] = []
        self.status = 200
        listening = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                listening.told.append((dict(self.headers), body))
                self.send_response(listening.status)
                if listening.status == 302:
                    self.send_header("Location", f"http://127.0.0.1:{listening.port}/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def target() -> Iterator[Listening]:
    listening = Listening()
    yield listening
    listening.close()


@pytest.fixture
def calling(settings, kafka_bootstrap):
    """The service, allowed to call what listens on this machine, and the broker that keeps what was sent."""
    allowed = msgspec.structs.replace(
        settings, webhook_allowed=("127.0.0.0/8",), kafka_bootstrap_servers=kafka_bootstrap
    )
    with front_of(SERVICE, allowed) as front:
        yield front
        transport.SENT_LOGS.forget(front.runtime)


def registered(front, target):
    answer = front.as_(OPERATOR).post(
        WEBHOOKS, {"url": f"http://localhost:{target.port}/hook?x=1", "description": "Giao diện"}
    )
    assert answer.status_code == 201, answer.json
    return answer.json


def send(front):
    Sending("webhook", transport._line).run(front.runtime)


def deliveries(front, **query):
    return front.as_(OPERATOR).get(DELIVERIES, channel="webhook", **query).json["items"]


@pytest.fixture(autouse=True)
def ipv4_alone(monkeypatch):
    """The name localhost may stand for ::1 as well; the target listens on one of them."""
    monkeypatch.setattr(transport, "resolved", lambda host, port: ["127.0.0.1"])
    monkeypatch.setattr("services.notifications.api.webhooks.resolved", lambda host, port: ["127.0.0.1"])


class TestSending:
    """The target learns that there is something to see, and can check who says so."""

    def test_it_is_signed_and_says_nothing_of_the_case(self, calling, target):
        made = registered(calling, target)
        happen(calling, FLAGGED)
        send(calling)
        assert len(target.told) == 2  # one for each inbox: of the member and of the secretary
        headers, body = target.told[0]
        assert (
            headers["Khoi-Signature"]
            == f"v1={signature(made['secret'], int(headers['Khoi-Timestamp']), body)}"
        )
        assert headers["Host"] == f"localhost:{target.port}"
        said = json.loads(body)
        assert set(said) == {"id", "title", "see", "at"}
        assert "danh sách" not in said["title"]
        assert {each["state"] for each in deliveries(calling, webhook=made["id"])} == {"sent"}

    def test_while_the_secret_changes_both_sign(self, calling, target):
        made = registered(calling, target)
        operator = calling.as_(OPERATOR)
        new = operator.post(f"{WEBHOOKS}/{made['id']}/secret", version=1).json
        assert new["secret"] != made["secret"]
        happen(calling, FLAGGED)
        send(calling)
        headers, body = target.told[0]
        stamp = int(headers["Khoi-Timestamp"])
        assert headers["Khoi-Signature"] == ",".join(
            f"v1={signature(each, stamp, body)}" for each in (new["secret"], made["secret"])
        )
        assert "secret" not in operator.get(WEBHOOKS).json["items"][0]

    def test_an_answer_that_is_no_success_is_tried_again_later(self, calling, target):
        registered(calling, target)
        target.status = 503
        happen(calling, FLAGGED)
        send(calling)
        told = len(target.told)
        assert {(each["state"], each["reason"]) for each in deliveries(calling)} == {
            ("pending", "answered_503")
        }
        target.status = 200
        calling.runtime.clock.move_to(NOW + timedelta(minutes=1))
        send(calling)
        assert len(target.told) == 2 * told
        assert {each["state"] for each in deliveries(calling)} == {"sent"}

    def test_a_redirect_is_not_followed(self, calling, target):
        registered(calling, target)
        target.status = 302
        happen(calling, FLAGGED)
        send(calling)
        assert {each["reason"] for each in deliveries(calling)} == {"answered_302"}
        assert len(target.told) == len(deliveries(calling))

    def test_what_was_sent_can_be_sent_again_by_hand(self, calling, target):
        registered(calling, target)
        happen(calling, FLAGGED)
        send(calling)
        told = len(target.told)
        first = deliveries(calling)[0]
        assert calling.as_(OPERATOR).post(f"{DELIVERIES}/{first['id']}/retry").status_code == 200
        send(calling)
        assert len(target.told) == told + 1

    def test_a_repetition_has_the_id_of_the_first(self, calling, target):
        """By hand, or because nobody knows whether the first arrived: the receiver knows both by their id."""
        registered(calling, target)
        happen(calling, FLAGGED)
        send(calling)
        told = {headers["Khoi-Delivery"] for headers, _ in target.told}
        assert len(told) == len(target.told)
        for each in deliveries(calling):
            calling.as_(OPERATOR).post(f"{DELIVERIES}/{each['id']}/retry")
        send(calling)
        assert len(target.told) == 2 * len(told)
        assert {headers["Khoi-Delivery"] for headers, _ in target.told} == told
        assert {json.loads(body)["id"] for _, body in target.told} == told

    def test_a_target_taken_out_of_use_hears_nothing_more(self, calling, target):
        made = registered(calling, target)
        happen(calling, FLAGGED)
        calling.as_(OPERATOR).post(f"{WEBHOOKS}/{made['id']}/removal", version=1)
        send(calling)
        assert target.told == []
        assert {each["reason"] for each in deliveries(calling)} == {"target_removed"}


class TestRestored:
    """A target hears nothing twice because the service went back to an older backup."""

    def restored(self, calling):
        lost(calling)
        transport.SENT_LOGS.forget(calling.runtime)

    def test_what_it_is_told_again_it_does_not_tell_again(self, calling, target):
        registered(calling, target)
        happen(calling, FLAGGED, named="first")
        send(calling)
        told = len(target.told)
        self.restored(calling)
        happen(calling, FLAGGED, named="first")
        happen(calling, RECOGNIZED, named="later")
        send(calling)
        assert len({headers["Khoi-Delivery"] for headers, _ in target.told}) == len(target.told) > told
        assert {each["state"] for each in deliveries(calling)} == {"sent"}

    def test_a_reminder_is_the_same_in_other_company(self, calling, target):
        def remind_of(*days):
            for day in days:
                due_on = date(2026, 1, day)
                clocks = [Clock(kind="education_end", due_on=due_on, status="running")]
                listed = {"case_id": f"c{day}", "on": date(2025, 1, 15), "education_due_on": due_on}
                happen(calling, msgspec.structs.replace(FLAGGED, **listed, clocks=clocks))
            # only the reminders are sent here
            calling.runtime.store.collection("deliveries").delete_many({})
            calling.runtime.clock.move_to(datetime(2026, 1, 16, 3, tzinfo=UTC))
            remind(calling.runtime)
            send(calling)

        registered(calling, target)
        remind_of(16, 17)
        told = len(target.told)
        assert told > 0
        self.restored(calling)
        remind_of(16)
        assert len(target.told) == told

    def test_a_person_may_have_it_sent_once_more(self, calling, target):
        registered(calling, target)
        happen(calling, FLAGGED, named="first")
        send(calling)
        told = len(target.told)
        self.restored(calling)
        happen(calling, FLAGGED, named="first")
        send(calling)
        first = deliveries(calling)[0]
        calling.as_(OPERATOR).post(f"{DELIVERIES}/{first['id']}/retry")
        send(calling)
        assert [headers["Khoi-Delivery"] for headers, _ in target.told[told:]] == [first["id"]]


class TestForbiddenTargets:
    """The name is looked up when it is called, and the address that was checked is the one called."""

    def test_one_that_is_not_listed_is_not_registered(self, inbox):
        answer = inbox.as_(OPERATOR).post(WEBHOOKS, {"url": "https://example.com/", "description": "Khác"})
        assert answer.status_code == 422
        assert answer.json["errors"][0]["code"] == "target_not_allowed"

    def test_a_name_that_leads_elsewhere_later_is_not_followed(self, calling, target, monkeypatch):
        registered(calling, target)
        happen(calling, FLAGGED)
        monkeypatch.setattr(transport, "resolved", lambda host, port: ["169.254.169.254"])
        send(calling)
        assert target.told == []
        assert {(each["state"], each["reason"]) for each in deliveries(calling)} == {
            ("failed", "target_not_allowed")
        }
