import pytest

from deploy.bench.measuring import Figure, NotInTimeError, Target, percentile, ratios, wait_for


class TestTarget:
    """A bound counts itself as kept."""

    @pytest.mark.parametrize(("value", "kept"), [(0.69, False), (0.7, True), (2.0, True)])
    def test_at_least(self, value, kept):
        assert Target(at_least=0.7).keeps(value) is kept

    @pytest.mark.parametrize(("value", "kept"), [(3.9, True), (4.0, True), (4.01, False)])
    def test_at_most(self, value, kept):
        assert Target(at_most=4).keeps(value) is kept


class TestFigure:
    """The median decides, the extremes are shown."""

    def test_one_bad_repetition_does_not_decide(self):
        figure = Figure(name="x", unit="×", samples=(0.2, 0.8, 0.9), target=Target(at_least=0.7))
        assert figure.met
        assert figure.spread == "0.20 × – 0.90 ×"

    def test_no_target_no_verdict(self):
        assert Figure(name="x", unit="MB", samples=(801.4,)).met is None

    def test_a_single_sample_has_no_spread(self):
        assert Figure(name="x", unit="×", samples=(1.0,)).spread == "—"


class TestRatios:
    """Each repetition is compared with the bare side of the same repetition."""

    def test_pairs(self):
        assert ratios([1.0, 4.0], [2.0, 4.0]) == (0.5, 1.0)

    def test_a_missing_half_is_an_error(self):
        with pytest.raises(ValueError, match="shorter"):
            ratios([1.0, 4.0], [2.0])


class TestPercentile:
    """By the nearest rank: a value that was really measured."""

    @pytest.mark.parametrize(("percent", "value"), [(50, 50.0), (99, 99.0), (100, 100.0), (1, 1.0)])
    def test_of_a_hundred(self, percent, value):
        assert percentile([float(number) for number in range(100, 0, -1)], percent) == value

    def test_of_one(self):
        assert percentile([7.0], 99) == 7.0


class TestWaiting:
    """What does not happen ends the benchmark with what was waited for."""

    def test_says_what(self):
        with pytest.raises(NotInTimeError, match="the impossible"):
            wait_for(lambda: False, what="the impossible", within=0.01)
