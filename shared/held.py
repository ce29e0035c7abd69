"""What a service holds about one person (dữ liệu đang lưu về một người): each service says where it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from shared.store.connection import Document, Store

Place = Callable[[Store, str], Sequence[str] | None]
"""Returns the organisation path under which the service knows the member, or None."""
Records = Callable[[Store, str], Mapping[str, Sequence[Document]]]
"""Returns the member's records by the Vietnamese name of what they are, as the member may see them."""


@dataclass(frozen=True, slots=True)
class Held:
    """Where a member belongs in the eyes of a service, and what it keeps about them.

    The copy is for the person it is about: nothing in it may tell of another, nor undo the secrecy of a ballot.
    """

    place: Place
    records: Records


def without(document: Document, *internal: str) -> Document:
    """Return *document* without the fields that only serve search and sorting."""
    return {name: value for name, value in document.items() if name not in internal}
