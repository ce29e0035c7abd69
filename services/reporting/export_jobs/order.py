"""What is ordered — *yêu cầu xuất*: which report of whom, for which period, as known on which day."""

from datetime import date
from typing import Any

import msgspec

from services.reporting.domain.period import Period


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What an export is to hold. The day of knowledge is fixed when it is ordered: all parts speak of one day."""

    organizations: tuple[str, ...] = ()
    period: Period | None = None
    as_of: date | None = None
    sort: str = "name"
    report_id: str | None = None


def stored(order: Order) -> dict[str, Any]:
    """Return the order as it is kept."""
    document: dict[str, Any] = msgspec.to_builtins(order)
    return document


def read_stored(document: dict[str, Any]) -> Order:
    """Return a kept order."""
    return msgspec.convert(document, Order)
