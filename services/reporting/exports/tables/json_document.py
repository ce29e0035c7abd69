"""Tables as JSON: what the API answers, indented for people."""

import orjson

from services.reporting.exports.tables.document import Tables


def render(document: Tables) -> bytes:
    """Return the document as UTF-8."""
    return orjson.dumps(document.value, option=orjson.OPT_INDENT_2)
