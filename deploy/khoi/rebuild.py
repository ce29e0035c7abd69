"""``khoi rebuild``: a read model built anew beside the one in use, compared, and put in its place."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import click
from kafka.errors import KafkaError
from pymongo.errors import PyMongoError
from rich.console import Console
from rich.table import Table

from deploy.khoi.operations import bar, operator
from deploy.khoi.running import refuse, store_of
from deploy.process import SERVICES, definition
from shared.bus import rebuilding, topics
from shared.bus.generations import Shape
from shared.bus.rebuilding import BehindError, Compared, Comparison, GenerationError, Standing
from shared.clock import SystemClock
from shared.service import ServiceDefinition
from shared.store.connection import Store
from shared.store.errors import MissingError
from shared.store.unit_of_work import UnitOfWork

LOOK_SECONDS = 0.5
SILENT_SECONDS = 60.0
"""So long no event may come before it is said that no worker is at it."""
SWAP_SECONDS = 60.0
SHOWN = 10

STATES = {
    "live": "đang dùng (live)",
    "building": "đang dựng (building)",
    "stopped": "đã dừng (stopped)",
    "kept": "giữ lại (kept)",
}

_service = click.argument("service", type=click.Choice(SERVICES))
_number = click.argument("number", type=int)


class _Model:
    """The read model of one service, as an operator handles it."""

    def __init__(self, made: ServiceDefinition, shape: Shape, store: Store) -> None:
        self.made = made
        self.shape = shape
        self.store = store
        self.unit_of_work = UnitOfWork(store, SystemClock())

    def begin(self) -> int:
        """Begin a generation; refuse where the topics do not hold everything."""
        for topic in (self.store.settings.topic(source) for source in self.made.consumes):
            if not topics.holds_beginning(self.store.settings, self.store.service, topic):
                refuse(
                    f"{topic} không còn giữ các sự kiện đầu tiên: hãy chạy `khoi outbox refill` cho dịch vụ phát ra "
                    "(the topic has lost its beginning; refill it from the outbox)"
                )
        return rebuilding.begin(self.unit_of_work, self.shape, context=operator()).number

    def wait(self, number: int) -> None:
        """Show the progress until the generation has caught up; refuse when nothing comes any more."""
        with bar() as progress:
            task = progress.add_task(f"{self.made.name} {number}", total=None)
            heard, before = time.monotonic(), -1
            while True:
                now = self._standing(number)
                progress.update(task, completed=now.applied, total=now.wanted)
                if now.caught_up:
                    return
                if now.open_letters:
                    refuse(
                        f"thế hệ {number}: {now.open_letters} sự kiện không áp dụng được; xem `khoi dlq list "
                        f"{self.made.name} --generation {number}` (events could not be applied)"
                    )
                if now.applied != before:
                    heard, before = time.monotonic(), now.applied
                elif time.monotonic() - heard > SILENT_SECONDS:
                    refuse(
                        f"thế hệ {number}: {now.applied}/{now.wanted} sự kiện và không có gì thêm; worker phiên bản "
                        f"{self.shape.version} có đang chạy không? Dựng tiếp bằng lệnh này với --resume {number} "
                        "(no worker of this version is at it)"
                    )
                time.sleep(LOOK_SECONDS)

    def _standing(self, number: int) -> Standing:
        now = rebuilding.standing(self.store, self.shape, number)
        if now.generation.state != "building":
            refuse(
                f"thế hệ {number}: {STATES[now.generation.state]}, không còn được dựng (not built any more)"
            )
        return now

    def compare(self, number: int) -> Comparison:
        """Compare, and print what differs."""
        found = rebuilding.compare(
            self.store,
            self.shape,
            number,
            clock=SystemClock(),
            sample=self.made.sample,
            read=lambda name: click.echo(f"so sánh {name} (comparing)…", err=True),
        )
        table = Table(title=f"{self.made.name}: {found.live.number} ↔ {number}", title_justify="left")
        for heading in ("", "đang dùng (live)", f"thế hệ {number}", "khác nhau (differing)"):
            table.add_column(heading, justify="right" if heading else "left")
        for name, each in (*found.collections.items(), ("số thứ tự đã áp dụng (streams)", found.streams)):
            table.add_row(name, str(each.live), str(each.other), _differing(each))
        table.add_row("báo cáo (reports)", str(found.reports), "", str(len(found.reports_differing)))
        Console().print(table)
        for name, each in (*found.collections.items(), ("inbox", found.streams)):
            for kind, ids in (("−", each.only_live), ("+", each.only_other), ("≠", each.differing)):
                for id_ in ids[:SHOWN]:
                    click.echo(f"{kind} {name} {id_}")
        for name, figures in list(found.reports_differing.items())[:SHOWN]:
            for key, (one, other) in figures.items():
                click.echo(f"≠ {name}: {key} {one} → {other}")
        return found

    def swap(self, number: int) -> None:
        """Swap as soon as the generation has everything that the one in use has."""
        deadline = time.monotonic() + SWAP_SECONDS
        while True:
            try:
                changed = rebuilding.swap(self.unit_of_work, self.shape, number, context=operator())
            except BehindError:
                if time.monotonic() >= deadline:
                    raise
                time.sleep(LOOK_SECONDS)
                continue
            break
        kept = ", ".join(str(each.number) for each in changed.generations if each.state == "kept")
        click.echo(
            f"{self.made.name}: đang dùng thế hệ {number}; giữ lại: {kept} "
            "(in use; `khoi rebuild drop` gives up what is kept)"
        )


def _differing(each: Compared) -> str:
    return str(len(each.only_live) + len(each.only_other) + len(each.differing))


@contextmanager
def _model(service: str) -> Iterator[_Model]:
    made = definition(service)
    shape = made.shape
    if shape is None:
        refuse(f"{service} không có mô hình đọc theo thế hệ (no read model in generations)")
    try:
        with store_of(service) as store:
            yield _Model(made, shape, store)
    except MissingError as error:
        refuse(f"{service}: không có thế hệ {error.record_id} (no such generation)")
    except GenerationError as error:
        refuse(f"{service}: chưa làm được: {error}")
    except (KafkaError, PyMongoError) as error:
        refuse(
            f"{service}: không làm được, mô hình đang dùng vẫn nguyên: {error} (the live model is untouched)"
        )


@click.group()
def rebuild() -> None:
    """Dựng lại mô hình đọc cạnh bản đang dùng, so sánh, thay vào (rebuild a read model, compare, swap).

    Worker của dịch vụ làm việc dựng và tự làm tiếp sau khi bị ngắt; các lệnh này ra lệnh và theo dõi.
    (The workers build, and go on by themselves after a crash.)
    """


@rebuild.command()
@_service
@click.option(
    "--resume", "resumed", type=int, help="Theo dõi tiếp một thế hệ đã bắt đầu (go on with one begun)."
)
@click.option(
    "--yes", is_flag=True, help="Thay vào dù có khác biệt, không hỏi (swap even where something differs)."
)
def run(service: str, *, resumed: int | None, yes: bool) -> None:
    """Dựng, so sánh rồi thay vào, bằng một lệnh (build, compare and swap in one go)."""
    with _model(service) as model:
        number = resumed
        if number is None:
            number = model.begin()
        elif rebuilding.standing(model.store, model.shape, number).generation.state != "building":
            rebuilding.resume(model.unit_of_work, model.shape, number, context=operator())
        model.wait(number)
        found = model.compare(number)
        if (
            not found.equal
            and not yes
            and not click.confirm("Có khác biệt. Vẫn thay vào? (swap all the same?)")
        ):
            refuse(
                f"thế hệ {number} vẫn được dựng; `khoi rebuild swap` hoặc `khoi rebuild drop` (still being built)"
            )
        model.swap(number)


@rebuild.command()
@_service
def start(service: str) -> None:
    """Bắt đầu dựng một thế hệ mới (begin a generation)."""
    with _model(service) as model:
        number = model.begin()
    click.echo(f"{service}: thế hệ {number}, phiên bản {model.shape.version} (begun)")


@rebuild.command()
@_service
@_number
def resume(service: str, number: int) -> None:
    """Dựng tiếp một thế hệ đã dừng hoặc giữ lại (go on building one that was stopped or kept)."""
    with _model(service) as model:
        rebuilding.resume(model.unit_of_work, model.shape, number, context=operator())
    click.echo(f"{service}: dựng tiếp thế hệ {number} (resumed)")


@rebuild.command()
@_service
@_number
def stop(service: str, number: int) -> None:
    """Dừng dựng một thế hệ; những gì đã dựng được giữ (stop building; what there is stays)."""
    with _model(service) as model:
        rebuilding.stop(model.unit_of_work, model.shape, number, context=operator())
    click.echo(f"{service}: đã dừng thế hệ {number} (stopped)")


@rebuild.command()
@_service
def status(service: str) -> None:
    """Các thế hệ và tiến độ (the generations and how far they are)."""
    with _model(service) as model:
        found = rebuilding.standings(model.store, model.shape)
    table = Table(
        title=f"{service}: phiên bản phần mềm (software) {model.shape.version}", title_justify="left"
    )
    headings = ("Thế hệ", "Phiên bản", "Tình trạng", "Sự kiện", "Trên", "Để riêng", "Bắt đầu", "Bởi")
    for heading in headings:
        table.add_column(heading, justify="right" if heading in headings[3:6] else "left")
    for each in found:
        made = each.generation
        table.add_row(
            str(made.number), str(made.version), STATES[made.state], str(each.applied), str(each.wanted),
            str(each.open_letters), f"{made.begun_at:%d/%m/%Y %H:%M} UTC" if made.number else "—", made.begun_by,
        )  # fmt: skip
    Console().print(table)


@rebuild.command()
@_service
@_number
def compare(service: str, number: int) -> None:
    """So sánh một thế hệ với bản đang dùng; mã 1 nếu khác (compare with the one in use)."""
    with _model(service) as model:
        equal = model.compare(number).equal
    if not equal:
        refuse("có khác biệt (they differ)")


@rebuild.command()
@_service
@_number
def swap(service: str, number: int) -> None:
    """Đưa một thế hệ vào dùng, trong một giao dịch; bản cũ được giữ (put it in use; the old one is kept)."""
    with _model(service) as model:
        model.swap(number)


@rebuild.command()
@_service
@_number
def drop(service: str, number: int) -> None:
    """Bỏ hẳn một thế hệ không dùng (drop one that is not in use)."""
    with _model(service) as model:
        rebuilding.drop(model.unit_of_work, model.shape, number, context=operator())
    click.echo(f"{service}: đã bỏ thế hệ {number} (dropped)")
