"""``khoi person export``: one file with everything that the four services hold about somebody."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from deploy.demo.history import Story
from deploy.khoi import main
from deploy.process import SERVICES
from shared.access.actor import Role
from tests.support.stacks import Khoi

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def member(khoi: Khoi) -> str:
    """Somebody whose progress was recognised, known to all services."""
    found = khoi.tell(khoi.cells[7], Story("recognized", "C3"))
    khoi.settle()
    return str(found["member_id"])


def exported(khoi: Khoi, member: str, output: Path, *, role: Role = "organizing_board") -> Result:
    environment = {f"KHOI_{name.upper()}_URL": khoi.stack.url(name) for name in SERVICES}
    environment["KHOI_TOKEN"] = khoi.token(role, khoi.root["id"])
    command = ["person", "export", member, "--reason", "theo đơn", "--output", str(output)]
    return CliRunner().invoke(main, command, env=environment)


class TestPersonExport:
    """All services answer or no file is written; each keeps the reason."""

    def test_everything_in_one_file(self, khoi: Khoi, member: str, tmp_path: Path) -> None:
        result = exported(khoi, member, tmp_path / "ban-sao.json")
        assert result.exit_code == 0, result.output
        copy = json.loads((tmp_path / "ban-sao.json").read_text("utf-8"))
        assert set(copy["services"]) == set(SERVICES)
        for name, held in copy["services"].items():
            assert any(held["records"].values()), name
            reasons = (
                khoi.stores[name]
                .collection("audit")
                .find({"member_id": member, "action": "person.exported"}, ["reason"])
            )
            assert [each["reason"] for each in reasons] == ["theo đơn"]

    def test_whoever_may_not_leaves_no_file(self, khoi: Khoi, member: str, tmp_path: Path) -> None:
        result = exported(khoi, member, tmp_path / "ban-sao.json", role="standing_committee")
        assert result.exit_code == 1
        assert "403" in result.output
        assert not list(tmp_path.iterdir())

    def test_a_file_is_never_written_over(self, khoi: Khoi, member: str, tmp_path: Path) -> None:
        there = tmp_path / "ban-sao.json"
        there.write_text("khác")
        result = exported(khoi, member, there)
        assert result.exit_code == 1
        assert there.read_text() == "khác"
