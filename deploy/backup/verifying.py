"""Verifies a backup without a database: every frame, every count and hash, and that the services fit one another."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import bson
import msgspec
from bson.raw_bson import RawBSONDocument

from deploy.backup.manifest import FrameHead, Manifest, Tally, unpacked
from deploy.backup.sealing import SealError, opened
from shared.audit.chain import GENESIS, is_sound
from shared.bus.audit_log import CHAIN
from shared.bus.generations import plain
from shared.bus.topics import audit_log

_DATES: bson.CodecOptions[dict[str, Any]] = bson.CodecOptions(tz_aware=True)


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """Where a service's ledger stands: its newest event, its newest audit entry and the hash of that."""

    position: int
    entry: int
    hash: str


@dataclass(slots=True)
class Learnt:
    """What is learnt of one service while its documents pass."""

    events: int = 0
    newest: int = 0
    """The highest position of the outbox."""
    streams: dict[str, int] = field(default_factory=dict)
    """Subject → the highest sequence in the outbox."""
    marks: dict[str, int] = field(default_factory=dict)
    """Stream → what the inbox has applied."""
    _links: dict[int, tuple[str, str]] = field(default_factory=dict)
    _changed: set[int] = field(default_factory=set)

    def learn(self, collection: str, document: Mapping[str, Any]) -> None:
        """Take in one document; only outbox, inbox and audit tell something."""
        if collection == "audit":
            link = (
                bson.decode(document.raw, _DATES) if isinstance(document, RawBSONDocument) else dict(document)
            )
            number = int(link["_id"])
            self._links[number] = (str(link["previous"]), str(link["hash"]))
            if not is_sound(link):
                self._changed.add(number)
        elif collection == "outbox":
            subject, sequence = str(document["subject"]), int(document["sequence"])
            self.events += 1
            self.newest = max(self.newest, int(document["_id"]))
            self.streams[subject] = max(self.streams.get(subject, 0), sequence)
        elif plain(collection) == "inbox":  # of any generation of a read model
            stream, sequence = str(document["_id"]), int(document["sequence"])
            self.marks[stream] = max(self.marks.get(stream, 0), sequence)

    def check(self, name: str, head: Head) -> None:
        """Compare with the *head* of the ledger; raise SealError."""
        if self.events != head.position or self.newest != head.position:
            raise SealError(
                f"{name}: sổ sự kiện có {self.events} sự kiện, sổ cái ghi {head.position} (events are missing)"
            )
        previous = GENESIS
        for number in range(1, head.entry + 1):
            before, own = self._links.get(number, ("", ""))
            if before != previous or number in self._changed:
                raise SealError(f"{name}: nhật ký hỏng ở mắt xích {number} (the audit chain is broken)")
            previous = own
        if previous != head.hash or len(self._links) != head.entry:
            raise SealError(f"{name}: nhật ký khác với sổ cái (the audit chain differs from the ledger)")


@dataclass(frozen=True, slots=True)
class Verified:
    """A backup that holds, and what a restore asks of it beside."""

    manifest: Manifest
    streams: dict[str, dict[str, int]]
    """Producing service, or the log of its audit → subject → the highest sequence it has published."""
    marks: dict[str, dict[str, int]]
    """Consuming service → stream → what it has applied."""


def documents(
    path: Path, keys: Sequence[bytes]
) -> Iterator[tuple[FrameHead, Sequence[RawBSONDocument]] | Manifest]:
    """Yield the frames of the backup at *path* and at last its manifest; raise SealError."""
    with path.open("rb") as file:
        for frame, last in opened(file, keys):
            if last:
                yield _manifest(frame)
            else:
                head, _, found = unpacked(frame)
                yield head, found


def _manifest(frame: bytes) -> Manifest:
    try:
        return msgspec.json.decode(frame, type=Manifest)
    except msgspec.DecodeError as error:
        raise SealError(f"không đọc được bản kê: {error} (the manifest cannot be read)") from error


def manifest_of(path: Path, keys: Sequence[bytes]) -> Manifest:
    """Return the manifest of the backup at *path*, every frame opened on the way; raise SealError."""
    with path.open("rb") as file:
        for frame, last in opened(file, keys):
            if last:
                return _manifest(frame)
    raise SealError("tệp không có bản kê (no manifest)")


def verify(path: Path, keys: Sequence[bytes], *, progress: Callable[[int], None] | None = None) -> Verified:
    """Check the backup at *path*; raise SealError naming the first thing that does not hold."""
    learnt: dict[str, Learnt] = {}
    tallies: dict[FrameHead, Tally] = {}
    manifest: Manifest | None = None
    count = 0
    with path.open("rb") as file:
        for frame, last in opened(file, keys):
            if last:
                manifest = _manifest(frame)
                break
            head, raw, found = unpacked(frame)
            tallies.setdefault(head, Tally()).add(raw, len(found))
            service = learnt.setdefault(head.service, Learnt())
            for document in found:
                service.learn(head.collection, document)
            count += len(found)
            if progress is not None:
                progress(count)
    if manifest is None:
        raise SealError("tệp không có bản kê (no manifest)")
    for name, part in manifest.services.items():
        learnt.setdefault(name, Learnt())
        for collection, expected in part.collections.items():
            if tallies.get(FrameHead(name, collection), Tally()).part() != expected:
                raise SealError(f"{name}.{collection}: khác với bản kê (differs from the manifest)")
    heads = {
        name: Head(position=part.position, entry=part.entry, hash=part.hash)
        for name, part in manifest.services.items()
    }
    published = check_all(learnt, heads)
    marks = {name: each.marks for name, each in learnt.items()}
    return Verified(manifest=manifest, streams=published, marks=marks)


def check_all(learnt: Mapping[str, Learnt], heads: Mapping[str, Head]) -> dict[str, dict[str, int]]:
    """Check every service by its ledger's head, and all by one another; return what each has published."""
    for name, head in heads.items():
        learnt[name].check(name, head)
    published = {name: learnt[name].streams for name in heads}
    published |= {audit_log(name): {CHAIN: head.entry} for name, head in heads.items()}
    fit(published, {name: learnt[name].marks for name in heads})
    return published


def fit(published: Mapping[str, Mapping[str, int]], marks: Mapping[str, Mapping[str, int]]) -> None:
    """No service may have applied what its producer has not committed."""
    for name, applied in marks.items():
        for stream, sequence in applied.items():
            source, _, subject = stream.partition("#")
            producer = source.rsplit("/", 1)[-1]
            if producer in published and published[producer].get(subject, 0) < sequence:
                raise SealError(
                    f"{name} đã áp dụng {stream} đến {sequence}, {producer} chưa ghi đến đó (not one cut)"
                )
