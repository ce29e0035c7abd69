"""``khoi outbox``, ``khoi audit`` and ``khoi replay``: looking after the logs that everything stands on."""

import getpass
import sys
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial

import click
from kafka.errors import KafkaError
from pymongo.errors import PyMongoError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from deploy.khoi.running import refuse, settings, store_of
from deploy.process import SERVICES, definition
from shared.access.actor import Actor, Context, Grant
from shared.audit import verify as chain
from shared.audit.watch import record_result
from shared.bus import outbox as log
from shared.bus import topics
from shared.bus.replay import RebuildError, rebuild
from shared.clock import SystemClock
from shared.settings import SettingsError
from shared.store.connection import Store
from shared.store.unit_of_work import UnitOfWork


def operator() -> Context:
    """On whose behalf a command acts: the person logged in on this machine, as an operator."""
    identifier = f"khoi-{uuid.uuid4()}"
    return Context(
        actor=Actor(subject=f"operator:{getpass.getuser()}", grants=(Grant("operator", "*"),)),
        request_id=identifier,
        correlation_id=identifier,
        role="operator",
        organization="*",
    )


def bar(console: Console | None = None) -> Progress:
    """A progress bar as every long command shows it."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console or Console(stderr=True),
    )


@contextmanager
def stores_of(services: Iterable[str]) -> Iterator[Mapping[str, Store]]:
    """The stores of several services at once, for commands that look below the APIs."""
    with ExitStack() as stack:
        yield {name: stack.enter_context(store_of(name)) for name in services}


@contextmanager
def one_sentence(*refusals: type[Exception]) -> Iterator[None]:
    """End the command with one sentence for *refusals*, settings that cannot be used, and servers that are away."""
    told: tuple[type[Exception], ...] = (*refusals, SettingsError)
    try:
        yield
    except told as error:
        refuse(str(error))
    except PyMongoError as error:
        refuse(f"cơ sở dữ liệu không trả lời: {type(error).__name__} (the database)")
    except KafkaError as error:
        refuse(f"Kafka không trả lời: {error} (the broker)")


@click.group()
def outbox() -> None:
    """Sổ sự kiện của từng dịch vụ (each service's log of events)."""


@outbox.command("status")
def outbox_status() -> None:
    """Đã phát đến đâu, sự kiện chờ lâu nhất bao nhiêu giây (how far the relays are)."""
    table = Table(title="Sổ sự kiện (outbox)", title_justify="left")
    for heading in ("Dịch vụ", "Đã ghi", "Đã phát", "Còn chờ", "Chờ lâu nhất (giây)"):
        table.add_column(heading, justify="left" if heading == "Dịch vụ" else "right")
    for service in SERVICES:
        with store_of(service) as store:
            try:
                found = log.status(store)
            except PyMongoError as error:
                refuse(f"{service}: không đọc được sổ sự kiện: {error} (cannot read)")
        table.add_row(
            service,
            str(found.head),
            str(found.published),
            str(found.depth),
            f"{found.oldest_age_seconds:.1f}",
        )
    Console().print(table)


@outbox.command()
@click.argument("service", type=click.Choice(SERVICES))
@click.option("--yes", is_flag=True, help="Không hỏi (do not ask).")
def refill(service: str, *, yes: bool) -> None:
    """Xóa chủ đề sự kiện để dịch vụ phát lại từ đầu từ sổ sự kiện (delete the topic; its relay fills it anew).

    Dùng khi chủ đề đã mất các sự kiện đầu tiên. Nơi nhận đọc lại từ đầu và bỏ qua những gì đã biết.
    (For a topic that lost its beginning; consumers read it anew and skip what they know.)
    """
    if not yes:
        question = (
            f"Xóa chủ đề sự kiện của {service} để phát lại từ sổ sự kiện? (delete and refill the topic?)"
        )
        click.confirm(question, abort=True)
    try:
        topics.delete(settings(), service)
    except KafkaError as error:
        refuse(f"{service}: không xóa được chủ đề: {error} (the topic cannot be deleted)")
    click.echo(f"{service}: đã xóa chủ đề; worker của dịch vụ sẽ phát lại (its relay fills it again)")


def _reached(progress: Progress, task: TaskID, count: int) -> None:
    progress.update(task, completed=count)


@click.group()
def audit() -> None:
    """Nhật ký kiểm toán (the audit)."""


@audit.command("verify")
@click.argument("services", nargs=-1, type=click.Choice(SERVICES))
def audit_verify(services: tuple[str, ...]) -> None:
    """Kiểm tra chuỗi băm, nêu mắt xích hỏng đầu tiên; mã 1 nếu hỏng (name the first broken link).

    Kết quả được ghi vào chính nhật ký và hiện ở bảng nhật ký chung (the result is a link itself, which auditors see).
    """
    broken = False
    for service in services or SERVICES:
        with store_of(service) as store, bar() as progress:
            head = store.collection("ledger").find_one({"_id": "head"}, ["entry"])
            task = progress.add_task(service, total=int(head["entry"]) if head else 0)
            try:
                found = chain.verify(store, partial(_reached, progress, task))
                if found.entries or not found.intact:
                    UnitOfWork(store, SystemClock()).run(operator(), partial(record_result, found=found))
            except PyMongoError as error:
                refuse(f"{service}: không đọc được nhật ký: {error} (cannot read)")
        if found.intact:
            click.echo(f"{service}: nguyên vẹn, {found.entries} mắt xích (intact)")
        else:
            broken = True
            click.echo(f"{service}: HỎNG ở mắt xích {found.broken_at}: {found.why} (broken)")
    if broken:
        sys.exit(1)


@click.command()
@click.argument("service", type=click.Choice(SERVICES))
def replay(service: str) -> None:
    """Dựng lại mô hình đọc từ các sự kiện, cạnh bản đang dùng, rồi thay vào (rebuild a read model and swap it).

    Dịch vụ vẫn chạy; trong lúc thay, việc áp dụng sự kiện dừng vài giây. (The service may run on.)
    """
    made = definition(service)
    if made.shape is not None:
        refuse(f"{service}: dùng `khoi rebuild run {service}` (its read model is kept in generations)")
    with store_of(service) as store, bar() as progress:
        task = progress.add_task(service, total=None)
        try:
            done = rebuild(
                store,
                sources=made.consumes,
                batch_handler=made.batch_handler,
                projections=made.projections,
                progress=lambda have, wanted: progress.update(task, completed=have, total=wanted),
            )
        except (RebuildError, KafkaError, PyMongoError) as error:
            refuse(
                f"{service}: chưa dựng lại được, bản đang dùng vẫn nguyên: {error} (the live model is untouched)"
            )
    for name, before in done.before.items():
        click.echo(f"{service}.{name}: {before} → {done.after[name]} tài liệu (documents)")
    click.echo(f"{service}: đã dựng lại từ {done.events} sự kiện và thay vào (rebuilt and swapped in)")
