"""What stands in a backup: the manifest, sealed as its last frame, and how a frame of documents is packed."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import bson
import msgspec
from bson.raw_bson import RawBSONDocument

from deploy.backup.sealing import SealError

FRAME_BYTES = 1024 * 1024
LEFT_OUT = frozenset({"leases", "sessions", "control"})
"""Of the running processes, not of the deployment: meaningless in a restored one."""


class CollectionPart(msgspec.Struct, frozen=True, kw_only=True):
    """One collection: how many documents, how many bytes of BSON, and the hash of them in their order."""

    documents: int
    size: int
    sha256: str


class ServicePart(msgspec.Struct, frozen=True, kw_only=True):
    """One service: the head of its ledger at the cut, and its collections."""

    position: int
    entry: int
    hash: str
    collections: dict[str, CollectionPart]


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """The whole backup."""

    id: str
    khoi_id: str
    software: str
    cut_at: datetime
    """The moment all services stand at."""
    finished_at: datetime
    services: dict[str, ServicePart]
    tokens: dict[str, str] = {}
    """Service → the place in the database's log from which its changes since can be read (see ``changes``)."""

    @property
    def documents(self) -> int:
        """Return how many documents it holds."""
        return sum(part.documents for each in self.services.values() for part in each.collections.values())


class FrameHead(msgspec.Struct, frozen=True):
    """The first line of a frame of documents: whose they are."""

    service: str
    collection: str


@dataclass(slots=True)
class Tally:
    """Counts and hashes one collection as it passes, at both ends."""

    documents: int = 0
    size: int = 0
    sha256: hashlib._Hash = field(default_factory=hashlib.sha256)

    def add(self, raw: bytes, documents: int) -> None:
        """Take in *raw*, so many documents one behind the other."""
        self.documents += documents
        self.size += len(raw)
        self.sha256.update(raw)

    def part(self) -> CollectionPart:
        """Return the entry of the manifest."""
        return CollectionPart(documents=self.documents, size=self.size, sha256=self.sha256.hexdigest())


def packed(head: FrameHead, documents: Iterable[bytes]) -> bytes:
    """Return a frame of *documents* (BSON each)."""
    return msgspec.json.encode(head) + b"\n" + zlib.compress(b"".join(documents), 6)


def unpacked(frame: bytes) -> tuple[FrameHead, bytes, Sequence[RawBSONDocument]]:
    """Return whose documents a frame holds, their bytes, and them; raise SealError."""
    line, _, rest = frame.partition(b"\n")
    try:
        head = msgspec.json.decode(line, type=FrameHead)
        raw = zlib.decompress(rest)
        documents = bson.decode_all(raw, bson.CodecOptions(document_class=RawBSONDocument))
    except (msgspec.DecodeError, zlib.error, bson.InvalidBSON) as error:
        raise SealError(f"không đọc được một khung ({type(error).__name__})") from error
    return head, raw, documents
