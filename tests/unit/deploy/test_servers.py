import os
import signal
import subprocess
import sys
from pathlib import Path

import pymongo
import pytest
from kafka import KafkaAdminClient
from kafka.admin import NewTopic

from deploy.stack.pings import kafka_answers, mongo_answers
from deploy.stack.servers import (
    HOST,
    BrokerServer,
    MongoServer,
    ServerError,
    free_ports,
    last_lines,
    port_is_taken,
)
from tests.support.servers import eventually


class TestEmbeddedMongo:
    """It keeps what it acknowledged through SIGKILL, on the same port."""

    def test_data_survives_a_kill(self, own_mongo: MongoServer):
        with pymongo.MongoClient(own_mongo.url) as client:
            client.khoi.members.insert_one({"_id": "m1"})
        own_mongo.kill()
        assert not mongo_answers(own_mongo.url, within=0.3)
        own_mongo.start()
        with pymongo.MongoClient(own_mongo.url) as client:
            assert client.khoi.members.find_one({"_id": "m1"}) == {"_id": "m1"}

    def test_a_taken_port_is_said_with_the_log(self, own_mongo: MongoServer, tmp_path: Path):
        with pytest.raises(ServerError, match="did not start"):
            MongoServer(tmp_path / "second", port=own_mongo.port).start(within=5)


class TestEmbeddedBroker:
    """It forgets everything at a restart and stays at its address."""

    def test_topics_are_gone_after_a_kill(self, own_broker: BrokerServer):
        with KafkaAdminClient(bootstrap_servers=own_broker.url) as admin:
            admin.create_topics([NewTopic("t", num_partitions=2, replication_factor=1)])
            assert "t" in admin.list_topics()
        own_broker.kill()
        assert not kafka_answers(own_broker.url, within=0.3)
        own_broker.start()
        with KafkaAdminClient(bootstrap_servers=own_broker.url) as admin:
            assert "t" not in admin.list_topics()


class TestLeash:
    """A leashed program ends when its parent is killed."""

    def test_the_child_does_not_survive_its_parent(self, tmp_path: Path):
        program = (
            "import subprocess, sys\n"
            "from deploy.stack.servers import leashed\n"
            "child = subprocess.Popen(leashed([sys.executable, '-c', 'input()']), stdin=subprocess.PIPE)\n"
            "print(child.pid, flush=True)\n"
            "child.wait()\n"
        )
        with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as parent:
            assert parent.stdout is not None
            child = int(parent.stdout.readline())
            os.kill(child, 0)
            parent.send_signal(signal.SIGKILL)
        eventually(lambda: not _alive(child), within=5)


class TestPorts:
    """Free ports are different, and a listened-to port is taken."""

    def test_free_ports_differ(self):
        assert len(set(free_ports(5))) == 5

    def test_a_listened_to_port_is_taken(self, own_broker: BrokerServer):
        assert port_is_taken(own_broker.port)

    def test_a_free_port_is_not(self):
        assert not port_is_taken(free_ports(1)[0])


class TestLastLines:
    """The end of a log, not all of it."""

    def test_only_the_last_lines(self, tmp_path: Path):
        log = tmp_path / "log"
        log.write_text("\n".join(str(line) for line in range(100)))
        assert last_lines(log, count=3) == "97\n98\n99"

    def test_no_log_is_empty(self, tmp_path: Path):
        assert last_lines(tmp_path / "none") == ""


class TestPings:
    """A port where nobody answers the protocol is not a server."""

    @pytest.mark.parametrize("answers", [kafka_answers])
    def test_nobody_there(self, answers):
        assert not answers(f"{HOST}:{free_ports(1)[0]}", within=0.2)


class TestEventually:
    """It waits for the condition, and names what was missing when it never comes."""

    def test_returns_the_truthy_answer(self):
        answers = iter([0, 0, 5])
        assert eventually(lambda: next(answers), within=5) == 5

    def test_names_the_last_refusal(self):
        def refused() -> bool:
            raise AssertionError("lag is 3")

        with pytest.raises(AssertionError, match="lag is 3"):
            eventually(refused, within=0.1)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
