from datetime import UTC, datetime

import msgspec

from deploy.bench.machine import Machine
from deploy.bench.measuring import Figure, Outcome, Target
from deploy.bench.page import Measured, Run, merged, page


def a_run(scale: float = 1) -> Run:
    return Run(
        at=datetime(2026, 3, 1, 8, 30, tzinfo=UTC),
        revision="abc1234",
        machine=Machine(
            processor="A processor",
            cores=2,
            memory_mb=8_000,
            system="Linux 6",
            python="CPython 3.11",
            packages={"pymongo": "4.20"},
            load=0.1,
        ),
        servers="both embedded",
        repeats=3,
        scale=scale,
        minutes=9.5,
    )


def an_outcome(ratio: float) -> Outcome:
    return Outcome(
        key="relay",
        title="Relay",
        method="How it is measured.",
        figures=(
            Figure(name="relay ÷ bare", unit="×", samples=(ratio,), target=Target(at_least=0.7)),
            Figure(name="relay", unit="/s", samples=(9_000.0,)),
        ),
        limit="What holds it back.",
    )


def measured(ratio: float, *, key: str = "relay", scale: float = 1) -> Measured:
    return Measured(
        run=a_run(scale), outcome=msgspec.structs.replace(an_outcome(ratio), key=key, title=key.title())
    )


class TestPage:
    """A miss is written down as missed, with what limits it."""

    def test_missed(self):
        text = page([measured(0.5)])
        assert "**không đạt (missed)**" in text
        assert "What limits it: What holds it back." in text

    def test_met(self):
        text = page([measured(0.8)])
        assert "đạt (met)" in text
        assert "missed" not in text
        assert "What limits it" not in text

    def test_says_when_and_on_what(self):
        text = page([measured(0.8)])
        assert "01/03/2026 08:30 UTC, revision abc1234" in text
        assert "A processor, 2 cores" in text

    def test_a_trial_says_so(self):
        assert "trial at a smaller scale" in page([measured(0.8, scale=0.1)])


class TestSome:
    """A run of some benchmarks leaves what the others found."""

    def test_the_new_takes_the_place_of_the_old(self):
        before = [measured(0.5), measured(0.9, key="memory")]
        after = merged(before, [measured(0.8)], order=["relay", "memory"])
        assert [(each.outcome.key, each.outcome.figures[0].median) for each in after] == [
            ("relay", 0.8),
            ("memory", 0.9),
        ]

    def test_what_is_measured_no_longer_is_gone(self):
        assert merged([measured(0.5, key="old")], [measured(0.8)], order=["relay"]) == (measured(0.8),)

    def test_it_is_read_as_it_was_written(self):
        found = (measured(0.5), measured(0.9, key="memory"))
        assert msgspec.json.decode(msgspec.json.encode(found), type=tuple[Measured, ...]) == found
