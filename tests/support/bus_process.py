"""One of the two test services as a process of its own, to be killed: ``python -m tests.support.bus_process ROLE``.

Settings come from the environment, as for a real service. SIGTERM stops it gracefully.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from deploy.stack.servers import leashed
from shared.bus.worker import Worker
from shared.settings import Settings
from tests.support.bus import SHAPE, Cases, Steps

ROOT = Path(__file__).parents[2]


def environment_of(settings: Settings, *, failpoint: str | None = None) -> dict[str, str]:
    environment = {
        **os.environ,
        "KHOI_ID": settings.khoi_id,
        "MONGODB_URL": settings.mongodb_url,
        "KAFKA_BOOTSTRAP_SERVERS": settings.kafka_bootstrap_servers,
        "KHOI_SESSION_TIMEOUT_MS": str(settings.session_timeout_ms),
        "KHOI_TOPIC_PARTITIONS": str(settings.topic_partitions),
        "KHOI_RETRY_LADDER_SECONDS": ",".join(map(str, settings.retry_ladder_seconds)),
    }
    environment.pop("KHOI_FAILPOINT", None)
    if failpoint is not None:
        environment["KHOI_FAILPOINT"] = failpoint
    return environment


@contextmanager
def process(
    role: str, settings: Settings, *, failpoint: str | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Run the service's worker; killed at the end when it still runs."""
    started = subprocess.Popen(
        leashed([sys.executable, "-m", "tests.support.bus_process", role]),
        cwd=ROOT,
        env=environment_of(settings, failpoint=failpoint),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    try:
        yield started
    finally:
        started.kill()
        started.wait(10)


_WORKERS: Mapping[str, Callable[[Settings], Worker]] = {
    "cases": lambda settings: Cases(settings).worker(),
    "steps": lambda settings: Steps(settings).worker(),
    "read model": lambda settings: Steps(settings).worker(shape=SHAPE),
}


def main(role: str) -> int:
    settings = Settings.from_environment()
    worker = _WORKERS[role](settings)
    signal.signal(signal.SIGTERM, lambda *_: worker.stop())
    return worker.run()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
