"""The operator manual against the command line: every `khoi …` in it is a command that exists, with options it has."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from deploy.khoi import main

MANUAL = Path(__file__).parents[3] / "docs" / "operate"


def commands() -> Iterator[tuple[str, str]]:
    """Page and command line of every indented line that begins with `khoi`, whatever program it is run through."""
    for page in sorted(MANUAL.glob("*.md")):
        for line in page.read_text(encoding="utf-8").splitlines():
            found = re.match(r"^(?: {4,}|\t).*?(?<![\w./-])khoi (?=[a-z-]+)(.*)", line)
            if found and "=" not in line.split("khoi ", 1)[0]:
                yield page.name, found[1].split("  #")[0].strip()


def parsed(line: str, folder: Path) -> None:
    """Parse as click would, up to where the command would begin to work."""
    there = folder / "there"
    there.touch()
    words = [
        re.sub(r"<[^>]+>|…", "x", word)
        for word in shlex.split(
            re.sub(r"<[^>]+>", "x", line.split(" | ", maxsplit=1)[0].split(" > ", maxsplit=1)[0])
        )
    ]
    command: click.Command = main
    context = click.Context(main, info_name="khoi")
    while isinstance(command, click.Group):
        name = words.pop(0)
        if name.startswith("-"):
            return  # --help and its like
        found = command.get_command(context, name)
        assert found is not None, f"khoi has no {name}"
        command, context = found, click.Context(found, info_name=name, parent=context)
    wanted = {
        parameter.name: parameter.type
        for parameter in command.params
        if isinstance(parameter.type, click.Path) and parameter.type.exists
    }
    for kind in wanted.values():
        kind.exists = False
    try:
        command.make_context(command.name, words, parent=context.parent)
    finally:
        for kind in wanted.values():
            kind.exists = True


class TestCommands:
    """What the manual tells an operator to type can be typed."""

    @pytest.mark.parametrize(("page", "line"), list(commands()), ids=lambda part: part[:70])
    def test_parses(self, page: str, line: str, tmp_path: Path):
        try:
            parsed(line, tmp_path)
        except click.UsageError as error:
            pytest.fail(f"{page}: khoi {line}: {error.message}")

    def test_there_are_many(self):
        assert len(list(commands())) > 25

    def test_a_wrong_one_would_be_noticed(self, tmp_path: Path):
        with pytest.raises(click.UsageError):
            parsed("outbox status --all", tmp_path)


def listed() -> list[str]:
    """The pages that the manual's first page leads to."""
    return re.findall(r"\]\(([a-z-]+\.md)\)", (MANUAL / "README.md").read_text(encoding="utf-8"))


class TestPages:
    """The first page leads to all others; each begins with a summary in Vietnamese and leads nowhere into the void."""

    @pytest.mark.parametrize("name", listed())
    def test_summary_and_links(self, name: str):
        text = (MANUAL / name).read_text(encoding="utf-8")
        assert "> **Tóm tắt.**" in "\n".join(text.splitlines()[:4]), "no summary"
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
            assert (MANUAL / target).exists(), target
