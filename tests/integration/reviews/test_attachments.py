"""Scans of a case over HTTP, in GridFS of a real Mongo-wire server."""

import struct
import zlib
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO

import msgspec
import pytest

from services.reviews.attachments.kept import scans, sweep
from shared.ids import new_id
from tests.integration.reviews.conftest import CELL, OTHER_CELL, Office, Story

pytestmark = pytest.mark.integration
PDF = b"%PDF-1.7\n1 0 obj <</Type /Catalog>> endobj\ntrailer <</Root 1 0 R>>\n%%EOF\n"


def png(width: int = 20, height: int = 10) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunk = b"IHDR" + head
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))


class Desk:
    """One listed case and what people put into its file."""

    def __init__(self, office: Office, story: Story) -> None:
        self.office = office
        self.case_id = story.now["id"]
        self.path = f"/cases/{self.case_id}/attachments"

    def attach(self, by=None, content=PDF, name="quyet-dinh.pdf", key=None, **told):
        person = by or self.office.secretary
        form = {"kind": "decision", "link": "step", "number": "1", **told}
        return person.client.post(
            f"/api/reviews{self.path}",
            data={**form, "file": (BytesIO(content), name)},
            headers=person.headers(key=key or new_id()),
        )

    def files(self) -> int:
        return self.office.runtime.store.collection("attachment_files.files").count_documents({})


@pytest.fixture
def desk(office: Office, a_story: Callable[[], Story]) -> Desk:
    return Desk(office, a_story().listed("m1"))


class TestAttaching:
    """A sound scan is kept with its hash beside the step or the evidence it belongs to."""

    def test_a_scan_comes_back_as_it_was_and_the_download_is_on_record(self, desk: Desk):
        made = desk.attach(description="Bản có dấu")
        assert made.status_code == 201, made.json
        assert (made.json["media_type"], made.json["size"]) == ("application/pdf", len(PDF))
        got = desk.office.committee.get(f"{desk.path}/{made.json['id']}")
        assert (got.status_code, got.data, got.content_type) == (200, PDF, "application/pdf")
        assert got.headers["Content-Disposition"].startswith("attachment")
        assert desk.office.audited(made.json["id"]) == ["attachment.add", "attachment.read"]

    def test_the_same_key_attaches_once(self, desk: Desk):
        first, second = desk.attach(key="k"), desk.attach(key="k")
        assert second.headers["Idempotency-Replayed"] == "true"
        assert first.json["id"] == second.json["id"]
        assert desk.files() == 1

    def test_a_scan_belongs_to_a_line_that_the_case_has(self, desk: Desk):
        assert desk.attach(link="evidence", number="1").status_code == 201
        refused = desk.attach(link="evidence", number="9")
        assert (refused.status_code, refused.json["errors"][0]["code"]) == (422, "no_such_line")

    @pytest.mark.parametrize(("field", "value"), [("kind", "love_letter"), ("number", "0"), ("link", "x")])
    def test_a_form_that_says_nothing_known_is_refused(self, desk: Desk, field, value):
        refused = desk.attach(**{field: value})
        assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (422, f"/{field}")
        assert desk.files() == 0

    def test_a_picture_named_pdf_is_refused(self, desk: Desk):
        refused = desk.attach(content=png())
        assert (refused.status_code, refused.json["errors"][0]["code"]) == (422, "type_mismatch")
        assert desk.attach(content=png(), name="anh.png").status_code == 201

    def test_a_scan_over_the_limit_is_refused(self, desk: Desk):
        runtime = desk.office.runtime
        runtime.settings = msgspec.structs.replace(runtime.settings, attachment_bytes=len(PDF) - 1)
        assert desk.attach().status_code == 413
        runtime.settings = msgspec.structs.replace(runtime.settings, attachment_bytes=len(PDF))
        assert desk.attach().status_code == 201


class TestReading:
    """The member reads what is addressed to them; nobody outside the subtree reads anything."""

    def test_the_member_reads_the_decision_and_no_minutes(self, desk: Desk):
        mine = desk.attach().json["id"]
        minutes = desk.attach(kind="ballot_minutes").json["id"]
        member = desk.office.oneself("m1")
        assert [each["id"] for each in member.get(desk.path).json["items"]] == [mine]
        assert member.get(f"{desk.path}/{mine}").status_code == 200
        assert member.get(f"{desk.path}/{minutes}").status_code == 403
        assert desk.office.oneself("m2").get(desk.path).status_code == 403

    def test_the_minutes_of_a_ballot_stay_with_the_level_that_attached_them(self, desk: Desk):
        minutes = desk.attach(kind="ballot_minutes").json["id"]
        assert desk.office.secretary.get(f"{desk.path}/{minutes}").status_code == 200
        assert desk.office.committee.get(f"{desk.path}/{minutes}").status_code == 403
        assert desk.office.committee.get(desk.path).json["items"] == []

    def test_another_cell_neither_reads_nor_attaches(self, desk: Desk):
        stranger = desk.office.person("chi-bo-khac", ("cell_secretary", OTHER_CELL))
        made = desk.attach().json["id"]
        assert stranger.get(f"{desk.path}/{made}").status_code == 403
        assert desk.attach(by=stranger).status_code == 403

    def test_the_member_concerned_attaches_nothing_in_any_office(self, desk: Desk):
        oneself = desk.office.person("bi-thu", ("cell_secretary", CELL), member_id="m1")
        assert desk.attach(by=oneself).json["type"].endswith("conflict-of-interest")


class TestTakingOff:
    """A scan goes only by an act with a reason; that it was there, and its hash, stays."""

    def test_a_committee_takes_a_scan_off_with_its_reason(self, desk: Desk):
        made = desk.attach().json
        path = f"{desk.path}/{made['id']}/removal"
        reason = {"reason": "Nhầm người."}
        assert desk.office.secretary.post(path, reason, version=1).status_code == 403
        assert desk.office.committee.post(path, {"reason": ""}, version=1).status_code == 422
        done = desk.office.committee.post(path, reason, version=1)
        assert (done.status_code, done.json["sha256"]) == (200, made["sha256"])
        assert desk.files() == 0
        assert desk.office.committee.post(path, reason, version=2).status_code == 409
        assert desk.office.committee.get(f"{desk.path}/{made['id']}").status_code == 410
        (kept,) = desk.office.committee.get(desk.path).json["items"]
        assert kept["removed_because"] == "Nhầm người."
        assert desk.office.audited(made["id"]) == ["attachment.add", "attachment.remove"]

    def test_a_download_that_comes_too_late_says_so_and_is_no_reading(self, desk: Desk):
        made = desk.attach().json
        # As between the two acts of taking off: the content is gone, this reader still sees the record as it was.
        scans(desk.office.runtime.store).drop(made["id"])
        answer = desk.office.committee.get(f"{desk.path}/{made['id']}")
        assert (answer.status_code, answer.json["type"]) == (410, "urn:khoi:problem:gone")
        assert desk.office.audited(made["id"]) == ["attachment.add"]


class TestSweep:
    """What no record holds goes after an hour; what a record holds stays."""

    def test_only_the_unlinked_scan_is_swept(self, desk: Desk):
        made = desk.attach().json["id"]
        runtime = desk.office.runtime
        scans(runtime.store).keep("le-loi", BytesIO(PDF), name="le-loi")
        stored = max(raw["uploadDate"] for raw in runtime.store.collection("attachment_files.files").find({}))
        runtime.clock.move_to(stored + timedelta(minutes=59))
        sweep(runtime)
        assert desk.files() == 2
        runtime.clock.move_to(stored + timedelta(minutes=61))
        sweep(runtime)
        assert desk.files() == 1
        assert desk.office.secretary.get(f"{desk.path}/{made}").data == PDF
