"""Fixtures for every test, and which tests a run takes."""

import time
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings

from tests.support.servers import (
    deployment,
    kafka_bootstrap,
    mongodb_url,
    own_broker,
    own_mongo,
    servers_folder,
)
from tests.support.services import open_service, settings

__all__ = [
    "deployment",
    "kafka_bootstrap",
    "mongodb_url",
    "open_service",
    "own_broker",
    "own_mongo",
    "servers_folder",
    "settings",
]


# A rule that holds but is slow on a busy machine is no failure: speed is measured by `make bench`.
hypothesis_settings.register_profile("khoi", deadline=None)
hypothesis_settings.load_profile("khoi")
_ON_A_BROKER = ("tests/e2e/", "tests/faults/", "tests/contract/servers/")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a second run on another broker leave out what it cannot tell anything new about."""
    parser.addoption(
        "--with-broker", action="store_true", help="Only tests that speak to a Kafka broker, at all."
    )


def _speaks_to_a_broker(item: pytest.Item) -> bool:
    return "kafka_bootstrap" in getattr(item, "fixturenames", ()) or item.nodeid.startswith(_ON_A_BROKER)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what speaks to no broker, where that is asked for."""
    if config.getoption("--with-broker"):
        config.hook.pytest_deselected(items=[item for item in items if not _speaks_to_a_broker(item)])
        items[:] = [item for item in items if _speaks_to_a_broker(item)]


_BEGAN = time.time()
_SCREENSHOTS = Path(__file__).parents[1] / "var" / "screenshots"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say where the pictures of the dashboard are, when this run took any."""
    taken = [each for each in _SCREENSHOTS.glob("*.png") if each.stat().st_mtime >= _BEGAN]
    if taken:
        terminalreporter.write_line(f"{len(taken)} screenshots of the dashboard: {_SCREENSHOTS}")
