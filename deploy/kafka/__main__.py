"""``python -m deploy.kafka fetch`` and ``python -m deploy.kafka run -- COMMAND...``."""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import click

from deploy.kafka.libraries import KafkaUnavailableError, java, libraries, version
from deploy.kafka.server import KafkaServer
from deploy.stack.servers import ServerError, leashed


@click.group()
def main() -> None:
    """Apache Kafka from its Maven artifacts, one KRaft node on loopback."""


@main.command()
def fetch() -> None:
    """Fetch the jars when they are missing; exit status 3 with the reason when they cannot be had."""
    try:
        click.echo(f"Apache Kafka {version()}, {java()}, {libraries()}")
    except KafkaUnavailableError as error:
        click.echo(str(error), err=True)
        sys.exit(3)


@main.command(context_settings={"ignore_unknown_options": True})
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
def run(command: tuple[str, ...]) -> None:
    """Run COMMAND with KAFKA_BOOTSTRAP_SERVERS set to a fresh node, and end the node after it.

    KHOI_OWN_BROKER=kafka tells the tests that kill a broker of their own to use the real one, too.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # through the with, below
    try:
        with (
            tempfile.TemporaryDirectory(prefix="khoi-kafka-") as folder,
            KafkaServer(Path(folder) / "node") as server,
        ):
            click.echo(f"Apache Kafka {version()} at {server.url}", err=True)
            environment = {
                **os.environ,
                "KAFKA_BOOTSTRAP_SERVERS": server.url,
                "KHOI_OWN_BROKER": "kafka",
                "KHOI_KAFKA_LIBS": str(libraries()),
            }
            status = subprocess.run(
                leashed(command, death=signal.SIGTERM), env=environment, check=False
            ).returncode
    except (KafkaUnavailableError, ServerError) as error:
        raise click.ClickException(str(error)) from error
    sys.exit(status)


if __name__ == "__main__":
    main()
