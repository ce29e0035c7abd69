"""What `make reliability` writes."""

from datetime import UTC, datetime

import msgspec
import pytest

from deploy.bench.machine import Machine
from tests.containers.reliability.page import Run, merged, page
from tests.containers.reliability.trial import Measured

BORNE = Measured(
    name="kill mongo",
    text="SIGKILL `mongo`",
    acknowledged=40,
    attempts=50,
    failed=5,
    longest_wait=6.5,
    caught_up=9,
)


@pytest.fixture
def run() -> Run:
    machine = Machine(processor="P", cores=2, memory_mb=2048, system="S", python="3.11", packages={}, load=1)
    at = datetime(2026, 11, 25, 13, 40, tzinfo=UTC)
    lost = Measured(name="cut kafka", text="cut", problem="AssertionError: lost | two\nlines")
    return Run(
        at=at, revision="abc", machine=machine, load_after=2, minutes=3, planned=2, measured=(BORNE, lost)
    )


class TestThePage:
    """One row for each fault, with medians; what was not borne says so."""

    def test_a_fault_that_was_borne(self, run: Run) -> None:
        assert "| SIGKILL `mongo` | 40 | 10.0 % | 6.5 s | 0.0 s | 9.0 s |" in page(run)

    def test_one_that_was_not(self, run: Run) -> None:
        assert "| cut | **không đạt (not borne)**: AssertionError: lost   two lines | | | | |" in page(run)

    def test_a_run_that_was_broken_off(self, run: Run) -> None:
        assert "broken off" not in page(run)
        assert "after 2 of 19" in page(msgspec.structs.replace(run, planned=19))

    def test_a_row_measured_again(self, run: Run) -> None:
        again = Run(
            at=run.at,
            revision="def",
            machine=run.machine,
            load_after=2,
            minutes=3,
            planned=1,
            measured=(Measured(name="cut kafka", text="cut", attempts=1),),
        )
        found = page(merged(run, again))
        assert "| cut; đo riêng (own run) 25/11/2026, def | 0 |" in found
        assert "không đạt (not borne)" not in found
