"""The channel webhook against a target that listens."""

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import msgspec
import pytest

from services.notifications.channels.webhook import transport
from services.notifications.channels.webhook.signing import signature
from services.notifications.sending import Sending
from services.notifications.service import SERVICE
from tests.integration.notifications.conftest import FLAGGED, happen
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
def calling(settings):
    """The service, allowed to call what listens on this machine."""
    with front_of(SERVICE, msgspec.structs.replace(settings, webhook_allowed=("127.0.0.0/8",))) as front:
        yield front


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

    def test_a_target_taken_out_of_use_hears_nothing_more(self, calling, target):
        made = registered(calling, target)
        happen(calling, FLAGGED)
        calling.as_(OPERATOR).post(f"{WEBHOOKS}/{made['id']}/removal", version=1)
        send(calling)
        assert target.told == []
        assert {each["reason"] for each in deliveries(calling)} == {"target_removed"}


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
