"""``khoi up``: the whole system on this machine, until Ctrl-C."""

import contextlib
import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import click

from deploy.khoi.running import folder_of_up, forget, refuse, write_down
from deploy.process import SERVICES
from deploy.stack.parts import Ports, plan
from deploy.stack.servers import port_is_taken
from deploy.stack.stack import Stack, StackError
from shared.settings import Settings, SettingsError

PORT_BASE = 8100
HIGHEST_BASE = 65_000
NEEDED_BYTES = 500 * 1024 * 1024
WATCH_SECONDS = 0.5


@click.command()
@click.option(
    "--port-base",
    type=click.IntRange(1024, HIGHEST_BASE),
    default=PORT_BASE,
    envvar="KHOI_PORT_BASE",
    show_default=True,
    show_envvar=True,
    help="Cổng đầu tiên của dải cổng được dùng (first of the ports used).",
)
def up(port_base: int) -> None:
    """Chạy toàn bộ hệ thống trên máy này cho đến khi nhấn Ctrl-C (run everything on this machine).

    Dữ liệu được giữ trong var/up qua các lần chạy. (State is kept in var/up across runs.)
    """
    folder = folder_of_up()
    with _alone_in(folder):
        _room_on_disk(folder)
        ports = Ports.counted_from(port_base)
        _ports_are_free(folder, ports)
        try:
            Settings.from_environment()
            with Stack(folder, ports=ports, say=click.echo) as stack:
                write_down(stack)
                _introduce(stack)
                _watch(stack)
        except SettingsError as error:
            refuse(str(error))
        except (StackError, FileNotFoundError) as error:
            refuse(str(error))
        except KeyboardInterrupt:
            click.echo("\nđã dừng mọi tiến trình (all processes have ended)")
        finally:
            forget(folder)


def _watch(stack: Stack) -> None:
    while True:
        stack.check()
        time.sleep(WATCH_SECONDS)


@contextlib.contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Hold the folder's lock; the kernel gives it back even when this process is killed."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "lock").open("a+")
    except OSError as error:
        refuse(f"không ghi được vào {folder}: {error.strerror} (cannot write there)")
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.seek(0)
            refuse(
                f"hệ thống đã chạy rồi, tiến trình {lock.read().strip() or '?'} "
                f"trong {folder} (the stack is already up)"
            )
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def _room_on_disk(folder: Path) -> None:
    free = shutil.disk_usage(folder).free
    if free < NEEDED_BYTES:
        refuse(
            f"ổ đĩa chứa {folder} chỉ còn {free // 1024**2} MB, cần ít nhất {NEEDED_BYTES // 1024**2} MB "
            "(disk nearly full)"
        )


def _ports_are_free(folder: Path, ports: Ports) -> None:
    parts = plan(folder, ports=ports).parts.values()
    taken = [f"{part.port} ({part.name})" for part in parts if port_is_taken(part.port)]
    if taken:
        refuse(
            f"cổng đã bị chương trình khác dùng: {', '.join(taken)}; "
            "chọn dải khác bằng KHOI_PORT_BASE (ports taken by another program)"
        )


def _introduce(stack: Stack) -> None:
    click.echo("Hệ thống đã sẵn sàng (the stack is up):")
    for name in SERVICES:
        click.echo(f"  {name:<14} {stack.api(name)}   OpenAPI: {stack.api(name)}/openapi.json")
    for name, address in (
        ("tokens", stack.plan.issuer_url),
        ("MongoDB", stack.mongodb_url),
        ("Kafka", stack.kafka_bootstrap_servers),
        ("logs", stack.folder / "logs"),
    ):
        click.echo(f"  {name:<14} {address}")
    click.echo(
        "Lấy mã truy cập rồi gọi thử (get a token and try it):\n"
        "  TOKEN=$(.venv/bin/khoi token --role organizing_board)\n"
        f'  curl -H "Authorization: Bearer $TOKEN" {stack.api("members")}/organizations\n'
        "Bảng tổng hợp, đăng nhập bằng vai trò muốn thử (the dashboard; sign in as whoever you choose):\n"
        f"  {stack.api('reporting')}/dashboard/\n"
        "Ctrl-C để dừng (to stop)."
    )
