"""Uploaded workbooks, kept in the service's own database until their preview has ended."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
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


def keep(store: Store, file_id: str, stream: BinaryIO) -> None:
    """Store *stream* under *file_id*."""
    stream.seek(0)
    _bucket(store).upload_from_stream_with_id(file_id, f"{file_id}.xlsx", stream)


def drop(store: Store, file_id: str) -> None:
    """Remove a file; one that is already gone is fine, for a crash may come between state and removal."""
    try:
        _bucket(store).delete(file_id)
    except NoFile:
        return


@contextmanager
def opened(store: Store, file_id: str) -> Iterator[BinaryIO]:
    """Yield a seekable copy on disk: the workbook reader jumps about in it."""
    with tempfile.TemporaryFile() as copy:
        _bucket(store).download_to_stream(file_id, cast("IO[bytes]", copy))
        copy.seek(0)
        yield cast("BinaryIO", copy)


def _bucket(store: Store) -> GridFSBucket:
    return GridFSBucket(store.database, bucket_name="import_files")
