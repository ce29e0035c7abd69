"""Uploaded workbooks, kept in the service's own database until their preview has ended."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import BinaryIO

from shared.store.connection import Store
from shared.store.files import Files, digest

__all__ = ["digest", "drop", "keep", "opened"]


def keep(store: Store, file_id: str, stream: BinaryIO) -> None:
    """Store *stream* under *file_id*."""
    _files(store).keep(file_id, stream, name=f"{file_id}.xlsx")


def drop(store: Store, file_id: str) -> None:
    """Remove a file; one that is already gone is fine, for a crash may come between state and removal."""
    _files(store).drop(file_id)


def opened(store: Store, file_id: str) -> AbstractContextManager[BinaryIO]:
    """Yield a seekable copy on disk: the workbook reader jumps about in it."""
    return _files(store).opened(file_id)


def _files(store: Store) -> Files:
    return Files(store, "import_files")
