"""Uploaded files in the service's own database: kept under an id, never overwritten, read back as a copy.

GridFS takes no part in transactions. So a file is stored first, and the transaction that follows links it; what
no transaction linked is swept by the service that owns the bucket.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import IO, BinaryIO, cast

from gridfs import GridFSBucket
from gridfs.errors import NoFile

from shared.store.connection import Store

_CHUNK = 1024 * 1024


def digest(stream: BinaryIO) -> tuple[str, int]:
    """Return SHA-256 (hexadecimal) and size of *stream*, which is left at its start."""
    stream.seek(0)
    sha256 = hashlib.sha256()
    size = 0
    while chunk := stream.read(_CHUNK):
        sha256.update(chunk)
        size += len(chunk)
    stream.seek(0)
    return sha256.hexdigest(), size


class Files:
    """The files of one bucket."""

    def __init__(self, store: Store, bucket: str) -> None:
        """Keep files in *bucket* of *store*'s database."""
        self._bucket = GridFSBucket(store.database, bucket_name=bucket)

    def keep(self, file_id: str, stream: BinaryIO, *, name: str) -> None:
        """Store *stream* under *file_id*; raises gridfs.errors.FileExists when the id is taken."""
        stream.seek(0)
        self._bucket.upload_from_stream_with_id(file_id, name, stream)

    def drop(self, file_id: str) -> None:
        """Remove a file; one already gone is fine, for a crash may come between state and removal."""
        try:
            self._bucket.delete(file_id)
        except NoFile:
            return

    @contextmanager
    def opened(self, file_id: str) -> Iterator[BinaryIO]:
        """Yield a seekable copy on disk; raises gridfs.errors.NoFile."""
        with tempfile.TemporaryFile() as copy:
            self._bucket.download_to_stream(file_id, cast("IO[bytes]", copy))
            copy.seek(0)
            yield cast("BinaryIO", copy)

    def older_than(self, instant: datetime) -> list[str]:
        """Return the ids of the files that were stored before *instant*."""
        return [str(found._id) for found in self._bucket.find({"uploadDate": {"$lt": instant}})]  # noqa: SLF001 -- GridOut's own name for the id
