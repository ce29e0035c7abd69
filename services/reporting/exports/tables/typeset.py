"""Tables as PDF in the layout of Party documents, typeset by typst with the fonts its wheel carries.

Data reaches the template ``tables.typ`` as one JSON input and is set as text: nothing in it can become markup.
"""

from importlib import resources
from typing import Any

import orjson
import typst

from services.reporting.exports import printed
from services.reporting.exports.tables.document import Table, Tables, place_and_day, shown


def render(document: Tables) -> bytes:
    """Return the PDF."""
    data = {
        "party": printed.PARTY,
        "title": document.title,
        "subject": document.subject,
        "organization": printed.text(document.organization).upper(),
        "place_and_day": place_and_day(document),
        "about": document.about,
        "notes": [printed.text(note) for note in document.notes],
        "tables": [told_to_typst(table) for table in document.tables],
    }
    content = typst.compile(
        (resources.files(__package__) / "tables.typ").read_bytes(),
        format="pdf",
        ignore_system_fonts=True,
        sys_inputs={"data": orjson.dumps(data).decode()},
        timestamp=int(document.made_at.timestamp()),
    )
    if not isinstance(content, bytes):
        raise TypeError("typst không trả về một tệp PDF")
    return content


def told_to_typst(table: Table) -> dict[str, Any]:
    """Return what a template prints of one table, all as text."""
    return {
        "title": table.title,
        "labels": table.labels,
        "headings": [heading.text for heading in table.headings],
        "rows": [[shown(value) for value in row] for row in table.rows],
    }
