"""Event types and the envelope they travel in."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

import shared.events.catalogue  # noqa: F401 -- registers every type
from shared.events import registry
from shared.events.catalogue.members import MemberErased
from shared.events.envelope import Event, UndecodableEventError
from shared.events.registry import Fact, UnknownEventTypeError, all_types, event, type_named, type_of

PRODUCERS = {"audit", "members", "reviews", "notifications", "reporting"}
TEXT = st.text(min_size=1, max_size=20)


class TestRegistry:
    """Every type is declared once, with its owner and a meaning in Vietnamese."""

    def test_full_names(self) -> None:
        assert type_of(MemberErased).full_name == "vn.khoi.members.MemberErased.v1"
        assert type_named("vn.khoi.members.MemberErased.v1").data is MemberErased
        fact = MemberErased(member_id="m", on=date(2022, 1, 1))
        assert type_of(fact) == type_of(MemberErased)

    @pytest.mark.parametrize("name", sorted(all_types()))
    def test_every_type_has_an_owner_and_a_meaning(self, name: str) -> None:
        entry = type_named(name)
        assert entry.producer in PRODUCERS
        vietnamese, _, english = entry.meaning.partition(":")
        assert vietnamese
        assert english

    def test_the_reviews_topic_carries_no_names(self) -> None:
        for entry in all_types().values():
            if entry.producer != "members":
                assert not {"full_name", "birth_date", "card_number"} & set(entry.data.__struct_fields__)

    def test_a_second_declaration_is_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(registry, "_by_name", dict(all_types()))
        with pytest.raises(ValueError, match="twice"):
            event("members")(MemberErased)

    def test_unknown_types_are_named(self) -> None:
        class Stranger(Fact, frozen=True, kw_only=True):
            pass

        with pytest.raises(UnknownEventTypeError, match="Stranger"):
            type_of(Stranger)
        with pytest.raises(UnknownEventTypeError, match=r"MemberErased\.v9"):
            type_named("vn.khoi.members.MemberErased.v9")


class TestEnvelope:
    """Whatever goes onto the wire or into the outbox comes back the same."""

    @given(
        subject=TEXT,
        key=TEXT,
        sequence=st.integers(min_value=1, max_value=2**53),
        position=st.integers(min_value=1, max_value=2**53),
        time=st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2100, 1, 1)),  # noqa: DTZ001 -- made aware below
        traceparent=st.none() | TEXT,
        data=st.text(max_size=30),
    )
    def test_round_trips(
        self,
        *,
        subject: str,
        key: str,
        sequence: int,
        position: int,
        time: datetime,
        traceparent: str | None,
        data: str,
    ) -> None:
        original = Event(
            id="0190f3a0-0000-7000-8000-000000000001",
            type="vn.khoi.members.MemberErased.v1",
            source="/khoi/khoi/members",
            subject=subject,
            time=time.replace(tzinfo=UTC),
            partition_key=key,
            sequence=sequence,
            position=position,
            correlation_id="c",
            traceparent=traceparent,
            data=data.encode(),
        )
        assert Event.from_record(original.headers(), original.data) == original
        assert Event.from_document(original.to_document()) == original

    def test_name_and_stream(self) -> None:
        original = self._event(b"{}")
        assert original.name == "MemberErased"
        assert original.stream == "/khoi/khoi/members#member-1"

    @pytest.mark.parametrize("data", [b"", b"{}", b'{"member_id": 1, "on": "2022-01-01"}', b"\xff"])
    def test_data_that_does_not_fit_its_type(self, data: bytes) -> None:
        with pytest.raises(UndecodableEventError, match="MemberErased"):
            self._event(data).fact()

    def test_a_tombstone_is_no_event(self) -> None:
        with pytest.raises(UndecodableEventError, match="tombstone"):
            Event.from_record(self._event(b"{}").headers(), None)

    @staticmethod
    def _event(data: bytes) -> Event:
        return Event(
            id="0190f3a0-0000-7000-8000-000000000001",
            type="vn.khoi.members.MemberErased.v1",
            source="/khoi/khoi/members",
            subject="member-1",
            time=datetime(2022, 1, 1, tzinfo=UTC),
            partition_key="member-1",
            sequence=1,
            position=1,
            correlation_id="c",
            data=data,
        )
