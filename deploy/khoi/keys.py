"""``khoi keys``: the keys that members' sensitive fields are sealed with, and their rotation."""

import sys
from contextlib import closing

import click
from cryptography.fernet import Fernet
from rich.console import Console
from rich.table import Table

from deploy.khoi.operations import bar, one_sentence, operator
from deploy.khoi.running import refuse, settings
from deploy.process import definition
from services.members import keys as rotation
from shared.service import Runtime
from shared.store.sealed import PLAIN, SealedValueError, Sealing

OWNER = "members"
"""The service whose records have sealed fields."""


@click.group()
def keys() -> None:
    """Khóa mã hóa các trường nhạy cảm (keys of sensitive fields)."""


@keys.command()
def new() -> None:
    """In ra một khóa mới, để ghi vào tệp khóa (print a new key, for the file of keys)."""
    click.echo(Fernet.generate_key().decode("ascii"))


@keys.command()
def status() -> None:
    """Bao nhiêu giá trị đang ở dưới mỗi khóa; mã 1 nếu còn phải đổi (values by key; status 1 if any is left)."""
    with one_sentence(), closing(Runtime(definition(OWNER), settings())) as runtime:
        sealing = runtime.base.sealing
        found = rotation.counted(runtime.base)
    table = Table(title="Giá trị theo khóa (values by key)", title_justify="left")
    for heading in ("Khóa", "Trong tệp khóa", "Số giá trị"):
        table.add_column(heading, justify="right" if heading == "Số giá trị" else "left")
    for key in dict.fromkeys((*sealing.ids, *sorted(found))):
        table.add_row(_named(key), _place(key, sealing), str(found[key]))
    Console(width=None if sys.stdout.isatty() else 100).print(table)
    if any(count for key, count in found.items() if key != sealing.current):
        sys.exit(1)


@keys.command()
def rotate() -> None:
    """Mã hóa lại mọi giá trị bằng khóa mới nhất, từng lô; dừng giữa chừng thì chạy lại (under the newest key).

    Dịch vụ vẫn chạy. Chỉ bỏ khóa cũ khỏi tệp khi `khoi keys status` không còn giá trị nào dưới khóa đó; giữ khóa cũ
    chừng nào còn bản sao lưu cần đến. (Safe to break off and run again, while the services work.)
    """
    with one_sentence(SealedValueError), closing(Runtime(definition(OWNER), settings())) as runtime:
        if runtime.base.sealing.current == PLAIN:
            refuse("cần tệp khóa: hãy đặt KHOI_FIELD_KEYS, xem docs/operate/keys.md (there is no key)")
        with bar() as progress:
            task = progress.add_task(OWNER, total=None)
            changed = rotation.rotate(
                runtime.unit_of_work,
                context=operator(),
                progress=lambda done, every: progress.update(task, completed=done, total=every),
            )
        current = runtime.base.sealing.current
    click.echo(f"{changed} giá trị đã chuyển sang khóa {current} (values now under the newest key)")


def _named(key: str) -> str:
    return "chưa mã hóa (plain)" if key == PLAIN else key


def _place(key: str, sealing: Sealing) -> str:
    if key == PLAIN:
        return ""
    if key not in sealing.ids:
        return "KHÔNG CÓ (missing)"
    return "mới nhất (newest)" if key == sealing.current else "cũ (old)"
