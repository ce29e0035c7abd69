"""What the sequence of an event says against the watermark of its stream."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st
from pymongo.errors import AutoReconnect, DuplicateKeyError, NetworkTimeout, OperationFailure

from shared.bus.delivery import Delivery
from shared.bus.inbox import PausedError, _sort_out, is_store_trouble
from shared.events.envelope import Event
from shared.store.errors import StoreBusyError, VersionConflictError


def a_delivery(subject: str, sequence: int, *, key: str = "", position: int = 1) -> Delivery:
    event = Event(
        id=f"{subject}-{sequence}",
        type="vn.khoi.members.MemberErased.v1",
        source="/khoi/khoi/members",
        subject=subject,
        time=datetime(2022, 1, 1, tzinfo=UTC),
        partition_key=key or subject,
        sequence=sequence,
        position=position,
        correlation_id="c",
        data=b"{}",
    )
    return Delivery(
        topic="t", partition=0, offset=position, headers=[], key=event.partition_key, value=b"{}", event=event
    )


def stream(subject: str) -> str:
    return f"/khoi/khoi/members#{subject}"


class TestSortOut:
    """Watermark plus one applies; below is a duplicate; above is a gap that stops its lane only."""

    def test_each_verdict(self) -> None:
        first, again, gap, after, other = (
            a_delivery("a", 3),
            a_delivery("a", 3),
            a_delivery("b", 5, key="k"),
            a_delivery("c", 1, key="k"),
            a_delivery("d", 1),
        )
        before = {stream("a"): 2, stream("b"): 3, stream("c"): 0, stream("d"): 0}
        outcome, marks = _sort_out([first, again, gap, after, other], before)
        assert outcome.applied == [first, other]
        assert outcome.duplicates == [again]
        assert outcome.gaps == [gap]
        assert outcome.behind == [after]
        assert marks == {stream("a"): 3, stream("d"): 1}

    @given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(min_value=1, max_value=6)), max_size=40))
    def test_whatever_comes_each_stream_is_applied_from_its_mark_without_gap_or_repetition(
        self, arrivals: list[tuple[str, int]]
    ) -> None:
        deliveries = [a_delivery(subject, sequence) for subject, sequence in arrivals]
        before = {stream("a"): 0, stream("b"): 2, stream("c"): 5}
        outcome, marks = _sort_out(deliveries, before)
        for subject in "abc":
            applied = [
                one.event.sequence for one in outcome.applied if one.event and one.event.subject == subject
            ]
            start = before[stream(subject)]
            assert applied == list(range(start + 1, start + 1 + len(applied)))
            assert marks.get(stream(subject), start) == start + len(applied)
        verdicts = [*outcome.applied, *outcome.duplicates, *outcome.gaps, *outcome.behind]
        assert sorted(map(id, verdicts)) == sorted(map(id, deliveries))


class TestStoreTrouble:
    """Only what is nobody's fault is waited out; a refusal of the event is its own."""

    def test_outages(self) -> None:
        for error in (AutoReconnect("gone"), NetworkTimeout("slow"), StoreBusyError("busy"), PausedError()):
            assert is_store_trouble(error)
        conflict = OperationFailure("conflict", 112, {"errorLabels": ["TransientTransactionError"]})
        assert is_store_trouble(conflict)

    def test_refusals(self) -> None:
        for error in (
            DuplicateKeyError("taken"),
            VersionConflictError("case", "1"),
            ValueError("bad"),
            OperationFailure("document too large", 10334),
        ):
            assert not is_store_trouble(error)
