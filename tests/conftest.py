"""Fixtures for every test, and which tests stay together when they run on both cores."""

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
_ONE_STACK = ("tests/e2e/", "tests/faults/stack/")
"""Folders whose tests share one running stack."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep tests that share a server or a stack in one process: those of a file, or of a folder with one stack."""
    for item in items:
        folder = next((each for each in _ONE_STACK if item.nodeid.startswith(each)), None)
        group = folder or item.nodeid.split("::")[0]
        item.add_marker(pytest.mark.xdist_group(group))


_BEGAN = time.time()
_SCREENSHOTS = Path(__file__).parents[1] / "var" / "screenshots"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say where the pictures of the dashboard are, when this run took any."""
    taken = [each for each in _SCREENSHOTS.glob("*.png") if each.stat().st_mtime >= _BEGAN]
    if taken:
        terminalreporter.write_line(f"{len(taken)} screenshots of the dashboard: {_SCREENSHOTS}")
