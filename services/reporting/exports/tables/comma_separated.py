"""Tables as CSV (RFC 4180, UTF-8 with a byte order mark): one line for each cell, with the names of row and column.

So tables of different columns stand in one file that any program reads. Numbers are plain, dates ISO; text is never
a formula.
"""

import csv
import io
from datetime import date

from services.reporting.exports.comma_separated import safe
from services.reporting.exports.tables.document import Tables, Value

HEADINGS = ("table", "table_title", "row", "label", "column", "heading", "value")


def render(document: Tables) -> bytes:
    """Return the file; the value of a figure that is kept back is empty."""
    output = io.StringIO(newline="")
    writer = csv.writer(output)
    writer.writerow(HEADINGS)
    for table in document.tables:
        for number, row in enumerate(table.rows, start=1):
            label = "; ".join(str(value) for value in row[: table.labels] if value is not None)
            for heading, value in zip(table.headings, row, strict=True):
                named = (table.key, safe(table.title), number, safe(label), heading.key, safe(heading.text))
                writer.writerow((*named, _plain(value)))
    return b"\xef\xbb\xbf" + output.getvalue().encode()


def _plain(value: Value) -> str | int:
    if value is None:
        return ""
    if isinstance(value, date):
        return value.isoformat()
    return safe(value) if isinstance(value, str) else value
