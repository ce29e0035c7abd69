"""Where the deployment is that a command speaks to: the environment's variables, else what ``khoi up`` runs."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click
import msgspec

from deploy.process import SERVICES
from deploy.stack.stack import Stack, fetch_token
from shared.settings import Settings, SettingsError

if TYPE_CHECKING:  # khoi up lives as long as its stack and needs no driver
    from shared.store.connection import Store

STATE = "stack.json"


class Running(msgspec.Struct, frozen=True, kw_only=True):
    """A running stack as ``khoi up`` writes it down for the other commands."""

    pid: int
    issuer: str
    services: dict[str, str]
    environment: dict[str, str]


def folder_of_up() -> Path:
    """The folder of ``khoi up``: its data, its logs and what it tells other commands."""
    return Path(os.environ.get("KHOI_VAR", "var")).absolute() / "up"


def write_down(stack: Stack) -> None:
    """Leave for other commands where this stack is."""
    settings = stack.settings
    running = Running(
        pid=os.getpid(),
        issuer=stack.plan.issuer_url,
        services={name: stack.url(name) for name in SERVICES},
        environment={
            "KHOI_ID": settings.khoi_id,
            "MONGODB_URL": settings.mongodb_url,
            "KAFKA_BOOTSTRAP_SERVERS": settings.kafka_bootstrap_servers,
            "KHOI_SESSION_TIMEOUT_MS": str(settings.session_timeout_ms),
            "KHOI_TOKEN_ISSUER": settings.token_issuer,
            "KHOI_JWKS_URL": settings.jwks_url,
        },
    )
    path = stack.folder / STATE
    path.touch(mode=0o600)  # a Mongo URL may hold a password
    path.write_bytes(msgspec.json.format(msgspec.json.encode(running), indent=2))


def forget(folder: Path) -> None:
    """The stack is going down: other commands shall not look for it."""
    (folder / STATE).unlink(missing_ok=True)


def running_stack() -> Running | None:
    """What ``khoi up`` runs now; None when it does not run."""
    try:
        found = msgspec.json.decode((folder_of_up() / STATE).read_bytes(), type=Running)
    except (FileNotFoundError, msgspec.DecodeError):
        return None
    try:
        os.kill(found.pid, 0)
    except ProcessLookupError:
        return None
    except PermissionError:
        return found
    return found


def settings() -> Settings:
    """The settings of the deployment a command speaks to; a variable given from outside wins."""
    running = running_stack()
    try:
        return Settings.from_environment({**(running.environment if running else {}), **os.environ})
    except SettingsError as error:
        refuse(str(error))


def service_url(service: str) -> str:
    """The origin of a service: ``KHOI_<SERVICE>_URL``, ``KHOI_URL`` (a gateway), else that of ``khoi up``."""
    given = os.environ.get(f"KHOI_{service.upper()}_URL") or os.environ.get("KHOI_URL")
    if given:
        return given.rstrip("/")
    running = running_stack()
    if running is None:
        refuse(
            f"không tìm thấy hệ thống đang chạy: hãy chạy `khoi up` hoặc đặt KHOI_{service.upper()}_URL "
            "(no running stack)"
        )
    return running.services[service]


@contextmanager
def store_of(service: str) -> "Iterator[Store]":
    """The store of a service, for commands that look below the API."""
    from shared.store.connection import Store  # noqa: PLC0415

    store = Store(settings(), service)
    try:
        yield store
    finally:
        store.close()


def board_token(purpose: str) -> str:
    """A token of the organising board of what ``khoi up`` runs, for a command given none; refuses without a stack."""
    running = running_stack()
    if running is None:
        refuse("cần --token hoặc KHOI_TOKEN khi không có `khoi up` đang chạy (a token is needed)")
    grant = {"role": "organizing_board", "organization": "*"}
    return fetch_token(running.issuer, {"subject": f"{purpose}:{os.getuid()}", "grants": [grant]})


def refusal(sentence: str) -> click.ClickException:
    """What ends a command with one sentence and a non-zero exit, to be raised."""
    return click.ClickException(sentence)


def refuse(sentence: str) -> NoReturn:
    """End the command with one sentence and a non-zero exit."""
    raise refusal(sentence)
