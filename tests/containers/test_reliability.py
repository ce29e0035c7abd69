"""A few faults under load in the containers; `make reliability` does all of them and writes docs/reliability.md."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.containers.compose import deployment
from tests.containers.reliability.faults import Fault, killed, paused
from tests.containers.reliability.khoi import KhoiInContainers, khoi_in
from tests.containers.reliability.people import Work
from tests.containers.reliability.trial import trial

pytestmark = [
    pytest.mark.containers,
    pytest.mark.timeout(900),
    pytest.mark.skipif(os.geteuid() != 0, reason="kills processes of containers: root on the engine's host"),
]


@pytest.fixture(scope="module")
def khoi(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KhoiInContainers]:
    """A small Khối in containers of its own."""
    with (
        deployment(tmp_path_factory.mktemp("reliability"), KHOI_QUIET_HOURS="00:00-23:59") as running,
        khoi_in(running) as khoi,
    ):
        yield khoi


@pytest.fixture(scope="module")
def work() -> Work:
    """What was acknowledged over all faults of this module."""
    return Work()


class TestFaultsUnderLoad:
    """No acknowledged command is lost, none has its effect twice, and everything comes back by itself."""

    @pytest.mark.parametrize(
        "fault",
        [killed("mongo"), paused("kafka", seconds=10)],
        ids=lambda fault: fault.name,
    )
    def test_borne(self, khoi: KhoiInContainers, work: Work, fault: Fault) -> None:
        trial(khoi, fault, work)
