"""``khoi events tail``: what the services say, as it is said."""

from dataclasses import dataclass
from typing import Any

import click
import orjson
from kafka import TopicPartition
from kafka.errors import KafkaError
from rich.console import Console
from rich.text import Text

from deploy.khoi.running import refuse, settings
from deploy.process import SERVICES
from shared.bus import clients
from shared.events.envelope import Event, UndecodableEventError

# Names and other personal text travel on this topic alone; an operator's screen does not need them.
PERSONAL = frozenset({"members"})


@click.group()
def events() -> None:
    """Sự kiện trên các chủ đề Kafka (the events on the topics)."""


@events.command()
@click.argument("services", nargs=-1, type=click.Choice(SERVICES))
@click.option("--from-start", is_flag=True, help="Từ sự kiện đầu tiên (from the first event).")
@click.option(
    "--no-follow",
    is_flag=True,
    help="Từ đầu đến sự kiện mới nhất rồi dừng (from the first to the newest, then stop).",
)
@click.option("--type", "kind", help="Chỉ loại này, ví dụ MemberFlagged (only this type).")
@click.option("--subject", help="Chỉ vụ việc hoặc đảng viên này (only this case or member).")
@click.option(
    "--data",
    is_flag=True,
    help="In cả nội dung; riêng members chỉ in tên trường (print the data; of members the names of fields only).",
)
def tail(
    services: tuple[str, ...],
    *,
    from_start: bool,
    no_follow: bool,
    kind: str | None,
    subject: str | None,
    data: bool,
) -> None:
    """Xem các sự kiện CloudEvents khi chúng đến (print CloudEvents as they come)."""
    wanted = Wanted(kind=kind, subject=subject, from_start=from_start or no_follow, data=data)
    try:
        _tail(services or SERVICES, wanted, follow=not no_follow)
    except KeyboardInterrupt:
        return
    except KafkaError as error:
        refuse(f"không đọc được từ Kafka: {error} (cannot read the topics)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """Which events are shown, and how much of them."""

    kind: str | None = None
    subject: str | None = None
    from_start: bool = False
    data: bool = False

    def takes(self, event: Event) -> bool:
        """Whether this event is to be shown."""
        return self.kind in {None, event.name, event.type} and self.subject in {None, event.subject}


def _tail(services: tuple[str, ...], wanted: Wanted, *, follow: bool) -> None:
    console = Console(highlight=False, soft_wrap=True)
    found = settings()
    consumer = clients.consumer(found, "khoi", group=None)
    try:
        partitions = [
            TopicPartition(topic, partition)
            for topic in map(found.topic, services)
            for partition in sorted(consumer.partitions_for_topic(topic) or ())
        ]
        if not partitions:
            refuse("chưa có chủ đề nào của các dịch vụ này (these services have no topics yet)")
        consumer.assign(partitions)
        ends: dict[TopicPartition, int] = consumer.end_offsets(partitions)
        if wanted.from_start:
            consumer.seek_to_beginning(*partitions)
        else:
            consumer.seek_to_end(*partitions)
        while follow or any(consumer.position(part) < end for part, end in ends.items()):
            _print(console, consumer.poll(timeout_ms=300), wanted)
    finally:
        consumer.close()


def _print(console: Console, polled: dict[TopicPartition, list[Any]], wanted: Wanted) -> None:
    batch = [record for records in polled.values() for record in records]
    for record in sorted(batch, key=lambda record: (record.timestamp, record.topic, record.offset)):
        try:
            event = Event.from_record(record.headers, record.value)
        except UndecodableEventError as error:
            console.print(Text(f"{record.topic}/{record.partition}/{record.offset}: {error}", "red"))
            continue
        if wanted.takes(event):
            console.print(line(event))
            if wanted.data:
                console.print(_facts(event))


def line(event: Event) -> Text:
    """One event as one line: time, service, type, subject and its place."""
    service = event.source.rsplit("/", 1)[-1]
    return Text.assemble(
        (f"{event.time.astimezone():%d/%m/%Y %H:%M:%S} ", "dim"),
        (f"{service:<13} ", "cyan"),
        (f"{event.name:<24} ", "bold"),
        f"{event.subject} ",
        (f"#{event.sequence} @{event.position}", "dim"),
    )


def _facts(event: Event) -> Text:
    facts = orjson.loads(event.data)
    if event.source.rsplit("/", 1)[-1] in PERSONAL:
        facts = dict.fromkeys(facts, "…")
    return Text(orjson.dumps(facts, option=orjson.OPT_INDENT_2).decode(), "dim")
