"""Fetches Kafka's jars with Maven, once per version."""

import os
import re
import shutil
import subprocess
from pathlib import Path

POM = Path(__file__).with_name("pom.xml")
FETCH_SECONDS = 900


class KafkaUnavailableError(RuntimeError):
    """Real Kafka cannot be had here; the message says what is missing."""


def version() -> str:
    """The version of Kafka that the pom names."""
    found = re.search(r"<artifactId>kafka_2\.13</artifactId>\s*<version>([^<]+)<", POM.read_text("utf-8"))
    if found is None:
        raise KafkaUnavailableError(f"{POM.name} names no version of kafka_2.13")
    return found[1]


def java() -> str:
    """The Java to run it with; KafkaUnavailableError when there is none."""
    home = os.environ.get("JAVA_HOME")
    found = shutil.which("java", path=f"{home}/bin") if home else shutil.which("java")
    if found is None:
        raise KafkaUnavailableError("no java (17 or newer) on this machine")
    return found


def libraries() -> Path:
    """The folder of Kafka's jars, fetched when missing: ``KHOI_KAFKA_LIBS``, else under ``var/kafka``."""
    given = os.environ.get("KHOI_KAFKA_LIBS")
    folder = (
        Path(given) if given else Path(os.environ.get("KHOI_VAR", "var")).absolute() / "kafka" / version()
    )
    if (folder / f"kafka_2.13-{version()}.jar").exists():
        return folder
    maven = shutil.which("mvn")
    if maven is None:
        raise KafkaUnavailableError("no mvn on this machine to fetch Kafka's artifacts with")
    half = folder.with_name(f"{folder.name}.part")  # a fetch broken off leaves no folder that looks whole
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir(parents=True)
    done = subprocess.run(
        [
            maven,
            *("--quiet", "--batch-mode", "--file", str(POM)),
            "dependency:copy-dependencies",
            "-DincludeScope=runtime",
            f"-DoutputDirectory={half}",
        ],
        capture_output=True,
        text=True,
        timeout=FETCH_SECONDS,
        check=False,
    )
    if done.returncode != 0:
        raise KafkaUnavailableError(
            f"mvn could not fetch Kafka {version()}: {(done.stdout + done.stderr)[-1500:]}"
        )
    half.rename(folder)
    return folder
