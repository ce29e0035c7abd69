"""docs/procedure.md: every rule of the procedure is found there, and every reference leads somewhere."""

import ast
import re
from pathlib import Path

import pytest

from services.reviews.domain.history import TAKE_OVER
from services.reviews.domain.past_correction import CORRECT, WITHDRAW
from services.reviews.domain.procedure import TRANSITIONS
from services.reviews.domain.returned_case import RETURN
from tests.scenarios.reading import every_scenario

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs/procedure.md").read_text("utf-8")
ROWS = [line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith("| Source")]
REFERENCE = re.compile(r"`((?:[a-z_]+/)*[a-z_]+\.py)(?:::(\w+))?`")
REFERENCES = sorted({(path, name) for row in ROWS for path, name in REFERENCE.findall(row)})


def names_in(file: Path) -> set[str]:
    """What a module defines at its top."""
    found: set[str] = set()
    for node in ast.parse(file.read_text("utf-8")).body:
        match node:
            case ast.FunctionDef() | ast.ClassDef():
                found.add(node.name)
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                found.add(name)
            case _:
                pass
    return found


class TestProcedurePage:
    """A stranger finds each step with its rule, its source, its code and its proof."""

    @pytest.mark.parametrize(
        "row", [*TRANSITIONS, TAKE_OVER, CORRECT, WITHDRAW, RETURN], ids=lambda row: row.command
    )
    def test_every_step_is_there(self, row):
        assert f"`{row.command}`" in PAGE

    @pytest.mark.parametrize(("path", "name"), REFERENCES)
    def test_every_reference_leads_somewhere(self, path, name):
        file = ROOT / (path if "/" in path else f"services/reviews/domain/{path}")
        assert file.is_file()
        assert not name or name in names_in(file)

    def test_every_scenario_named_is_one(self):
        named = {title for row in ROWS for title in re.findall(r"«([^»]+)»", row)}
        assert named <= {each.title for each in every_scenario()}

    def test_every_row_has_code_and_proof(self):
        for row in ROWS:
            *_, code, proof = (cell.strip() for cell in row.strip("|").split("|"))
            assert REFERENCE.search(code), row
            assert "«" in proof or "`tests/" in proof, row
