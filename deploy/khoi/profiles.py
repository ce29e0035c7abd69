"""``khoi profiles``: the rule profiles of the software and of a deployment, read, checked and compared as files."""

from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from deploy.khoi.running import refuse
from services.reviews.domain.profile import Profile, ProfileError, compare, profile_by_id
from services.reviews.domain.profile_check import faults
from services.reviews.profiles import profiles_with

_folder = click.option(
    "--folder",
    envvar="KHOI_PROFILES",
    show_envvar=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Thư mục bộ quy tắc riêng của đơn vị (the deployment's own profiles).",
)


@click.group()
def profiles() -> None:
    """Bộ quy tắc áp dụng: giá trị, căn cứ, mức độ kiểm chứng (the rule profiles)."""


@profiles.command("list")
@_folder
def listed(folder: Path | None) -> None:
    """Liệt kê các bộ quy tắc; dùng để kiểm tra tệp trước khi đưa vào dùng (also checks every file)."""
    table = Table("Mã (id)", "Áp dụng từ", "Tên", "Chưa kiểm chứng")
    for each in _known(folder):
        table.add_row(each.id, f"{each.valid_from:%d/%m/%Y}", each.title, str(len(each.assumed())))
    Console().print(table)


@profiles.command()
@click.argument("profile_id")
@_folder
def show(profile_id: str, folder: Path | None) -> None:
    """Xem từng giá trị của một bộ quy tắc (every value with its source)."""
    table = Table("Giá trị quy định", "Giá trị", "Căn cứ", "Mức độ kiểm chứng")
    for each in _named(profile_id, folder).listed():
        table.add_row(each.name, str(each.value), str(each.citation), each.certainty_vi)
    Console().print(table)


@profiles.command("compare")
@click.argument("before")
@click.argument("after")
@_folder
def compared(before: str, after: str, folder: Path | None) -> None:
    """So sánh hai bộ quy tắc (what differs between two)."""
    table = Table("Giá trị quy định", before, after)
    for each in compare(_named(before, folder), _named(after, folder)):
        sides = [
            "—" if side is None else f"{side.value} ({side.certainty_vi})"
            for side in (each.before, each.after)
        ]
        table.add_row(each.name, *sides, style="bold" if each.rules_otherwise else "")
    Console().print(table)


@profiles.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_folder
def validate(file: Path, folder: Path | None) -> None:
    """Kiểm tra một tệp trước khi đưa vào dùng: mọi lỗi, ở đâu, sửa thế nào (checks one file)."""
    beside = [each for each in folder.glob("*.toml") if not each.samefile(file)] if folder else []
    try:
        found = faults(
            file.name, file.read_text("utf-8"), {each.name: each.read_text("utf-8") for each in beside}
        )
    except (ProfileError, OSError, UnicodeDecodeError) as error:
        refuse(f"không kiểm tra được {file}: {error} (cannot be checked)")
    for each in found:
        click.echo(f"{each.place}: {each.wrong}. {each.mend}")
    if found:
        refuse(f"{file}: {len(found)} lỗi, chưa dùng được ({len(found)} faults)")
    click.echo(f"{file}: dùng được (can be used)")


def _known(folder: Path | None) -> Sequence[Profile]:
    try:
        return profiles_with(folder)
    except (ProfileError, OSError, UnicodeDecodeError) as error:
        refuse(f"bộ quy tắc không dùng được: {error} (the profile cannot be used)")


def _named(profile_id: str, folder: Path | None) -> Profile:
    known = _known(folder)
    try:
        return profile_by_id(profile_id, known)
    except LookupError:
        refuse(f"không có bộ quy tắc {profile_id}; đang có: {', '.join(each.id for each in known)} (unknown)")
