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
from shared.bus.topics import audit_log

_DATES: bson.CodecOptions[dict[str, Any]] = bson.CodecOptions(tz_aware=True)


@dataclass(slots=True)
class _Service:
    """What is learnt of one service while its frames pass."""

    tallies: dict[str, Tally] = field(default_factory=dict)
    links: dict[int, tuple[str, str]] = field(default_factory=dict)
    changed: list[int] = field(default_factory=list)
    newest: int = 0
    """The highest position of the outbox."""
    streams: dict[str, int] = field(default_factory=dict)
    """Subject → the highest sequence in the outbox."""
    marks: dict[str, int] = field(default_factory=dict)
    """Stream → what the inbox has applied."""


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
    services: dict[str, _Service] = {}
    manifest: Manifest | None = None
    count = 0
    with path.open("rb") as file:
        for frame, last in opened(file, keys):
            if last:
                manifest = _manifest(frame)
                break
            head, raw, found = unpacked(frame)
            service = services.setdefault(head.service, _Service())
            service.tallies.setdefault(head.collection, Tally()).add(raw, len(found))
            _learn(service, head.collection, found)
            count += len(found)
            if progress is not None:
                progress(count)
    if manifest is None:
        raise SealError("tệp không có bản kê (no manifest)")
    for name, part in manifest.services.items():
        known = services.setdefault(name, _Service())
        for collection, expected in part.collections.items():
            if known.tallies.get(collection, Tally()).part() != expected:
                raise SealError(f"{name}.{collection}: khác với bản kê (differs from the manifest)")
        _outbox(name, known, part.position)
        _chain(name, known, entry=part.entry, last_hash=part.hash)
    published = {name: each.streams for name, each in services.items()}
    for name, part in manifest.services.items():
        published[audit_log(name)] = {CHAIN: part.entry}
    marks = {name: each.marks for name, each in services.items()}
    fit(published, marks)
    return Verified(manifest=manifest, streams=published, marks=marks)


def _learn(service: _Service, collection: str, found: Sequence[RawBSONDocument]) -> None:
    if collection == "audit":
        for raw in found:
            link = bson.decode(raw.raw, _DATES)
            service.links[int(link["_id"])] = (str(link["previous"]), str(link["hash"]))
            if not is_sound(link):
                service.changed.append(int(link["_id"]))
    elif collection == "outbox":
        for raw in found:
            subject, sequence = str(raw["subject"]), int(raw["sequence"])
            service.newest = max(service.newest, int(raw["_id"]))
            service.streams[subject] = max(service.streams.get(subject, 0), sequence)
    elif collection == "inbox":
        service.marks.update({str(raw["_id"]): int(raw["sequence"]) for raw in found})


def _outbox(name: str, known: _Service, position: int) -> None:
    count = known.tallies.get("outbox", Tally()).documents
    if count != position or known.newest != position:
        raise SealError(f"{name}: sổ sự kiện có {count} sự kiện, sổ cái ghi {position} (events are missing)")


def _chain(name: str, known: _Service, *, entry: int, last_hash: str) -> None:
    previous = GENESIS
    for number in range(1, entry + 1):
        before, own = known.links.get(number, ("", ""))
        if before != previous or number in known.changed:
            raise SealError(f"{name}: nhật ký hỏng ở mắt xích {number} (the audit chain is broken)")
        previous = own
    if previous != last_hash or len(known.links) != entry:
        raise SealError(f"{name}: nhật ký khác với sổ cái (the audit chain differs from the ledger)")


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
