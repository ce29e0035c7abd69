"""Mở hồ sơ: the cases behind a figure, and the audit of their reading."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from services.reporting import queries
from shared.access.actor import Context
from shared.web.requests import runtime


def opened_cases(
    context: Context, organization_id: str, *, figure: str, ids: Collection[str]
) -> list[dict[str, Any]]:
    """Return the cases as they are shown; that the figure and each case was read stands in the audit."""
    found = queries.cases_by_id(runtime().store, set(ids))

    def record(tx: Any) -> None:
        tx.record("report.cases", organization_id, after=figure, organization=organization_id)
        for document in found:
            tx.record("case.read", document["_id"], member_id=document["member_id"])

    runtime().unit_of_work.run(context, record)
    return [
        {
            "case_id": document["_id"],
            "member_id": document["member_id"],
            "on_list": document["on_list"],
            "historical": document["facts"].get("historical", False),
            "facts": document["facts"],
        }
        for document in found
    ]
