"""The worker of one service: relay, consumer and timers as threads of one process, watched together."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog
from pymongo.errors import PyMongoError

from shared.bus.consumer import Consumer
from shared.bus.failpoints import refuse_in_production
from shared.bus.feeding import Feeding
from shared.bus.generations import ReadModel, Shape, audit_group_of
from shared.bus.handlers import BatchHandler, Handlers
from shared.bus.inbox import is_store_trouble
from shared.bus.relay import Relay
from shared.settings import Settings
from shared.store.connection import Store
from shared.store.unit_of_work import UnitOfWork

_log = structlog.get_logger(__name__)
STOP_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Timer:
    """Work done every so often by the worker; it must bear running in several workers at once."""

    name: str
    every_seconds: float
    run: Callable[[], None]


class Worker:
    """Everything a service does without being asked over HTTP."""

    def __init__(
        self,
        store: Store,
        unit_of_work: UnitOfWork,
        settings: Settings,
        *,
        handlers: Handlers,
        topics: Sequence[str],
        timers: Sequence[Timer] = (),
        batch_handler: BatchHandler | None = None,
        shape: Shape | None = None,
        audit_logs: Sequence[str] = (),
        lease_seconds: float = 6.0,
    ) -> None:
        """Consume the events of the services named in *topics* and *audit_logs*, if any, and relay the service's own.

        Where the read model has generations, *shape* says of which kind, and the batch handler does all the work.
        What is made of audit logs is no read model: a consumer of its own makes it once, beside all generations.
        """
        refuse_in_production(settings)
        self.store = store
        self.unit_of_work = unit_of_work
        self.settings = settings
        self.relay = Relay(store, lease_seconds=lease_seconds)
        self.consumer: Consumer | Feeding | None = None
        self.audit_consumer: Consumer | None = None
        if shape is not None and batch_handler is not None:
            self.consumer = Feeding(store, unit_of_work.clock, shape=shape, batch_handler=batch_handler)
            if audit_logs:
                beside = ReadModel(store, shape, 0)
                beside.metric_name = f"{store.service}-audit"
                self.audit_consumer = Consumer(
                    UnitOfWork(beside, unit_of_work.clock),
                    sources=audit_logs,
                    handlers={},
                    batch_handler=batch_handler,
                    group=audit_group_of(settings, store.service),
                )
        elif topics or audit_logs:
            self.consumer = Consumer(
                unit_of_work, sources=[*topics, *audit_logs], handlers=handlers, batch_handler=batch_handler
            )
        self.timers = tuple(timers)
        self._stopping = threading.Event()
        self._ended = threading.Event()
        self._failure: BaseException | None = None

    def run(self) -> int:
        """Run until :meth:`stop`; return 0 then, or 1 when a thread died (its error is logged)."""
        parts: dict[str, Callable[[threading.Event], None]] = {"relay": self.relay.run}
        if self.consumer is not None:
            parts["consumer"] = self.consumer.run
        if self.audit_consumer is not None:
            parts["consumer of audit logs"] = self.audit_consumer.run
        for timer in self.timers:
            parts[f"timer {timer.name}"] = lambda stopping, timer=timer: self._tick(timer, stopping)  # type: ignore[misc]  # mypy sees the bound default as a second parameter
        threads = [
            threading.Thread(target=self._guard, args=(name, run), name=name, daemon=True)
            for name, run in parts.items()
        ]
        for thread in threads:
            thread.start()
        self._ended.wait()
        self._stopping.set()
        deadline = time.monotonic() + STOP_SECONDS
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        late = [thread.name for thread in threads if thread.is_alive()]
        if late:
            _log.error("threads did not end in time", service=self.store.service, threads=late)
        return 1 if self._failure is not None or late else 0

    def stop(self) -> None:
        """Finish the running batches, commit, leave the group and let ``run`` return. Safe in a signal handler."""
        self._stopping.set()
        self._ended.set()
        self.relay.wake()

    def ready(self) -> bool:
        """Say whether store and broker are there and the consumer has joined its group."""
        if self._stopping.is_set() or self._failure is not None:
            return False
        try:
            self.store.ping()
        except PyMongoError:
            return False
        return all(each is None or each.ready for each in (self.consumer, self.audit_consumer))

    def _guard(self, name: str, run: Callable[[threading.Event], None]) -> None:
        try:
            run(self._stopping)
        except Exception as error:  # noqa: BLE001 -- whatever killed a part is logged here and ends run() with 1
            self._failure = error
            _log.exception("a part of the worker died", service=self.store.service, part=name)
        finally:
            self._ended.set()

    def _tick(self, timer: Timer, stopping: threading.Event) -> None:
        """Run one timer; an outage of the store is waited out, anything else ends the worker."""
        while not stopping.is_set():
            try:
                timer.run()
            except Exception as error:
                if not is_store_trouble(error):
                    raise
                _log.warning(
                    "timer waits for the store",
                    service=self.store.service,
                    timer=timer.name,
                    error=error,
                )
                self._make_way(error)
            stopping.wait(timer.every_seconds)

    def _make_way(self, error: Exception) -> None:
        """End forgotten transactions when one may have stood in the way of what ran out of time."""
        if not (isinstance(error, PyMongoError) and error.timeout):
            return
        try:
            self.unit_of_work.end_abandoned()
        except PyMongoError as away:
            _log.warning("abandoned transactions not ended", service=self.store.service, error=away)
