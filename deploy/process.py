"""Entry points of the processes of the services, the same in one machine, a container and a cluster.

gunicorn serves ``deploy.process:web("members")``; ``python -m deploy.process worker members`` runs a worker;
``python -m deploy.process prepare members reviews`` creates what is missing of indexes and topics. The image's
command is this module: ``web members``, ``worker members``, ``prepare …``, and ``health`` for its health check.
"""

from __future__ import annotations

import importlib
import os
import sys
import time
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

import click

from shared import logs
from shared.settings import Settings, SettingsError

HEALTH_SECONDS = 4.0
RETRY_SECONDS = 0.2
REBUILD = "khoi rebuild run"
"""The command that the prepare step names where the read model in use is of another version."""
NOT_LOADED = ("pymongo.pyopenssl_context", "rich")
"""What libraries load when they find it, for features no service uses (certificates by pyOpenSSL, coloured
tracebacks): 11 MB in each of eight processes. Both libraries do without when an import of it fails."""

if TYPE_CHECKING:  # what a process does not use it does not load: the launcher and the tests import this too
    from flask import Flask

    from shared.programs import Unfinished
    from shared.service import ServiceDefinition

SERVICES = ("members", "reviews", "notifications", "reporting")


def definition(name: str) -> ServiceDefinition:
    """The service of that name; ValueError when there is none."""
    from shared.service import ServiceDefinition  # noqa: PLC0415 - the launcher only needs the names

    if name not in SERVICES:
        raise ValueError(f"không có dịch vụ {name!r} (no such service; one of {', '.join(SERVICES)})")
    found = importlib.import_module(f"services.{name}.service").SERVICE
    if not isinstance(found, ServiceDefinition):
        raise TypeError(f"services.{name}.service.SERVICE is no ServiceDefinition")
    return found


def web(name: str) -> Flask:
    """The web application of a service; called by gunicorn in each of its workers, after the fork."""
    _begin()
    from shared.web.app import build  # noqa: PLC0415 - a worker has no need of the web framework

    return build(definition(name), Settings.from_environment())


def _begin() -> None:
    """Make this process one of a service's, before it loads anything of it."""
    for name in NOT_LOADED:
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]  # None: the import system's word for "refuse"
    logs.configure()


@click.group()
def main() -> None:
    """Run one process of a service."""
    _begin()


@main.command("web")
@click.argument("name", type=click.Choice(SERVICES))
def serve(name: str) -> None:
    """Become gunicorn serving the web process of a service on KHOI_WEB_BIND."""
    configuration = Path(__file__).with_name("gunicorn_conf.py")
    program = [
        sys.executable,
        "-m",
        "gunicorn",
        "--config",
        str(configuration),
        f'deploy.process:web("{name}")',
    ]
    os.execv(sys.executable, program)  # noqa: S606 -- the process becomes gunicorn, so that signals reach it


@main.command()
def health() -> None:
    """Ask the process of this container, web or worker, whether it lives (/livez); status 1 when it does not."""
    import ssl  # noqa: PLC0415 - only this command is an HTTP client
    import urllib.error  # noqa: PLC0415
    import urllib.request  # noqa: PLC0415

    port = int(os.environ.get("KHOI_PROBE_PORT", "8000"))
    scheme = "https" if os.environ.get("KHOI_TLS_CERTIFICATE") else "http"
    trusted = ssl.create_default_context(cafile=os.environ.get("KHOI_TLS_CA"))
    try:
        with urllib.request.urlopen(  # noqa: S310 -- one of two schemes, both ours
            f"{scheme}://127.0.0.1:{port}/livez", timeout=HEALTH_SECONDS, context=trusted
        ) as answer:
            sys.exit(0 if answer.status == HTTPStatus.OK else 1)
    except (urllib.error.URLError, OSError) as error:
        click.echo(f"/livez: {error}", err=True)
        sys.exit(1)


@main.command()
@click.argument("name", type=click.Choice(SERVICES))
def worker(name: str) -> None:
    """Run the worker of a service until SIGTERM: consumer, outbox relay, jobs."""
    from shared.programs import run_worker  # noqa: PLC0415 - the web process has no need of it

    logs.configure_structured()
    sys.exit(_sentence(lambda: run_worker(definition(name), Settings.from_environment())))


@main.command()
@click.option(
    "--within", type=float, default=0.0, metavar="SECONDS", help="Wait that long for servers still starting."
)
@click.argument("names", nargs=-1, required=True, type=click.Choice(SERVICES))
def prepare(names: tuple[str, ...], within: float) -> None:
    """Create the indexes and topics of services where they are missing; may be run again at any time."""
    deadline = time.monotonic() + within

    def all_of_them() -> int:
        settings = Settings.from_environment()
        for name in names:
            unfinished = _prepared(name, settings, deadline)
            if unfinished.left:
                click.echo(
                    f"{name}: chạy `khoi upgrade` khi mọi tiến trình đã chạy bản mới (run it to finish the upgrade)"
                )
            if unfinished.read_model:
                click.echo(
                    f"{name}: mô hình đọc đang dùng là của phiên bản khác; chạy `{REBUILD} {name}` khi worker bản mới "
                    "đã chạy (the read model in use is of another version; rebuild it)"
                )
        return 0

    sys.exit(_sentence(all_of_them))


def _prepared(name: str, settings: Settings, deadline: float) -> Unfinished:
    """Prepare one service, again until *deadline* while its servers do not answer; return what is left to upgrade."""
    # The web process has no need of these.
    from kafka.errors import KafkaError  # noqa: PLC0415
    from pymongo.errors import PyMongoError  # noqa: PLC0415

    from shared.programs import prepare as prepare_service  # noqa: PLC0415

    while True:
        try:
            return prepare_service(definition(name), settings)
        except (PyMongoError, KafkaError):
            if time.monotonic() >= deadline:
                raise
            time.sleep(RETRY_SECONDS)


def _sentence(run: Callable[[], int]) -> int:
    """A setting that cannot be used is one sentence, not a traceback."""
    try:
        return run()
    except SettingsError as error:
        click.echo(str(error), err=True)
        return 2


if __name__ == "__main__":
    main()
