"""The stream of an inbox."""

import json
import socket
from contextlib import closing
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from services.notifications import streams
from services.notifications.api import stream
from services.notifications.service import SERVICE
from shared.access import revocations
from shared.access.revoked import SKEW
from tests.integration.notifications.conftest import FLAGGED, HELPED, RECOGNIZED, happen
from tests.support.people import a_member
from tests.support.servers import eventually
from tests.support.services import NOW, front_of

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
        assert inbox.app.extensions["khoi.streams"].held == 0

    def test_whoever_finds_no_room_is_answered_at_once_and_comes_back_later(self, settings):
        with front_of(SERVICE, msgspec.structs.replace(settings, streams=0)) as front:
            happen(front, FLAGGED)
            answer = front.as_(MEMBER).get(STREAM, headers={"Last-Event-ID": "0"}, hold=15)
            text = answer.get_data(as_text=True)
            assert text.startswith(f"retry: {stream.BACK_LATER_MS}\n")
            assert [name for _, name, _ in events(text)] == ["here", "message"]


class Line:
    """One client's end of a stream that is held."""

    def __init__(self, held, inboxes, *, seconds=30, chunked=False, holder=MEMBER):
        assert held.reserve(100)
        ours, theirs = socket.socketpair()
        self.told = b""
        self._socket = ours
        ours.settimeout(10)
        held.add(streams.Stream(theirs, holder, inboxes, after=0, seconds=seconds, chunked=chunked))

    def until(self, text):
        """Read on until *text* was told."""
        while text not in self.told:
            piece = self._socket.recv(65536)
            assert piece, self.told
            self.told += piece
        return self.told.decode()

    def to_its_end(self):
        while piece := self._socket.recv(65536):
            self.told += piece
        return self.told

    def close(self):
        self._socket.close()


@pytest.fixture
def held(inbox, monkeypatch):
    monkeypatch.setattr(streams, "LOOK_SECONDS", 0.05)
    with closing(streams.Streams(inbox.runtime.store, inbox.runtime.revocations)) as found:
        yield found


class TestHeld:
    """Many lines are held by one thread, and each is told what its inboxes get."""

    def test_what_comes_is_told_to_whom_it_is_for(self, held, happens):
        with (
            closing(Line(held, ["member:m1"])) as member,
            closing(Line(held, ["cell_secretary@chi-bo"])) as secretary,
            closing(Line(held, ["member:m1", "member:h1"])) as helper,
        ):
            happens(FLAGGED, HELPED)
            assert [name for _, name, _ in events(member.until(b"id: 4"))] == ["message"] * 2
            assert [data["inbox"] for *_, data in events(secretary.until(b"message"))] == [
                "cell_secretary@chi-bo"
            ]
            assert len(events(helper.until(b"id: 4"))) == 3
            assert held.held == 3

    def test_a_stream_that_comes_late_misses_nothing(self, held, happens):
        with closing(Line(held, ["member:m1"])) as first:
            happens(FLAGGED)
            first.until(b"event: message")
            with closing(Line(held, ["member:m1"])) as second:
                second.until(b"event: message")

    def test_at_its_time_it_ends_as_its_head_said(self, held):
        with closing(Line(held, ["member:m1"], seconds=0.1, chunked=True)) as line:
            assert line.to_its_end() == b"0\r\n\r\n"
        eventually(lambda: held.held == 0)

    def test_it_ends_when_the_access_of_its_holder_is_revoked(self, held, inbox, monkeypatch):
        monkeypatch.setattr(revocations, "FRESH_SECONDS", 0.0)
        holder = msgspec.structs.replace(MEMBER, issued_at=(NOW - timedelta(minutes=1)).timestamp())
        later = msgspec.structs.replace(MEMBER, issued_at=(NOW + SKEW).timestamp())
        with (
            closing(Line(held, ["member:m1"], chunked=True, holder=holder)) as line,
            closing(Line(held, ["member:m1"], chunked=True, holder=later)),
        ):
            inbox.runtime.base.collection(revocations.COLLECTION).insert_one(
                {
                    "_id": "r1",
                    "subject": MEMBER.subject,
                    "issued_before": NOW,
                    # The store forgets by its own clock, not by the tests' one that stands still.
                    "until": datetime.now(UTC) + timedelta(hours=25),
                }
            )
            assert line.to_its_end() == b"0\r\n\r\n"
            eventually(lambda: held.held == 1)

    def test_silence_is_broken_in_chunks(self, held, monkeypatch):
        monkeypatch.setattr(streams, "SILENCE_SECONDS", 0.1)
        with closing(Line(held, ["member:m1"], chunked=True)) as line:
            assert line.until(b"here\n\n\r\n").startswith("E\r\n: still here\n\n\r\n")

    def test_whoever_goes_away_gives_their_place_back(self, held):
        Line(held, ["member:m1"]).close()
        eventually(lambda: held.held == 0)

    def test_whoever_does_not_read_is_let_go(self, held, monkeypatch, happens):
        monkeypatch.setattr(streams, "MOST_WAITING", 1)
        monkeypatch.setattr(streams, "SILENCE_SECONDS", 0.0)
        monkeypatch.setattr(streams, "STILL_HERE", b": " + b"x" * 1_000_000 + b"\n\n")
        with closing(Line(held, ["member:m1"])):
            eventually(lambda: held.held == 0)
