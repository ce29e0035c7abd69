"""What a service is, as data, and what one process of it works with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from shared import traces
from shared.access.actor import Context
from shared.bus import generations
from shared.bus.generations import Shape
from shared.bus.handlers import BatchHandler, Handlers
from shared.clock import Clock, SystemClock
from shared.held import Held
from shared.settings import Settings
from shared.store.connection import Store
from shared.store.data_steps import DataStep
from shared.store.indexes import Index, RetiredIndex
from shared.store.restored import Restored
from shared.store.unit_of_work import UnitOfWork

if TYPE_CHECKING:
    from shared.access.actor import Actor
    from shared.access.revocations import Revocations
    from shared.access.tokens import Verifier

PREFIX = "/api"


class Runtime:
    """What one process of a service works with. Made after fork."""

    def __init__(
        self, definition: ServiceDefinition, settings: Settings, *, clock: Clock | None = None
    ) -> None:
        """Open the store of *definition*'s service; *clock* is the system's unless a test says otherwise."""
        self.definition = definition
        self.settings = settings
        if definition.configure is not None:
            definition.configure(settings)
        traces.configure(settings, definition.name)
        self.clock: Clock = clock or SystemClock()
        self.base = Store(settings, definition.name)
        """The database with its collections under their own names."""
        self.pin: Callable[[Callable[[], Store]], Store] = lambda find: find()
        """Finds the read model for as long as it must stay the same: a web process, once for each request."""
        self.unit_of_work = UnitOfWork(self.base, self.clock)

    @cached_property
    def verifier(self) -> Verifier:
        """Return what turns tokens into actors; a worker, which is sent none, never loads its cryptography."""
        from shared.access.tokens import Verifier  # noqa: PLC0415

        return Verifier(self.settings)

    @cached_property
    def revocations(self) -> Revocations:
        """Return what this process knows of revoked access; only whoever is sent tokens asks."""
        from shared.access.revocations import Revocations  # noqa: PLC0415

        return Revocations(self.base, self.clock)

    @property
    def store(self) -> Store:
        """Return the store to read from: where the read model has generations, with the one in use now.

        Raises NotBuiltError when none of this version is.
        """
        shape = self.definition.shape
        return self.base if shape is None else self.pin(lambda: generations.serving(self.base, shape))

    def close(self) -> None:
        """Close the store, and hand on the spans that are left."""
        self.base.close()
        traces.close()


@dataclass(frozen=True, slots=True)
class Job:
    """Work that the worker does every so often, or when woken: imports, reminders."""

    name: str
    every_seconds: float
    run: Callable[[Runtime], None]


@dataclass(frozen=True, slots=True)
class ServiceDefinition:
    """One of the four services: its name, its API, its indexes, what it consumes and how."""

    name: str
    title: str
    blueprints: Callable[[], Sequence[Any]]
    """Returns the flask-smorest blueprints; called once per application."""
    pages: Callable[[], Sequence[Any]] | None = None
    """Returns the Flask blueprints of what is no API: pages and their files, open to all, without any record."""
    indexes: Sequence[Index] = ()
    retired_indexes: Sequence[RetiredIndex] = ()
    """Indexes of earlier versions, to be dropped once none of those runs."""
    data_steps: Sequence[DataStep] = ()
    """What brings records of earlier versions to the shape that this one writes; all are safe to repeat."""
    consumes: Sequence[str] = ()
    """The services whose topics it reads."""
    logs: Sequence[str] = ()
    """Logs of its own beside its events: topics that know more than a restored database, and that a restore leaves."""
    keeps_audit_of: Sequence[str] = ()
    """The services of whose audit chains it keeps a copy."""
    handlers: Handlers = field(default_factory=dict)
    batch_handler: BatchHandler | None = None
    jobs: Sequence[Job] = ()
    problems: Mapping[type[Exception], Callable[[Any], Any]] = field(default_factory=dict)
    """Domain exception → function that makes its Problem."""
    configure: Callable[[Settings], None] | None = None
    """Takes from the settings what the service reads once per process; raises SettingsError."""
    prepare: Callable[[Runtime], None] | None = None
    """What the prepare step does beside indexes and topics, before new code starts; raises SettingsError."""
    restored: Callable[[UnitOfWork, Context, Restored], None] | None = None
    """What the service does about having been restored from a backup, before its processes start again."""
    projections: Sequence[str] = ()
    """Collections that are nothing but a projection of events: a replay may rebuild them."""
    narrow: Callable[[Runtime, Actor], Actor] | None = None
    """Leaves a token's grants of the role of working groups as far as a group in force bears them out."""
    projection_version: int | None = None
    """Where given, the projections are kept in generations; goes up whenever the same events make other documents."""
    sample: Callable[[Store, Clock], Mapping[str, Mapping[str, int]]] | None = None
    """Returns the figures of some reports, made from the read model alone: what two generations are compared by."""
    held: Callable[[], Held] | None = None
    """Returns where the service keeps what is about one person; called when somebody asks for a copy."""

    @property
    def shape(self) -> Shape | None:
        """Return how the read model is made, where it is kept in generations."""
        if self.projection_version is None:
            return None
        own = tuple(index for index in self.indexes if index.collection in self.projections)
        return Shape(
            version=self.projection_version,
            sources=tuple(self.consumes),
            projections=tuple(self.projections),
            indexes=own,
        )

    @property
    def prefix(self) -> str:
        """Return the path under which the service's API stands at the one origin."""
        return f"{PREFIX}/{self.name}"
