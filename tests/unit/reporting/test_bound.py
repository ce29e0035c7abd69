import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reporting.domain.bound import Bound, BoundKind, total

KNOWN = [kind for kind in BoundKind if kind is not BoundKind.UNKNOWN]
bounds = st.builds(Bound, st.sampled_from(KNOWN), st.integers(0, 60)) | st.just(Bound(BoundKind.UNKNOWN))


def holds(bound: Bound, number: int) -> bool:
    """Read the bound as a person does, without its arithmetic."""
    value = bound.value
    return {
        BoundKind.EXACT: lambda: number == value,
        BoundKind.AT_LEAST: lambda: number >= value,
        BoundKind.MORE_THAN: lambda: number > value,
        BoundKind.AT_MOST: lambda: number <= value,
        BoundKind.LESS_THAN: lambda: number < value,
        BoundKind.UNKNOWN: lambda: True,
    }[bound.kind]()


class TestPrintedFigures:
    """A figure is read as Vietnamese texts print it, and printed back with its bound."""

    @pytest.mark.parametrize(
        ("printed", "kind", "value", "shown"),
        [
            ("7", BoundKind.EXACT, 7, "7"),
            ("trên 20", BoundKind.MORE_THAN, 20, ">20"),
            ("Hơn 90.000", BoundKind.MORE_THAN, 90000, ">90000"),
            (">20", BoundKind.MORE_THAN, 20, ">20"),
            ("≥ 7", BoundKind.AT_LEAST, 7, "≥ 7"),
            ("không dưới 3", BoundKind.AT_LEAST, 3, "≥ 3"),
            ("gần 6.000", BoundKind.LESS_THAN, 6000, "<6000"),
            ("không quá 5", BoundKind.AT_MOST, 5, "≤ 5"),
            ("không rõ", BoundKind.UNKNOWN, None, "không rõ"),
        ],
    )
    def test_reads_and_prints(self, printed, kind, value, shown):
        bound = Bound.parse(printed)
        assert (bound.kind, bound.value, str(bound)) == (kind, value, shown)

    def test_reads_decomposed_text(self):
        assert Bound.parse("tre\u0302n 20") == Bound(BoundKind.MORE_THAN, 20)

    @pytest.mark.parametrize("printed", ["", "khoảng 20", "20 người", "2.0", "-3", "20-30", "trên"])
    def test_refuses_what_bounds_nothing(self, printed):
        with pytest.raises(ValueError):
            Bound.parse(printed)

    @pytest.mark.parametrize("document", [{"kind": "exact"}, {"kind": "unknown", "value": 3}])
    def test_refuses_a_bound_without_its_number_and_a_number_without_bound(self, document):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(document, Bound)

    @given(bounds)
    def test_survives_print_and_read(self, bound):
        assert Bound.parse(str(bound)) == bound


class TestArithmetic:
    """Sums and differences hold for every pair of whole numbers that the bounds allow."""

    def test_the_article_leaves_at_least_seven_open(self):
        accounted = total(map(Bound.exact, (5, 2, 7, 0)))
        assert str(Bound.parse("trên 20") - accounted) == "≥ 7"

    @given(bounds, bounds, st.integers(-5, 70), st.integers(-5, 70))
    def test_is_sound(self, a, b, x, y):
        if holds(a, x) and holds(b, y):
            assert holds(a + b, x + y)
            assert holds(a - b, x - y)

    @given(st.integers(0, 99), st.integers(0, 99))
    def test_is_exact_on_exact_figures(self, x, y):
        assert Bound.exact(x) - Bound.exact(y) == Bound.exact(x - y)

    def test_no_figures_add_up_to_exactly_zero(self):
        assert total([]) == Bound.exact(0)
