"""A small Khối in containers, its databases open to whoever compares them."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import requests

from deploy.demo.caller import Addresses
from deploy.process import SERVICES
from shared.settings import Settings
from shared.store.connection import Store
from tests.containers.compose import Deployment, docker
from tests.support.servers import eventually
from tests.support.stacks import Khoi, register_small_khoi

UP_SECONDS = 400


@dataclass
class Containers:
    """What the comparison of all parts asks a stack for, answered by a compose project."""

    deployment: Deployment
    settings: Settings = field(init=False)
    names = ("mongo", "kafka")
    """The servers are this project's own: nobody empties them before they go."""

    def __post_init__(self) -> None:
        self.look_up()

    def look_up(self) -> None:
        """Take the settings that services have, but from this host: the database's present address, any name."""
        address = self.deployment.address("mongo", "back")
        self.settings = Settings(
            mongodb_url=f"mongodb://{address}:27017/?directConnection=true&tlsAllowInvalidHostnames=true",
            secrets=self.deployment.folder / "secrets",
            tls_ca=self.deployment.folder / "secrets/ca.crt",
        )


class KhoiInContainers(Khoi):
    """The small Khối, reached through the gateway alone; its stores are read past it to compare."""

    stack: Containers

    def open_stores(self) -> None:
        """Connect anew: a server that came back may have another address."""
        self.stack.look_up()
        for store in self.stores.values():
            store.close()
        self.stores = {service: Store(self.stack.settings, service) for service in SERVICES}

    def answers(self) -> bool:
        """Whether all four services answer through the gateway, refusing whoever has no token."""
        origin = self.stack.deployment.origin
        try:
            asked = [requests.get(f"{origin}/api/{each}/progress", timeout=5) for each in SERVICES]
        except requests.RequestException:
            return False
        return all(answer.status_code == 401 for answer in asked)


@contextmanager
def khoi_in(deployment: Deployment) -> Iterator[KhoiInContainers]:
    """Wait until the deployment is up, and register a small Khối in it."""
    before = os.environ.get("REQUESTS_CA_BUNDLE")
    os.environ["REQUESTS_CA_BUNDLE"] = str(deployment.certificate)
    try:
        eventually(lambda: deployment.status("prepare").startswith("Exited (0)"), within=UP_SECONDS, every=1)
        services = dict.fromkeys(SERVICES, deployment.origin)
        khoi = KhoiInContainers(
            Containers(deployment), Addresses({**services, "issuer": f"{deployment.origin}/issuer"})
        )
        try:
            eventually(khoi.answers, within=UP_SECONDS, every=1)
            register_small_khoi(khoi)
            yield khoi
        finally:
            khoi.close()
    finally:
        if before is None:
            del os.environ["REQUESTS_CA_BUNDLE"]
        else:
            os.environ["REQUESTS_CA_BUNDLE"] = before


@contextmanager
def small_disks(folder: Path, *, megabytes: int) -> Iterator[dict[str, Path]]:
    """Two disks in memory that can be filled, for database and broker: ``mongo`` and ``kafka`` below the folder.

    Mounted by this host, not by the engine: they outlive the processes that write to them, as a disk does.
    """
    disks = {name: folder / name for name in ("mongo", "kafka")}
    mounted = []
    try:
        for disk in disks.values():
            disk.mkdir(parents=True)
            _run("mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0777", "tmpfs", str(disk))
            mounted.append(disk)
        yield disks
    finally:
        for disk in mounted:
            _run("umount", "--lazy", str(disk))


SKEWABLE = "khoi-skewable:latest"


def skewable_image(folder: Path) -> None:
    """Build the project's image with libfaketime (Debian) in it, whose clock a file in /tmp moves: SKEWABLE."""
    (folder / "Dockerfile").write_text(
        f"""FROM {os.environ["KHOI_IMAGE"]}
USER root
RUN apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq libfaketime >/dev/null
ENV LD_PRELOAD=/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1 FAKETIME_TIMESTAMP_FILE=/tmp/clock \\
    FAKETIME_NO_CACHE=1 FAKETIME_DONT_FAKE_MONOTONIC=1
USER 10001:10001
""",
        encoding="utf-8",
    )
    docker("build", "--quiet", "--network", "host", "--tag", SKEWABLE, str(folder), within=600)


def _run(*command: str) -> None:
    subprocess.run(command, check=True, timeout=30)
