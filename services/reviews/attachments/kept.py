"""Where scans are kept, and the sweep of those that no record holds."""

from __future__ import annotations

from datetime import timedelta

from services.reviews.documents import Attachment
from shared.service import Job, Runtime
from shared.store.connection import Store
from shared.store.files import Files

GRACE = timedelta(hours=1)
"""How long a stored scan may wait for the transaction that links it: far longer than any request lives."""


def scans(store: Store) -> Files:
    """Return the scans of the service."""
    return Files(store, "attachment_files")


def sweep(runtime: Runtime) -> None:
    """Remove scans that no record holds: their request failed after the upload, or they were taken off the case."""
    files = scans(runtime.store)
    for file_id in files.older_than(runtime.clock.now() - GRACE):
        # The id of a scan is the id of its record.
        held = runtime.store.collection(Attachment.kind()).find_one(
            {"_id": file_id, "removed_at": None}, ["_id"]
        )
        if held is None:
            files.drop(file_id)


SWEEP = Job(name="sweep_attachments", every_seconds=600, run=sweep)
