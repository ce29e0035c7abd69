"""Feeding: a consumer at work for every generation that this version of the software feeds.

Looks at the register every second. A generation that is begun or resumed gets a consumer in a group of its own; one
that is stopped, dropped, or has served its time loses it. Where two versions run side by side, each worker feeds
those of its version.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

import structlog

from shared.bus.consumer import Consumer
from shared.bus.generations import Generation, ReadModel, Shape, group_of, register_of
from shared.bus.handlers import BatchHandler
from shared.bus.inbox import PausedError, is_store_trouble
from shared.clock import Clock
from shared.events.envelope import Event
from shared.events.registry import Fact
from shared.store.connection import Store
from shared.store.unit_of_work import Transaction, UnitOfWork

_log = structlog.get_logger(__name__)

LOOK_SECONDS = 1.0
JOIN_SECONDS = 9.0


@dataclass(slots=True)
class _Fed:
    """A consumer at work."""

    consumer: Consumer
    model: ReadModel
    stopping: threading.Event = field(default_factory=threading.Event)
    thread: threading.Thread | None = None
    failure: BaseException | None = None

    def run(self) -> None:
        try:
            self.consumer.run(self.stopping)
        except BaseException as error:  # noqa: BLE001 -- raised again by the thread that watches
            self.failure = error

    def stop(self) -> None:
        self.stopping.set()
        if self.thread is not None:
            self.thread.join(JOIN_SECONDS)


class Feeding:
    """Stands in the place of a service's one consumer."""

    def __init__(self, base: Store, clock: Clock, *, shape: Shape, batch_handler: BatchHandler) -> None:
        """Feed the generations of *shape* in the database of *base*."""
        self.base = base
        self.shape = shape
        self._clock = clock
        self._batch_handler = batch_handler
        self._fed: dict[int, _Fed] = {}
        self._looked = False

    @property
    def ready(self) -> bool:
        """Say whether every consumer has joined its group and the store answers."""
        return self._looked and all(fed.consumer.ready for fed in list(self._fed.values()))

    def run(self, stopping: threading.Event) -> None:
        """Feed until *stopping* is set; raise what ended a consumer."""
        try:
            while not stopping.is_set():
                self._look()
                stopping.wait(LOOK_SECONDS)
        finally:
            for fed in self._fed.values():
                fed.stopping.set()
            for fed in self._fed.values():
                fed.stop()

    def _look(self) -> None:
        try:
            register = register_of(self.base, self.shape.version)
        except Exception as error:
            if not is_store_trouble(error):
                raise
            self._looked = False
            _log.warning(
                "the register of generations is not read", service=self.base.service, error=repr(error)
            )
            return
        wanted = {each.number: each for each in register.fed(self.shape.version)}
        for number in [number for number in self._fed if number not in wanted]:
            _log.info("a generation is not fed any more", service=self.base.service, generation=number)
            self._fed.pop(number).stop()
        for number, generation in wanted.items():
            if number not in self._fed:
                self._fed[number] = self._begin(generation)
            fed = self._fed[number]
            if fed.failure is not None:
                raise fed.failure
            # Metrics and alarms are about the model in use; one beside it goes by its number.
            serves = generation == register.serving(self.shape.version)
            fed.model.metric_name = self.base.service if serves else f"{self.base.service}/{number}"
        self._looked = True

    def _begin(self, generation: Generation) -> _Fed:
        model = ReadModel(self.base, self.shape, generation.number)
        consumer = Consumer(
            UnitOfWork(model, self._clock),
            sources=self.shape.sources,
            handlers={},
            batch_handler=self._fencing(generation.number),
            group=group_of(self.base.settings, self.base.service, generation),
        )
        fed = _Fed(consumer, model)
        fed.thread = threading.Thread(
            target=fed.run, name=f"consumer of generation {generation.number}", daemon=True
        )
        fed.thread.start()
        _log.info("a generation is fed", service=self.base.service, generation=generation.number)
        return fed

    def _fencing(self, number: int) -> BatchHandler:
        """Return the batch handler, which refuses a generation that is not for this version to feed any more."""

        def apply(tx: Transaction, batch: Sequence[tuple[Event, Fact]]) -> None:
            register = register_of(self.base, self.shape.version, session=tx.session)
            if number not in {each.number for each in register.fed(self.shape.version)}:
                raise PausedError(f"generation {number} of {self.base.service} is not fed any more")
            self._batch_handler(tx, batch)

        return apply
