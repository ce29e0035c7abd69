"""Web applications for tests: made once in a process and lent to one test after the other.

Addresses and the API document depend on no setting and take longer to make than most tests take: measured, half of the
time of the integration tests of reviews. Only the runtime (settings, store, clock) is each test's own.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask

from shared.clock import Clock
from shared.service import Runtime, ServiceDefinition
from shared.settings import Settings
from shared.web.app import build, open_store, views

_MADE: dict[int, tuple[ServiceDefinition, list[Flask]]] = {}
"""By definition (kept, so that its id stays its own): the applications that nobody uses now."""


@contextmanager
def application_of(definition: ServiceDefinition, settings: Settings, clock: Clock) -> Iterator[Flask]:
    """Lend the application that ``build`` would make; whoever borrows it closes its runtime."""
    if settings.cors_origins:
        yield build(definition, settings, clock=clock)
        return
    _, free = _MADE.setdefault(id(definition), (definition, []))
    app = free.pop() if free else views(definition)
    made_with = dict(app.extensions)
    open_store(app, Runtime(definition, settings, clock=clock))
    try:
        yield app
    finally:
        app.extensions = made_with
        free.append(app)
