"""A handover: out of one deployment in open formats, verified, into the successor's own under another name."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.handover.exporting import HandoverError, export
from deploy.handover.importing import import_handover, verify_handover
from shared.audit import verify as chain
from shared.store.files import Files
from tests.support.bus import (
    CONSUMER,
    PRODUCER,
    Cases,
    Steps,
    agree,
    context,
    make_topics,
    running,
    settings_of,
)
from tests.support.servers import eventually

pytestmark = pytest.mark.integration

SCAN = b"%PDF-1.7 a scan" * 40_000


@pytest.fixture
def old(cases: Cases, steps: Steps) -> tuple[Cases, Steps]:
    """A Khối whose work is done: two cases, three steps, one scan."""
    with running(cases.worker()), running(steps.worker()):
        cases.step("a", times=2)
        cases.step("b")
        agree(cases, steps)
    Files(cases.store, "scans").keep("scan-1", io.BytesIO(SCAN), name="biên bản.pdf")
    return cases, steps


@pytest.fixture
def handed_over(old: tuple[Cases, Steps], tmp_path: Path) -> Path:
    cases, steps = old
    stores = {PRODUCER: cases.store, CONSUMER: steps.store}
    folder = tmp_path / "handover"
    export(stores, folder, khoi_name="Khối cũ", reason="kết thúc hoạt động", context=context())
    return folder


class TestExport:
    """What is handed over can be read by anybody and checked by hash."""

    def test_open_formats(self, handed_over: Path):
        lines = (handed_over / PRODUCER / "outbox.jsonl").read_text(encoding="utf-8").splitlines()
        assert [json.loads(line)["subject"] for line in lines] == ["a", "a", "b"]
        assert (handed_over / PRODUCER / "files" / "scans" / "scan-1").read_bytes() == SCAN
        table = (handed_over / "csv" / "cases.csv").read_text(encoding="utf-8-sig")
        assert {row["_id"] for row in csv.DictReader(io.StringIO(table))} == {"a", "b"}

    def test_it_is_on_record_in_every_service(self, old, handed_over):
        _, digest = verify_handover(handed_over)
        for each in old:
            entry = each.store.collection("audit").find_one({"action": "handover.exported"})
            assert (entry["reason"], entry["after"]) == ("kết thúc hoạt động", digest)

    def test_never_into_a_folder_that_is_there(self, old, tmp_path):
        with pytest.raises(HandoverError, match="exists already"):
            export({PRODUCER: old[0].store}, tmp_path, khoi_name="", reason="…", context=context())


class TestVerify:
    """Nothing can be changed, added or left out unseen."""

    @pytest.mark.parametrize(
        ("change", "told"),
        [
            (lambda folder: (folder / PRODUCER / "outbox.jsonl").write_bytes(b""), "was changed"),
            (lambda folder: (folder / PRODUCER / "audit.jsonl").unlink(), "missing or too many"),
            (lambda folder: (folder / "more.jsonl").touch(), "missing or too many"),
            (lambda folder: (folder / "manifest.json").unlink(), "no manifest"),
        ],
    )
    def test_a_change(self, handed_over: Path, change: Callable[[Path], None], told: str):
        change(handed_over)
        with pytest.raises(HandoverError, match=told):
            verify_handover(handed_over)


class TestImport:
    """The successor goes on where the old deployment ended."""

    def test_work_goes_on_under_another_name(
        self, old, handed_over, deployment, mongodb_url, kafka_bootstrap
    ):
        for each in old:
            each.close()  # one process knows one database of a service at a time
        successor = settings_of(f"{deployment}-moi", mongodb_url, kafka_bootstrap)
        make_topics(successor)
        cases, steps = Cases(successor), Steps(successor)
        stores = {PRODUCER: cases.store, CONSUMER: steps.store}
        try:
            import_handover(handed_over, stores, settings=successor, reason="tiếp nhận", context=context())
            for store in stores.values():
                assert chain.verify(store).intact
            with Files(cases.store, "scans").opened("scan-1") as scan:
                assert scan.read() == SCAN
            with running(cases.worker()), running(steps.worker()):
                cases.step("a")
                agree(cases, steps)
            assert steps.seen() == {"a": [1, 2, 3], "b": [1]}
            with pytest.raises(HandoverError, match="not empty"):
                eventually(
                    lambda: import_handover(
                        handed_over, stores, settings=successor, reason="lần nữa", context=context()
                    )
                )
        finally:
            cases.close()
            steps.close()
