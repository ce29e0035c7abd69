"""The stream of an inbox."""

import json

import msgspec
import pytest

from services.notifications.api import stream
from services.notifications.service import SERVICE
from tests.integration.notifications.conftest import FLAGGED, HELPED, RECOGNIZED, happen
from tests.support.people import a_member
from tests.support.services import front_of

pytestmark = pytest.mark.integration

STREAM = "/api/notifications/inbox/stream"
MEMBER = a_member("m1")


def events(text):
    """The events of a stream: number, name, data."""
    found = []
    for block in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if "event" in fields:
            found.append((int(fields["id"]), fields["event"], json.loads(fields["data"])))
    return found


def read(front, actor, *, behind=None, hold=0):
    headers = {} if behind is None else {"Last-Event-ID": str(behind)}
    answer = front.as_(actor).get(STREAM, headers=headers, hold=hold)
    assert answer.content_type == "text/event-stream"
    text = answer.get_data(as_text=True)
    answer.close()  # as a server does at the end of each answer
    return events(text)


class TestStream:
    """Each gets the messages of their own inboxes, from where they left off."""

    def test_it_goes_on_behind_the_last_event_id(self, inbox, happens):
        happens(FLAGGED, HELPED, RECOGNIZED)
        told = [each for each in read(inbox, MEMBER, behind=0) if each[1] == "message"]
        assert len(told) == 3
        assert [number for number, _, _ in told] == sorted(number for number, _, _ in told)
        second = told[1][0]
        assert [each for each in read(inbox, MEMBER, behind=second) if each[1] == "message"] == told[2:]

    def test_without_one_it_begins_now(self, inbox, happens):
        happens(FLAGGED)
        ((number, name, _),) = read(inbox, MEMBER)
        assert name == "here"
        happens(HELPED)
        assert len([each for each in read(inbox, MEMBER, behind=number) if each[1] == "message"]) == 1

    def test_nobody_gets_anothers(self, inbox, happens):
        happens(FLAGGED)
        assert [name for _, name, _ in read(inbox, a_member("m2"), behind=0)] == ["here"]

    def test_what_comes_while_it_is_open_is_told(self, inbox, happens, monkeypatch):
        monkeypatch.setattr(stream, "EVERY_SECONDS", 0.05)
        answer = inbox.as_(MEMBER).get(STREAM, headers={"Last-Event-ID": "0"}, hold=15)
        told, happened = "", False
        for piece in answer.iter_encoded():  # piece by piece, as it is written
            told += piece.decode()
            if ": still here" in told and not happened:
                happens(FLAGGED)
                happened = True
            if "event: message" in told:
                break
        answer.close()
        assert [name for _, name, _ in events(told)] == ["here", "message"]
        assert stream._held == 0

    def test_whoever_finds_no_room_is_answered_at_once_and_comes_back_later(self, settings):
        with front_of(SERVICE, msgspec.structs.replace(settings, streams=0)) as front:
            happen(front, FLAGGED)
            answer = front.as_(MEMBER).get(STREAM, headers={"Last-Event-ID": "0"}, hold=15)
            text = answer.get_data(as_text=True)
            assert text.startswith(f"retry: {stream.BACK_LATER_MS}\n")
            assert [name for _, name, _ in events(text)] == ["here", "message"]
