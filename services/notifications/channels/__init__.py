"""Channels (kênh thông báo): one folder each with everything it needs; adding one is a folder and a line here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.notifications.channels import email, inbox, webhook


@dataclass(frozen=True, slots=True)
class Channel:
    """What the channel's texts are made of, and whether they may say what the message is about."""

    name: str
    parts: Mapping[str, Sequence[str]]
    """Ending of a template file → the blocks it must have."""
    says_what: bool
    """Only a channel behind the access table may; the others say that there is something to see, and where."""
    folder: str | None = None
    """Package of a channel that reaches outside: its module ``outward`` makes deliveries and sends them."""


CHANNELS: Mapping[str, Channel] = {
    each.NAME: Channel(
        each.NAME, each.PARTS, each.SAYS_WHAT, folder=None if each.SAYS_WHAT else each.__name__
    )
    for each in (inbox, email, webhook)
}
"""Every channel by name."""
