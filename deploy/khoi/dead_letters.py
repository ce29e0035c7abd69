"""``khoi dlq``: the events that could not be applied, and what becomes of them."""

from collections.abc import Iterator
from contextlib import contextmanager

import click
from pymongo.errors import PyMongoError
from rich.console import Console
from rich.table import Table

from deploy.khoi.operations import operator
from deploy.khoi.running import refuse, store_of
from deploy.process import SERVICES, definition
from shared.bus import dead_letters as parked
from shared.bus.generations import ReadModel, register_of
from shared.clock import SystemClock
from shared.store.connection import Store
from shared.store.errors import MissingError
from shared.store.unit_of_work import UnitOfWork

_service = click.argument("service", type=click.Choice(SERVICES))
_letter = click.argument("letter_id")
_generation = click.option(
    "--generation",
    type=int,
    help="Thế hệ của mô hình đọc; mặc định là bản đang dùng (of which generation of the read model).",
)


@click.group()
def dlq() -> None:
    """Sự kiện không xử lý được, đang để riêng (dead letters)."""


@dlq.command("list")
@click.argument("services", nargs=-1, type=click.Choice(SERVICES))
@_generation
def list_letters(services: tuple[str, ...], generation: int | None) -> None:
    """Liệt kê các sự kiện đang để riêng, không có nội dung (list, without their data)."""
    table = Table()
    for heading in ("Dịch vụ", "Mã", "Tình trạng", "Loại", "Khóa", "Số lần thử", "Lỗi"):
        table.add_column(heading, overflow="fold")
    for service in services or SERVICES:
        with _store(service, generation) as store:
            for letter in parked.list_open(store):
                kind = (letter.type or "?").removeprefix("vn.khoi.")
                table.add_row(
                    service, letter.id, letter.status, kind, letter.key, str(letter.tries), letter.error
                )
    if table.row_count:
        Console().print(table)
    else:
        click.echo("không có sự kiện nào bị để riêng (no dead letters)")


@dlq.command()
@_service
@_letter
@_generation
def show(service: str, letter_id: str, generation: int | None) -> None:
    """Xem một sự kiện, cả nội dung của nó (one letter with its data)."""
    with _store(service, generation) as store:
        letter = parked.show(store, letter_id)
    for name in letter.__struct_fields__:
        value = getattr(letter, name)
        if value is not None:
            click.echo(f"{name}: {value}")


@dlq.command()
@_service
@_letter
@_generation
def retry(service: str, letter_id: str, generation: int | None) -> None:
    """Xử lý lại một sự kiện; được ghi vào nhật ký (try it again, audited)."""
    with _store(service, generation) as store:
        parked.retry(UnitOfWork(store, SystemClock()), letter_id, context=operator())
    click.echo(f"{letter_id}: sẽ được xử lý lại (will be tried again)")


@dlq.command()
@_service
@_letter
@click.option("--reason", required=True, help="Lý do bỏ, được ghi vào nhật ký (why; goes into the audit).")
@_generation
def drop(service: str, letter_id: str, reason: str, generation: int | None) -> None:
    """Bỏ hẳn một sự kiện; được ghi vào nhật ký cùng lý do (give it up, audited)."""
    with _store(service, generation) as store:
        try:
            parked.drop(UnitOfWork(store, SystemClock()), letter_id, context=operator(), reason=reason)
        except ValueError:
            refuse("cần nêu lý do (a reason is needed)")
    click.echo(f"{letter_id}: đã bỏ (dropped)")


@contextmanager
def _store(service: str, generation: int | None) -> Iterator[Store]:
    shape = definition(service).shape
    if generation is not None and shape is None:
        refuse(f"{service} không có mô hình đọc theo thế hệ (no read model in generations)")
    try:
        with store_of(service) as store:
            if shape is not None:
                number = register_of(store, shape.version).live.number if generation is None else generation
                yield ReadModel(store, shape, number)
            else:
                yield store
    except MissingError:
        refuse(f"{service}: không có sự kiện này (no such dead letter)")
    except parked.NotParkedError as error:
        refuse(f"{error.letter_id}: đang ở tình trạng {error.status}, không phải parked (not parked)")
    except PyMongoError as error:
        refuse(f"{service}: không đọc được kho dữ liệu: {error} (cannot reach the store)")
