"""The documents generated from the code: one OpenAPI per service, the AsyncAPI of all events, the glossary.

``python -m deploy.documents`` writes them to ``docs``; ``--check`` fails when a committed one differs, so
that no change of an API or of an event goes unseen.
"""

import difflib
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from deploy.glossary import document as glossary
from deploy.process import SERVICES, definition
from shared.events.asyncapi import document as events_document
from shared.web.openapi import document as api_document

FOLDER = Path(__file__).parents[1] / "docs" / "api"
SHOWN_LINES = 40


def documents() -> dict[str, Mapping[str, Any]]:
    """Each document by its file name."""
    found: dict[str, Mapping[str, Any]] = {
        f"{name}.openapi.json": api_document(definition(name)) for name in SERVICES
    }
    found["asyncapi.json"] = events_document()
    return found


def text(document: Mapping[str, Any]) -> str:
    """The document as it is committed: readable, and the same on every machine."""
    return json.dumps(document, indent=2, ensure_ascii=False, sort_keys=True) + "\n"


@click.command()
@click.option("--check", is_flag=True, help="Compare with what is committed; write nothing.")
def main(*, check: bool) -> None:
    """Write the generated documents, or compare them."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    differing = False
    texts = {f"api/{name}": text(document) for name, document in documents().items()}
    texts["glossary.md"] = glossary()
    for name, new in texts.items():
        path = FOLDER.parent / name
        old = path.read_text("utf-8") if path.exists() else ""
        if new == old:
            continue
        differing = True
        if check:
            lines = difflib.unified_diff(
                old.splitlines(), new.splitlines(), f"docs/{name}", "code", lineterm=""
            )
            click.echo("\n".join(list(lines)[:SHOWN_LINES]))
        else:
            path.write_text(new, "utf-8")
            click.echo(f"docs/{name}")
    if check and differing:
        click.echo("tài liệu sinh ra đã cũ: hãy chạy `make documents` (generated documents differ)", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
