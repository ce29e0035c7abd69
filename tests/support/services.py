"""A service's application over a real Mongo-wire server, with a clock that stands still."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime

import msgspec
import pytest
from pymongo.errors import PyMongoError

from shared.clock import FixedClock
from shared.events.envelope import Event
from shared.events.registry import Fact, type_of
from shared.ids import new_id
from shared.service import Runtime, ServiceDefinition
from shared.settings import Settings
from shared.store.indexes import create_indexes
from tests.support.applications import application_of
from tests.support.people import Front


def put_away(runtime: Runtime) -> None:
    """Drop the service's database and close the runtime, also when the server is too busy to drop anything.

    Whatever stays behind carries this test's own prefix, and the embedded server is thrown away with it.
    """
    try:
        with suppress(PyMongoError):
            runtime.base.client.drop_database(runtime.base.database.name)
    finally:
        runtime.close()


NOW = datetime(2026, 1, 15, 2, 0, tzinfo=UTC)


@contextmanager
def front_of(definition: ServiceDefinition, settings: Settings) -> Iterator[Front]:
    """Prepare and open one service; its databases vanish afterwards."""
    with application_of(definition, settings, FixedClock(NOW)) as app:
        front = Front(app)
        try:
            create_indexes(front.runtime.base, definition.indexes)
            yield front
        finally:
            put_away(front.runtime)


@pytest.fixture
def settings(mongodb_url: str, deployment: str) -> Settings:
    return Settings(khoi_id=deployment, mongodb_url=mongodb_url)


@pytest.fixture
def open_service(settings: Settings) -> Iterator[Callable[[ServiceDefinition], Front]]:
    """Open services by their definition; all are closed at the end."""
    with ExitStack() as stack:
        yield lambda definition: stack.enter_context(front_of(definition, settings))


def an_event(fact: Fact, *, subject: str, sequence: int, position: int | None = None) -> Event:
    """Return the envelope in which *fact* would arrive."""

    kind = type_of(fact)
    return Event(
        id=new_id(),
        type=kind.full_name,
        source=f"/khoi/test/{kind.producer}",
        subject=subject,
        time=NOW,
        partition_key=str(getattr(fact, "member_id", subject)),
        sequence=sequence,
        position=position or sequence,
        correlation_id="c",
        data=msgspec.json.encode(fact),
    )
