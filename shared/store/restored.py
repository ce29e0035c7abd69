"""Khôi phục (restore): the mark that a restored database carries, for whoever must know that time was turned back.

What was sent outside between the cut and the loss is not in the database any more and must not be sent again: whatever
goes back to events before the restore may have been sent already.
"""

from __future__ import annotations

from datetime import datetime

import msgspec
from pymongo.client_session import ClientSession

from shared.store.connection import Store

COLLECTION = "control"
RESTORED = "restored"


class Restored(msgspec.Struct, frozen=True, kw_only=True):
    """The newest restore: from which backup, the moment its state is of, and when it was put back.

    *logs_kept* says whether the service's logs beside its database, which know what went out since, are still there.
    """

    backup: str
    cut_at: datetime
    at: datetime
    logs_kept: bool = False


def mark_restored(store: Store, restored: Restored) -> None:
    """Leave word of a restore, in place of an earlier one."""
    document = {"_id": RESTORED, **msgspec.structs.asdict(restored)}
    store.collection(COLLECTION).replace_one({"_id": RESTORED}, document, upsert=True)


def restored_mark(store: Store, session: ClientSession | None = None) -> Restored | None:
    """Return the newest restore of this database; None for one that was never restored."""
    found = store.collection(COLLECTION).find_one({"_id": RESTORED}, session=session)
    if found is None:
        return None
    return Restored(
        backup=found["backup"], cut_at=found["cut_at"], at=found["at"], logs_kept=found["logs_kept"]
    )
