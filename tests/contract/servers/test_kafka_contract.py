"""What the kernel needs of whatever speaks Kafka's wire protocol. Run against each: embedded, container, real."""

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, OffsetAndMetadata, TopicPartition

from tests.support.servers import eventually

pytestmark = pytest.mark.integration


@pytest.fixture
def admin(kafka_bootstrap):
    client = KafkaAdminClient(bootstrap_servers=kafka_bootstrap)
    yield client
    client.close()


@pytest.fixture
def topic(admin, deployment):
    name = f"{deployment}.contract"
    create(admin, name)
    yield name
    admin.delete_topics([name])


def create(admin, name, partitions=2):
    admin.create_topics({name: {"num_partitions": partitions, "replication_factor": 1}})
    eventually(lambda: has_leaders(admin, name))


def has_leaders(admin, name):
    found = admin.describe_topics([name])[0]
    return found["error_code"] == 0 and all(part["leader_id"] >= 0 for part in found["partitions"])


def topic_id(admin, name):
    return str(admin.describe_topics([name])[0]["topic_id"])


@pytest.fixture
def producer(kafka_bootstrap):
    client = KafkaProducer(bootstrap_servers=kafka_bootstrap, linger_ms=5)
    yield client
    client.close()


@pytest.fixture
def read(kafka_bootstrap):
    """Read at least *count* records of a topic, as a group or alone; commit when asked."""

    def read_records(topic, count, *, group=None, commit=False):
        consumer = KafkaConsumer(
            bootstrap_servers=kafka_bootstrap,
            group_id=group,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            session_timeout_ms=6000,
            heartbeat_interval_ms=1000,
        )
        try:
            if group is None:
                consumer.assign([TopicPartition(topic, 0), TopicPartition(topic, 1)])
            else:
                consumer.subscribe([topic])
            records = []

            def enough():
                for batch in consumer.poll(timeout_ms=300).values():
                    records.extend(batch)
                return len(records) >= count

            eventually(enough, within=30)
            if commit:
                ends = {}
                for record in records:
                    ends[TopicPartition(topic, record.partition)] = OffsetAndMetadata(
                        record.offset + 1, "", -1
                    )
                consumer.commit(ends)
            return records
        finally:
            consumer.close(autocommit=False)

    return read_records


class TestOrder:
    """Records of one key keep their order and their headers, for they share a partition."""

    def test_order_and_headers_per_key(self, producer, read, topic):
        futures = [
            producer.send(topic, key=f"k{n % 5}".encode(), value=str(n).encode(), headers=[("ce_id", b"x")])
            for n in range(100)
        ]
        for future in futures:
            future.get(timeout=15)
        records = read(topic, 100)
        for key in {record.key for record in records}:
            mine = [record for record in records if record.key == key]
            assert len({record.partition for record in mine}) == 1
            assert [int(record.value) for record in mine] == sorted(int(record.value) for record in mine)
        assert {tuple(record.headers) for record in records} == {(("ce_id", b"x"),)}


class TestGroups:
    """A group goes on where it committed; what was not committed comes again."""

    def test_committed_offsets_are_kept_for_the_group(self, producer, read, topic, deployment):
        producer.send(topic, key=b"k", value=b"1").get(timeout=15)
        assert [record.value for record in read(topic, 1, group=deployment, commit=True)] == [b"1"]
        producer.send(topic, key=b"k", value=b"2").get(timeout=15)
        assert [record.value for record in read(topic, 1, group=deployment)] == [b"2"]
        assert [record.value for record in read(topic, 1, group=deployment, commit=True)] == [b"2"]


class TestIdentity:
    """A topic that was deleted and made anew has another id: that is how the relay knows to refill it."""

    def test_a_recreated_topic_has_another_id(self, admin, topic):
        before = topic_id(admin, topic)
        assert topic_id(admin, topic) == before
        admin.delete_topics([topic])
        eventually(lambda: admin.describe_topics([topic])[0]["error_code"] != 0)
        create(admin, topic)
        assert topic_id(admin, topic) != before
