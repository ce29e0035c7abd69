"""Reporting over a real Mongo-wire server, and a history for it to read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from services.reporting.service import SERVICE
from shared.service import ServiceDefinition
from tests.integration.reporting.history import OFFICE, PLANT, History, Reporting
from tests.support.people import Front


@pytest.fixture
def reporting(open_service: Callable[[ServiceDefinition], Front]) -> Reporting:
    return Reporting(open_service(SERVICE))


@pytest.fixture
def history() -> History:
    """A Khối with its organisations and a few members, where nothing has happened yet."""
    told = History()
    told.khoi()
    for number in (1, 2):
        told.member(f"m{number}", f"{PLANT}/{number}")
        told.member(f"n{number}", f"{OFFICE}/{number}", status="probationary")
    return told


@pytest.fixture
def the_year_2022(history: History) -> History:
    """Seven cases: recognised, transferred away, removed from the list and directly, died, moved on, goes on."""
    history.listed("recognized", f"{PLANT}/1", date(2022, 2, 1))
    history.recognized("recognized", f"{PLANT}/1", date(2022, 12, 1))
    history.listed("transferred", f"{PLANT}/1", date(2022, 3, 1), criterion="C2")
    history.transferred("transferred", f"{PLANT}/1", date(2022, 9, 1), to=None, continues=False)
    history.listed("removed", f"{OFFICE}/1", date(2021, 4, 1))
    history.removed("removed", f"{OFFICE}/1", date(2022, 5, 1))
    history.removed("direct", f"{OFFICE}/2", date(2022, 6, 1), direct=True, ground="X1", probationary=True)
    history.listed("died", f"{OFFICE}/2", date(2022, 1, 10), criterion="C3")
    history.closed("died", f"{OFFICE}/2", date(2022, 7, 1), outcome="other_exit", reason="death")
    history.listed("moved", f"{PLANT}/2", date(2022, 2, 5))
    history.transferred("moved", f"{PLANT}/2", date(2022, 10, 1), to=f"{OFFICE}/1", continues=True)
    history.listed("continuing", f"{PLANT}/2", date(2022, 11, 1))
    return history
