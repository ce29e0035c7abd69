"""``khoi handover``: everything to a successor, in open formats, and into the successor's own deployment."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import click
from kafka.errors import KafkaError
from pymongo.errors import PyMongoError

from deploy.backup.cut import CutError
from deploy.backup.sealing import SealError
from deploy.handover import exporting, importing
from deploy.khoi.operations import operator
from deploy.khoi.running import refuse, settings, store_of
from deploy.process import SERVICES
from shared.settings import SettingsError

_folder = click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
_reason = click.option(
    "--reason", required=True, help="Lý do, được ghi vào nhật ký (why; goes into the audit)."
)


@click.group()
def handover() -> None:
    """Bàn giao cho tổ chức kế thừa (handover to a successor)."""


@handover.command()
@click.option(
    "--to",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="Thư mục mới (a new folder).",
)
@_reason
def export(*, folder: Path, reason: str) -> None:
    """Xuất mọi dữ liệu ra dạng mở: JSON Lines, CSV, tệp gốc (export everything in open formats)."""
    with _told(), ExitStack() as stack:
        stores = {name: stack.enter_context(store_of(name)) for name in SERVICES}
        manifest, digest = exporting.export(
            stores, folder, khoi_name=settings().khoi_name, reason=reason, context=operator()
        )
    click.echo(f"{folder}: {len(manifest.files)} tệp (files), không mã hóa (not encrypted)")
    click.echo(f"sha256 của manifest.json, ghi vào biên bản bàn giao (for the minutes): {digest}")


@handover.command()
@_folder
def verify(*, folder: Path) -> None:
    """Kiểm tra mọi tệp, nhật ký và sự kiện của một bản bàn giao (verify a handover)."""
    with _told():
        manifest, digest = importing.verify_handover(folder)
    for name, head in manifest.services.items():
        click.echo(f"  {name}: {head.position} sự kiện (events), {head.entry} mắt xích (audit entries)")
    click.echo(f"nguyên vẹn (intact), sha256 {digest}")


@handover.command("import")
@_folder
@_reason
def import_folder(*, folder: Path, reason: str) -> None:
    """Nhập một bản bàn giao vào hệ thống trống của tổ chức kế thừa (import into an empty deployment)."""
    with _told(), ExitStack() as stack:
        stores = {name: stack.enter_context(store_of(name)) for name in SERVICES}
        found = importing.import_handover(
            folder, stores, settings=settings(), reason=reason, context=operator()
        )
    click.echo(
        f"đã nhập dữ liệu của {found.khoi_name} ({found.khoi_id}) đến "
        f"{found.cut_at.astimezone():%d/%m/%Y %H:%M:%S} (imported); hãy khởi động các dịch vụ"
    )


@contextmanager
def _told() -> Iterator[None]:
    """What stops a handover is one sentence."""
    try:
        yield
    except (exporting.HandoverError, SealError, CutError) as error:
        refuse(str(error))
    except SettingsError as error:
        refuse(str(error))
    except PyMongoError as error:
        refuse(f"cơ sở dữ liệu không trả lời: {type(error).__name__} (the database)")
    except KafkaError as error:
        refuse(f"Kafka không trả lời: {error} (the broker)")
