"""Every type of event ever published stays readable."""

from datetime import date
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.bus.delivery import Delivery
from shared.events import golden
from shared.events.envelope import Event
from shared.events.registry import Fact, all_types

ALL = sorted(all_types())


class TestGoldenSamples:
    """A sample that was published once is read for ever."""

    def test_every_registered_type_has_one(self) -> None:
        assert set(ALL) <= set(golden.sampled_types())

    def test_no_published_type_was_forgotten(self) -> None:
        assert set(golden.sampled_types()) <= set(ALL)

    @pytest.mark.parametrize("name", golden.sampled_types())
    def test_it_decodes_into_the_struct_of_its_type(self, name: str) -> None:
        sample = golden.sample(name)
        event = Event.from_record(sample.record_headers(), bytes(sample.data))
        assert event.type == name
        assert event.source.endswith((f"/{event.event_type.producer}", f"-{event.event_type.producer}"))
        fact = event.fact()
        # Everything that was published is still understood, not ignored.
        published = msgspec.json.decode(sample.data)
        assert {key: msgspec.to_builtins(fact)[key] for key in published} == published

    @pytest.mark.parametrize("name", ALL)
    def test_it_survives_the_outbox_and_the_wire(self, name: str) -> None:
        sample = golden.sample(name)
        event = Event.from_record(sample.record_headers(), bytes(sample.data))
        assert dict(event.headers()) == dict(sample.record_headers())
        assert Event.from_document(event.to_document()) == event

    @pytest.mark.parametrize("name", ALL)
    def test_a_reader_ignores_fields_it_does_not_know(self, name: str) -> None:
        sample = golden.sample(name)
        grown = msgspec.json.encode({**msgspec.json.decode(sample.data), "added_later": [1, 2]})
        assert Event.from_record(sample.record_headers(), grown).fact() is not None


class TestSchemaSnapshots:
    """Within a version of a type fields may only be added, with a default."""

    @pytest.mark.parametrize("name", ALL)
    def test_the_code_is_compatible_with_what_was_published(self, name: str) -> None:
        published = golden.snapshot(name)
        assert published is not None, "run python -m shared.events.golden and commit the snapshot"
        assert golden.incompatibilities(published, golden.schema_of(all_types()[name])) == []

    @pytest.mark.parametrize("name", ALL)
    def test_the_snapshot_has_every_field_of_today(self, name: str) -> None:
        snapshot, current = golden.snapshot(name), golden.schema_of(all_types()[name])
        assert snapshot is not None
        assert golden.incompatibilities(current, snapshot) == [], "run python -m shared.events.golden"


class Before(Fact, frozen=True, kw_only=True):
    case: str
    on: date
    path: list[str]
    note: str | None = None


class Added(Before, frozen=True, kw_only=True):
    more: int = 0


class Required(Before, frozen=True, kw_only=True):
    more: int


class Renamed(Fact, frozen=True, kw_only=True):
    case_id: str
    on: date
    path: list[str]
    note: str | None = None


class Retyped(Fact, frozen=True, kw_only=True):
    case: str
    on: str
    path: list[int]
    note: str | None = None


class Loosened(Fact, frozen=True, kw_only=True):
    case: str = ""
    on: date
    path: list[str]
    note: str | int | None = None


def found(changed: type[Fact]) -> list[str]:
    def schema(kind: type[Fact]) -> dict[str, Any]:
        return msgspec.json.schema(kind)

    return golden.incompatibilities(schema(Before), schema(changed))


class TestIncompatibilities:
    """The comparison names every change that an old event or an old reader would trip over."""

    def test_an_added_field_with_a_default_is_fine(self) -> None:
        assert found(Added) == []

    def test_an_added_field_without_a_default_is_not(self) -> None:
        assert found(Required) == ["data.more is required, but published events may lack it"]

    def test_a_renamed_field(self) -> None:
        assert "data.case was removed" in found(Renamed)

    def test_a_changed_type(self) -> None:
        assert {line.split(":")[0] for line in found(Retyped)} == {"data.on", "data.path[]"}

    def test_a_field_that_may_be_missing_now_and_a_new_alternative(self) -> None:
        lines = found(Loosened)
        assert "data.case is no longer always there" in lines
        assert "data.note has other alternatives" in lines


class TestStrangeRecords:
    """Whatever lies on a topic becomes a delivery; nothing raises, nothing is lost."""

    @given(
        headers=st.lists(
            st.tuples(
                st.sampled_from(["ce_id", "ce_type", "ce_time", "ce_sequence", "ce_source", "other"]),
                st.binary(max_size=20),
            )
        ),
        value=st.none() | st.binary(max_size=40),
    )
    def test_noise(self, headers: list[tuple[str, bytes]], value: bytes | None) -> None:
        delivery = Delivery.read(topic="t", partition=1, offset=2, headers=headers, key="k", value=value)
        assert delivery.error is not None
        assert (delivery.value, delivery.id, delivery.lane) == (value, "t/1/2", ("t", "k"))

    @pytest.mark.parametrize("missing", ["ce_id", "ce_type", "ce_sequence", "ce_time", "ce_partitionkey"])
    def test_a_missing_header(self, missing: str) -> None:
        sample = golden.sample(ALL[0])
        headers = [pair for pair in sample.record_headers() if pair[0] != missing]
        delivery = Delivery.read(
            topic="t", partition=0, offset=0, headers=headers, key="k", value=bytes(sample.data)
        )
        assert missing in str(delivery.error)
