"""What a channel that reaches outside brings with it, found by the line in `services.notifications.channels`."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Protocol, cast

from services.notifications.channels import CHANNELS
from services.notifications.documents import Message
from shared.service import Job
from shared.store.indexes import Index
from shared.store.unit_of_work import Transaction


class Outward(Protocol):
    """The module ``outward`` in a channel's folder."""

    JOB: Job
    """What the worker does for the channel: sends what is due."""
    INDEXES: Sequence[Index]
    LOGS: Sequence[str]
    """Topics of its own that a restore leaves."""

    def hand_over(self, tx: Transaction, messages: Sequence[Message]) -> None:
        """Make the deliveries of new *messages*, within their transaction."""


def outward() -> Sequence[Outward]:
    """Return what reaches outside, in the order of the channels."""
    return [
        cast("Outward", import_module(f"{each.folder}.outward"))
        for each in CHANNELS.values()
        if each.folder is not None
    ]
