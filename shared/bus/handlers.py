"""What a service does with events: one function per type it acts on, or one for whole batches."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from shared.events.envelope import Event
from shared.events.registry import Fact
from shared.store.unit_of_work import Transaction

Handler = Callable[[Transaction, Event, Any], None]
"""Applies one event: ``(transaction, envelope, fact)``. Everything it writes goes through the transaction."""

BatchHandler = Callable[[Transaction, Sequence[tuple[Event, Fact]]], None]
"""Applies many events in order within one transaction: the projection of a read model."""

Handlers = Mapping[type[Fact], Handler]
"""Which function acts on which type. Types that are not named only move the inbox on."""
