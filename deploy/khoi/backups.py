"""``khoi backup``: encrypted backups of all services at one cut, and the way back."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import click

from deploy.backup import changes as following
from deploy.backup import drill as drilling
from deploy.backup import restoring, sealing, verifying, writing
from deploy.backup.changes import ChangesError
from deploy.backup.cut import CutError
from deploy.backup.manifest import Manifest
from deploy.khoi.operations import bar, one_sentence, operator, stores_of
from deploy.khoi.running import refuse, settings
from deploy.process import SERVICES
from shared.clock import VIETNAM

_file = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
_keys = click.option(
    "--key-file",
    "key_files",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    multiple=True,
    required=True,
    envvar="KHOI_BACKUP_KEY_FILE",
    show_envvar=True,
    help="Tệp khóa; có thể nêu nhiều khóa cũ và mới (key file, may be repeated).",
)


@click.group()
def backup() -> None:
    """Sao lưu có mã hóa và khôi phục (encrypted backups and the way back)."""


@backup.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def key(file: Path) -> None:
    """Tạo khóa sao lưu; mất khóa là mất mọi bản sao lưu (make a key; without it no backup opens)."""
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        refuse(f"{file} đã có; khóa không bao giờ bị ghi đè (exists already)")
    made = sealing.new_key()
    with os.fdopen(descriptor, "w", encoding="ascii") as target:
        target.write(made)
    click.echo(f"{file}: khóa {sealing.key_id(sealing.read_key(file))}; cất một bản ở nơi khác (keep a copy)")


@backup.command()
@click.option(
    "--to",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="Thư mục để ghi (folder).",
)
@click.option(
    "--key-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    required=True,
    envvar="KHOI_BACKUP_KEY_FILE",
    show_envvar=True,
    help="Tệp khóa (key file).",
)
@click.option(
    "--service",
    "services",
    type=click.Choice(SERVICES),
    multiple=True,
    help="Chỉ dịch vụ này; mặc định tất cả (only these services).",
)
def create(*, folder: Path, key_file: Path, services: tuple[str, ...]) -> None:
    """Sao lưu khi hệ thống vẫn chạy, rồi kiểm tra lại tệp (back up a running system, then verify the file)."""
    began = time.monotonic()
    with _told(), stores_of(services or SERVICES) as stores, bar() as progress:
        found = sealing.read_key(key_file)
        tasks = {name: progress.add_task(name, total=None) for name in stores}
        path, manifest = writing.create(
            stores, folder, found, progress=lambda name, count: progress.update(tasks[name], completed=count)
        )
        verifying.verify(path, [found])
    _say(path, manifest)
    click.echo(f"{time.monotonic() - began:.1f} giây, đã kiểm tra lại (verified)")


@backup.command()
@_file
@_keys
def verify(*, file: Path, key_files: tuple[Path, ...]) -> None:
    """Kiểm tra trọn một tệp, không cần cơ sở dữ liệu (verify a file; needs no database)."""
    with _told():
        found = verifying.verify(file, [sealing.read_key(each) for each in key_files])
    _say(file, found.manifest)
    click.echo("nguyên vẹn: khung, hàm băm, nhật ký kiểm toán, sổ sự kiện đều khớp (intact)")


@backup.command()
@_file
@_keys
@click.option(
    "--service",
    "services",
    type=click.Choice(SERVICES),
    multiple=True,
    help="Chỉ dịch vụ này; bị từ chối nếu dịch vụ khác đã đi trước (only these services).",
)
@click.option(
    "--until",
    help="Về đúng thời điểm này, theo các tệp thay đổi nằm cạnh, ví dụ 2026-11-25T09:00:00+07:00 (to this moment).",
)
@click.option("--replace", is_flag=True, help="Thay dữ liệu đang có (replace the data that is there).")
@click.option("--reason", required=True, help="Lý do, được ghi vào nhật ký (why; goes into the audit).")
def restore(
    *,
    file: Path,
    key_files: tuple[Path, ...],
    services: tuple[str, ...],
    until: str | None,
    replace: bool,
    reason: str,
) -> None:
    """Khôi phục từ một tệp; mọi web và worker phải dừng trước (restore; stop the services first)."""
    began = time.monotonic()
    chosen = services or SERVICES
    others = [name for name in SERVICES if name not in chosen]
    with _told(), stores_of(chosen) as stores, stores_of(others) as rest, bar() as progress:
        tasks = {name: progress.add_task(name, total=None) for name in stores}
        done = restoring.restore(
            file,
            [sealing.read_key(each) for each in key_files],
            stores,
            rest,
            settings=settings(),
            replace=replace,
            reason=reason,
            context=operator(),
            until=_moment(until),
            progress=lambda name, count: progress.update(tasks[name], completed=count),
        )
    click.echo(
        f"đã khôi phục {', '.join(chosen)} về {done.cut_at.astimezone():%d/%m/%Y %H:%M:%S} "
        f"trong {time.monotonic() - began:.1f} giây (restored); hãy khởi động lại các dịch vụ"
    )


@backup.command()
@_file
@_keys
def changes(*, file: Path, key_files: tuple[Path, ...]) -> None:
    """Ghi tiếp các thay đổi kể từ bản sao lưu FILE vào tệp mới bên cạnh, để về được mọi thời điểm (changes since)."""
    with _told(), stores_of(SERVICES) as stores:
        keys = [sealing.read_key(each) for each in key_files]
        manifest = verifying.manifest_of(file, keys)
        path, made = following.follow(stores, file.parent, keys, manifest)
    click.echo(f"{path}: {made.count} thay đổi đến {made.until.astimezone():%d/%m/%Y %H:%M:%S} (changes)")


@backup.command()
@_file
@_keys
def drill(*, file: Path, key_files: tuple[Path, ...]) -> None:
    """Diễn tập: khôi phục thử bên cạnh dữ liệu thật, đo thời gian, rồi xóa (restore beside the live data, timed)."""
    with _told():
        steps = drilling.drill(file, [sealing.read_key(each) for each in key_files], settings())
    for step in steps:
        click.echo(f"{step.seconds:8.1f} s  {step.name}")
    click.echo(
        f"{sum(step.seconds for step in steps):8.1f} s  tổng cộng, mọi thứ khớp (total, all as it should be)"
    )


def _moment(text: str | None) -> datetime | None:
    """Read a moment; without a zone it is Vietnam's time."""
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        refuse(f"--until {text}: viết như 2026-11-25T09:00:00+07:00 (not a moment)")
    return found if found.tzinfo is not None else found.replace(tzinfo=VIETNAM)


def _say(path: Path, manifest: Manifest) -> None:
    size = path.stat().st_size
    click.echo(
        f"{path}: {manifest.khoi_id}, {manifest.cut_at.astimezone():%d/%m/%Y %H:%M:%S}, "
        f"{manifest.documents} tài liệu (documents), {size} byte"
    )
    for name, part in manifest.services.items():
        click.echo(f"  {name}: {part.position} sự kiện (events), {part.entry} mắt xích (audit entries)")


@contextmanager
def _told() -> Iterator[None]:
    """What stops a backup is one sentence."""
    with one_sentence(sealing.SealError, CutError, ChangesError, restoring.RestoreError, drilling.DrillError):
        try:
            yield
        except FileExistsError as error:
            refuse(f"{error.filename2 or error.filename} đã có (exists already)")
