"""``khoi papers``: the DOCX templates that a deployment may change and put in the place of the service's own."""

from pathlib import Path

import click

from deploy.khoi.running import refuse
from services.reviews.domain.papers import TITLE_VI
from services.reviews.typesetting import FIELDS, template


@click.group()
def papers() -> None:
    """Mẫu văn bản của vụ việc (templates of the papers of a case)."""


@papers.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def templates(folder: Path) -> None:
    """Ghi các mẫu đi kèm ra FOLDER để sửa; đặt KHOI_PAPER_TEMPLATES=FOLDER để dùng (writes the templates out)."""
    folder.mkdir(parents=True, exist_ok=True)
    there = [kind for kind in TITLE_VI if (folder / f"{kind}.docx").exists()]
    if there:
        refuse(f"đã có {', '.join(there)} trong {folder}; không ghi đè (nothing is written over)")
    for kind in TITLE_VI:
        (folder / f"{kind}.docx").write_bytes(template(kind, None))
    click.echo(f"{len(TITLE_VI)} mẫu trong {folder}. Các tên dùng được trong mẫu (names for the templates):")
    for name, meaning in FIELDS.items():
        click.echo(f"  {{{{ {name} }}}}  {meaning}")
