"""``khoi handover``: everything to a successor, in open formats, and into the successor's own deployment."""

from functools import partial
from pathlib import Path

import click

from deploy.backup.cut import CutError
from deploy.backup.sealing import SealError
from deploy.handover import exporting, importing
from deploy.khoi.operations import one_sentence, operator, stores_of
from deploy.khoi.running import settings
from deploy.process import SERVICES
from shared.store.sealed import SealedValueError

_told = partial(one_sentence, exporting.HandoverError, SealError, CutError, SealedValueError)
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
    with _told(), stores_of(SERVICES) as stores:
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
    with _told(), stores_of(SERVICES) as stores:
        found = importing.import_handover(
            folder, stores, settings=settings(), reason=reason, context=operator()
        )
    click.echo(
        f"đã nhập dữ liệu của {found.khoi_name} ({found.khoi_id}) đến "
        f"{found.cut_at.astimezone():%d/%m/%Y %H:%M:%S} (imported); hãy khởi động các dịch vụ"
    )
