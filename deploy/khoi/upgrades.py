"""``khoi upgrade``: the second half of an upgrade, once every process runs the new version."""

import sys
from contextlib import closing
from functools import partial

import click
from pymongo.errors import PyMongoError
from rich.progress import Progress, TaskID

from deploy.khoi.operations import bar, operator
from deploy.khoi.running import refuse, settings
from deploy.process import SERVICES, definition
from shared.programs import finish_upgrade, unfinished
from shared.service import Runtime
from shared.settings import SettingsError
from shared.store.errors import StoreError


@click.command()
@click.argument("services", nargs=-1, type=click.Choice(SERVICES))
@click.option(
    "--check",
    is_flag=True,
    help="Chỉ xem còn gì phải làm; mã 1 nếu còn (only say what is left; status 1 if anything).",
)
def upgrade(services: tuple[str, ...], *, check: bool) -> None:
    """Hoàn tất nâng cấp khi mọi tiến trình đã chạy bản mới: cập nhật dữ liệu cũ, bỏ chỉ mục không còn dùng.

    Chạy lại lúc nào cũng được; dừng giữa chừng thì lần sau làm tiếp. (Bring old records to today's shape, batch by
    batch, then drop retired indexes; may be broken off and run again, while the services work.)
    """
    left = False
    for name in services or SERVICES:
        try:
            with closing(Runtime(definition(name), settings())) as runtime:
                if check:
                    left = _check(runtime) or left
                else:
                    _finish(runtime)
        except SettingsError as error:
            refuse(str(error))
        except (PyMongoError, StoreError) as error:
            refuse(f"{name}: chưa xong, hãy chạy lại: {error} (not finished; run it again)")
    if left:
        sys.exit(1)


def _check(runtime: Runtime) -> bool:
    name, found = runtime.definition.name, unfinished(runtime)
    for step in found.steps:
        click.echo(f"{name}: {step.name}: {step.why_vi}")
    for index in found.indexes:
        click.echo(f"{name}: chỉ mục {index.name} không còn dùng: {index.reason} (retired)")
    if not found.left:
        click.echo(f"{name}: không còn gì phải làm (nothing left)")
    return found.left


def _finish(runtime: Runtime) -> None:
    name = runtime.definition.name
    with bar() as progress:
        task = progress.add_task(name, total=None)
        done = finish_upgrade(runtime, context=operator(), progress=partial(_at, progress, task))
        progress.update(task, description=name, total=1, completed=1)
    for step, count in done.changed.items():
        click.echo(f"{name}: {step}: {count} hồ sơ được cập nhật (records changed)")
    for index in done.dropped:
        click.echo(f"{name}: đã bỏ chỉ mục {index} (index dropped)")
    if not done.changed and not done.dropped:
        click.echo(f"{name}: không có gì phải làm (nothing to do)")


def _at(progress: Progress, task: TaskID, name: str, done: int, every: int) -> None:
    progress.update(task, description=name, completed=done, total=every)
