"""One Apache Kafka node in KRaft mode on loopback ports."""

import shutil
import subprocess
import uuid
from base64 import urlsafe_b64encode
from pathlib import Path
from typing import Self

from deploy.kafka.libraries import java, libraries
from deploy.stack.pings import kafka_answers
from deploy.stack.servers import HOST, Server, ServerError, free_ports

START_SECONDS = 60.0
FORMAT_SECONDS = 60
HEAP = ("-Xms128m", "-Xmx512m")


class KafkaServer(Server):
    """Broker and controller in one process; topics are only ever created explicitly.

    With ``forgets`` a start after a kill gives an empty broker, as with the embedded one; otherwise the log is
    kept in the folder.
    """

    name = "kafka"

    def __init__(self, folder: Path, *, port: int | None = None, forgets: bool = False) -> None:
        super().__init__(folder, port=port)
        self._controller_port = free_ports(1)[0]
        self._forgets = forgets
        self._jars = libraries()
        self._java = java()

    @property
    def url(self) -> str:
        """The bootstrap address."""
        return f"{HOST}:{self.port}"

    def start(self, *, within: float = START_SECONDS) -> Self:
        """Format the storage where it is new, start, and wait until it answers."""
        if self._forgets:
            shutil.rmtree(self._data, ignore_errors=True)
        if not self._data.exists():
            self._format()
        return super().start(within=within)

    def command(self) -> list[str]:
        """The command line of ``kafka.Kafka``."""
        return [*self._program(), "kafka.Kafka", str(self._configuration)]

    def answers(self) -> bool:
        """Whether it answers in the Kafka protocol now."""
        return kafka_answers(self.url)

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    @property
    def _configuration(self) -> Path:
        return self.folder / "server.properties"

    def _program(self) -> list[str]:
        return [
            self._java,
            *HEAP,
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",  # started often and for minutes: warm-up matters more than peak speed
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
            f"-Djava.io.tmpdir={self.folder}",
            *("-cp", f"{self._jars}/*"),
        ]

    def _format(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._configuration.write_text(self._properties(), encoding="utf-8")
        done = subprocess.run(
            [
                *self._program(),
                "kafka.tools.StorageTool",
                "format",
                f"--cluster-id={_cluster_id()}",
                *("--config", str(self._configuration)),
            ],
            capture_output=True,
            text=True,
            timeout=FORMAT_SECONDS,
            check=False,
        )
        if done.returncode != 0:
            raise ServerError(
                f"kafka: its storage could not be formatted\n{(done.stdout + done.stderr)[-1500:]}"
            )

    def _properties(self) -> str:
        settings = {
            "process.roles": "broker,controller",
            "node.id": 1,
            "controller.quorum.voters": f"1@{HOST}:{self._controller_port}",
            "listeners": f"PLAINTEXT://{HOST}:{self.port},CONTROLLER://{HOST}:{self._controller_port}",
            "advertised.listeners": f"PLAINTEXT://{HOST}:{self.port}",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "controller.listener.names": "CONTROLLER",
            "inter.broker.listener.name": "PLAINTEXT",
            "log.dirs": self._data,
            "auto.create.topics.enable": "false",
            "delete.topic.enable": "true",
            # one node: nothing can be replicated
            "offsets.topic.replication.factor": 1,
            "offsets.topic.num.partitions": 4,
            "transaction.state.log.replication.factor": 1,
            "transaction.state.log.min.isr": 1,
            "share.coordinator.state.topic.replication.factor": 1,
            "share.coordinator.state.topic.min.isr": 1,
            # tests join and leave groups all the time
            "group.initial.rebalance.delay.ms": 0,
            "group.min.session.timeout.ms": 1000,
            "log.cleaner.dedupe.buffer.size": 16 * 1024 * 1024,
            "num.network.threads": 2,
            "num.io.threads": 4,
        }
        return "".join(f"{name}={value}\n" for name, value in settings.items())


def _cluster_id() -> str:
    """A random id in Kafka's spelling: the 16 bytes of a UUID in 22 URL-safe letters."""
    return urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
