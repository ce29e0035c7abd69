"""``khoi rules``: the rules of transfer and readmission, of the software and of a deployment, as files."""

from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from deploy.khoi.running import refuse
from services.members.domain.dated_rules import DatedRule, RuleError, load_rules, parse_rules
from services.members.rules import rules_with

_folder = click.option(
    "--folder",
    envvar="KHOI_TRANSFER_RULES",
    show_envvar=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Thư mục quy định riêng của đơn vị (the deployment's own rules).",
)


@click.group()
def rules() -> None:
    """Quy định về chuyển sinh hoạt đảng, kết nạp lại, theo ngày (the rules of transfer and readmission)."""


@rules.command("list")
@_folder
def listed(folder: Path | None) -> None:
    """Liệt kê từng giá trị, áp dụng từ ngày nào, căn cứ, mức độ kiểm chứng (every value, from when, its source)."""
    table = Table("Áp dụng từ", "Quy định", "Giá trị quy định", "Giá trị", "Căn cứ")
    for rule in _known(folder):
        for name, each in rule.values():
            table.add_row(f"{rule.valid_from:%d/%m/%Y}", rule.title, name, str(each.value), each.source)
    Console().print(table)


@rules.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_folder
def validate(file: Path, folder: Path | None) -> None:
    """Kiểm tra một tệp trước khi đưa vào dùng (checks one file, beside those in the folder)."""
    beside = [each for each in folder.glob("*.toml") if not each.samefile(file)] if folder else []
    try:
        load_rules({each.name: each.read_text("utf-8") for each in (*beside, file)})
    except (RuleError, OSError, UnicodeDecodeError) as error:
        refuse(f"{file}: chưa dùng được: {error} (cannot be used)")
    (own,) = parse_rules({file.name: file.read_text("utf-8")})
    ours = next(
        (f", thay cho {each.title}" for each in load_rules() if each.valid_from == own.valid_from), ""
    )
    click.echo(f"{file}: dùng được, áp dụng từ {own.valid_from:%d/%m/%Y}{ours} (can be used)")


def _known(folder: Path | None) -> tuple[DatedRule, ...]:
    try:
        return rules_with(folder)
    except (RuleError, OSError, UnicodeDecodeError) as error:
        refuse(f"quy định không dùng được: {error} (the rules cannot be used)")
