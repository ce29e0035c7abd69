"""Tables as plain text for the terminal."""

import io
from typing import Literal

from rich import box
from rich.console import Console
from rich.table import Table as TextTable
from rich.text import Text

from services.reporting.exports import printed
from services.reporting.exports.tables.document import Table, Tables, shown

_WIDTH = 140


def render(document: Tables) -> bytes:
    """Return the tables as UTF-8, one below the other."""
    console = Console(
        file=io.StringIO(), width=_WIDTH, color_system=None, force_terminal=False, legacy_windows=False
    )
    with console.capture() as capture:
        console.print(Text(f"{document.title}: {printed.text(document.organization)}, {document.subject}"))
        for table in document.tables:
            console.print(text_of(table))
        for line in (document.about, *document.notes):
            console.print(Text(line))
    return capture.get().encode()


def text_of(table: Table) -> TextTable:
    """Return one table for the terminal."""
    text = TextTable(box=box.ROUNDED, title=Text(table.title), title_style="bold")
    for position, heading in enumerate(table.headings):
        justify: Literal["left", "right"] = "left" if position < table.labels else "right"
        text.add_column(Text(heading.text), justify=justify, overflow="fold")
    for row in table.rows:
        text.add_row(*(Text(shown(value)) for value in row))
    return text
