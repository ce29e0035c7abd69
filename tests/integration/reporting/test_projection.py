"""The read model: whatever the order of arrival, and however often, it is the fold of the events."""

from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.reporting.projection.batch import FOLDS
from tests.integration.reporting.history import KHOI, History
from tests.support.people import holding

pytestmark = pytest.mark.integration


def folded(history: History) -> dict[str, dict[str, dict]]:
    """Fold the events one by one, from nothing, without a store."""
    found: dict[str, dict[str, dict]] = {}
    for event, fact in history.events:
        fold = FOLDS[type(fact)]
        documents = found.setdefault(fold.collection, {})
        documents[fold.key(fact)] = fold.apply(documents.get(fold.key(fact)), event, fact)
    return found


@st.composite
def arrivals(draw, streams: Sequence[Sequence]):
    """Interleave the streams in any way that keeps the order within each."""
    turns = draw(st.permutations([number for number, stream in enumerate(streams) for _ in stream]))
    waiting = [iter(stream) for stream in streams]
    return [next(waiting[number]) for number in turns]


class TestReadModel:
    """What stands in the store is what a fold from nothing gives."""

    def test_in_the_order_it_happened(self, reporting, the_year_2022):
        reporting.reads(the_year_2022.events)
        assert {name: kept for name, kept in reporting.held().items() if kept} == folded(the_year_2022)

    def test_batches_of_any_size_make_the_same(self, reporting, the_year_2022):
        reporting.reads(the_year_2022.events, batch=1)
        assert {name: kept for name, kept in reporting.held().items() if kept} == folded(the_year_2022)

    def test_everything_twice_changes_nothing(self, reporting, the_year_2022):
        reporting.reads(the_year_2022.events)
        before = reporting.held()
        applied = reporting.front.as_(holding("operator", "*")).get("/api/reporting/progress").json
        reporting.reads(the_year_2022.events)
        assert reporting.held() == before
        assert reporting.front.as_(holding("operator", "*")).get("/api/reporting/progress").json == applied

    def test_documents_that_are_there_before_the_first_event_of_their_record(self, reporting, the_year_2022):
        reporting.reads(the_year_2022.events)
        before = reporting.held()
        reporting.store.collection("inbox").delete_many({})
        reporting.forgets_marks()
        reporting.reads(the_year_2022.events)
        assert reporting.held() == before

    @settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(data=st.data())
    def test_in_any_order_across_records(self, reporting, the_year_2022, data):
        order = data.draw(arrivals(the_year_2022.streams()))
        for name in (*reporting.held(), "inbox", "consumed"):
            reporting.store.collection(name).delete_many({})
        reporting.forgets_marks()
        reporting.reads(order, batch=data.draw(st.integers(1, 40)))
        assert {name: kept for name, kept in reporting.held().items() if kept} == folded(the_year_2022)

    def test_no_name_and_no_birth_date_is_kept(self, reporting, the_year_2022):
        reporting.reads(the_year_2022.events)
        text = str({name: kept for name, kept in reporting.held().items() if name != "organizations"})
        for personal in ("Nguyễn Văn Mẫu", "1980-05-01", "11001234"):
            assert personal not in text

    def test_the_places_a_case_ever_stood_find_it(self, reporting, the_year_2022):
        reporting.reads(the_year_2022.events)
        assert set(reporting.held()["cases"]["moved"]["under"]) == {
            KHOI, "plant", "plant/2", "office", "office/1",
        }  # fmt: skip
