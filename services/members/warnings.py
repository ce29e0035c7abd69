"""What a person should know and nothing is refused for."""

from __future__ import annotations

from datetime import date
from typing import Any

from pymongo.client_session import ClientSession

from services.members.documents import Member
from services.members.domain.organization import SMALLEST_CELL_SOURCE, cell_too_small
from shared.store.connection import Document, Store


def warnings_of(
    store: Store, raw: Document, *, today: date, session: ClientSession | None = None
) -> list[dict[str, Any]]:
    """Return the warnings about an organisation: a cell in force with fewer than three official members.

    Within a transaction pass its *session*: a command is warned of what it brings about.
    """
    if not raw["is_cell"] or not raw["in_force"]:
        return []
    found = store.collection(Member.kind()).find(
        {"cell_id": raw["_id"]}, ["current", "official_on", "temporary"], session=session
    )
    official = sum(
        bool(each["current"])
        and not each["temporary"]
        and (each.get("official_on") or "9999") <= today.isoformat()
        for each in found
    )
    warning = cell_too_small(official)
    if warning is None:
        return []
    return [{"code": warning.code, "detail": warning.detail_vi, "source": SMALLEST_CELL_SOURCE}]
