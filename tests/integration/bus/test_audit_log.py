"""The audit chain on its topic: in order, once, and again when the topic was lost."""

import pytest
from kafka import TopicPartition

from shared.audit.verify import head_of
from shared.bus import audit_log, clients, topics
from shared.bus.cursor import Cursor
from shared.events.catalogue.audit import AuditEntryKept, AuditEntryMissing
from shared.events.envelope import Event
from tests.support.bus import PRODUCER, Cases, running
from tests.support.servers import eventually

pytestmark = pytest.mark.integration


@pytest.fixture(autouse=True)
def _in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_log, "EVERY_SECONDS", 0.1)
    monkeypatch.setattr(audit_log, "IDENTITY_SECONDS", 0.1)
    monkeypatch.setattr(audit_log, "HOLE_SECONDS", 0.2)


def published(cases: Cases) -> int:
    cursor = Cursor(cases.store, cases.settings.topic(topics.audit_log(PRODUCER)))
    raw = cases.store.collection("relay").find_one({"_id": cursor.topic})
    return 0 if raw is None else int(raw["position"])


def on_the_topic(cases: Cases, count: int) -> list[Event]:
    """The first events of the topic, once there are so many."""
    reader = clients.consumer(cases.settings, PRODUCER, group=None)
    found: list[Event] = []
    try:
        partition = TopicPartition(cases.settings.topic(topics.audit_log(PRODUCER)), 0)
        reader.assign([partition])
        reader.seek_to_beginning(partition)

        def enough() -> bool:
            for records in reader.poll(timeout_ms=300).values():
                found.extend(Event.from_record(record.headers, record.value) for record in records)
            return len(found) >= count

        eventually(enough)
    finally:
        reader.close()
    return found


class TestAuditLog:
    """Each link is an event at its own place, whatever happens to topic or store."""

    def test_links_are_events_in_their_order(self, cases: Cases) -> None:
        for number in range(4):
            cases.step(f"case-{number}")
        with running(cases.worker()):
            eventually(lambda: published(cases) == 4)
            cases.step("case-0")
            eventually(lambda: published(cases) == 5)
        events = on_the_topic(cases, 5)
        assert [event.sequence for event in events] == [1, 2, 3, 4, 5]
        facts = [event.fact() for event in events]
        assert all(isinstance(fact, AuditEntryKept) and fact.action == "case.step" for fact in facts)

    def test_a_lost_topic_is_filled_again(self, cases: Cases) -> None:
        for number in range(3):
            cases.step(f"case-{number}")
        topic = cases.settings.topic(topics.audit_log(PRODUCER))
        with running(cases.worker()):
            eventually(lambda: published(cases) == 3)
            admin = clients.admin(cases.settings, PRODUCER)
            try:
                before = topics.topic_ids(admin, [topic])[topic]
                admin.delete_topics([topic])
                eventually(lambda: topics.topic_ids(admin, [topic]).get(topic, before) != before)
            finally:
                admin.close()
            cases.step("case-3")
            eventually(lambda: published(cases) == 4)
        assert [event.sequence for event in on_the_topic(cases, 4)] == [1, 2, 3, 4]

    def test_what_follows_a_link_that_is_gone_does_not_wait_for_it(self, cases: Cases) -> None:
        for number in range(3):
            cases.step(f"case-{number}")
        cases.store.collection("audit").delete_one({"_id": 2})
        with running(cases.worker()):
            eventually(lambda: published(cases) == 3)
        assert head_of(cases.store)[0] == 3
        kinds = [type(event.fact()) for event in on_the_topic(cases, 3)]
        assert kinds == [AuditEntryKept, AuditEntryMissing, AuditEntryKept]
