"""`khoi backup` and `khoi handover` as an operator types them, on a deployment of all four services at rest."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from deploy.khoi import main
from deploy.process import SERVICES, definition
from shared.programs import prepare
from shared.settings import Settings

pytestmark = pytest.mark.integration


@pytest.fixture
def folder(tmp_path: Path, monkeypatch, deployment: str, mongodb_url: str, kafka_bootstrap: str) -> Path:
    """An operator's folder, beside a deployment that was prepared and whose services are stopped."""
    settings = Settings(khoi_id=deployment, mongodb_url=mongodb_url, kafka_bootstrap_servers=kafka_bootstrap)
    for name in SERVICES:
        prepare(definition(name), settings)
    for variable, value in {
        "KHOI_ID": deployment,
        "MONGODB_URL": mongodb_url,
        "KAFKA_BOOTSTRAP_SERVERS": kafka_bootstrap,
        "KHOI_VAR": str(tmp_path / "var"),
        "KHOI_BACKUP_KEY_FILE": str(tmp_path / "key"),
    }.items():
        monkeypatch.setenv(variable, value)
    return tmp_path


def khoi(*arguments: str) -> Result:
    result = CliRunner().invoke(main, arguments, prog_name="khoi")
    assert result.exit_code == 0, result.output
    return result


class TestCommands:
    """Each says in a line what it did, and works on what the one before made."""

    def test_from_the_key_to_the_handover(self, folder: Path, monkeypatch, deployment: str):
        assert "khóa" in khoi("backup", "key", str(folder / "key")).output
        assert "đã kiểm tra lại" in khoi("backup", "create", "--to", str(folder / "backups")).output
        (made,) = (folder / "backups").glob("*.khoi-backup")
        assert made.stat().st_mode & 0o077 == 0
        assert "nguyên vẹn" in khoi("backup", "verify", str(made)).output
        assert "thay đổi đến" in khoi("backup", "changes", str(made)).output
        assert "tổng cộng" in khoi("backup", "drill", str(made)).output
        restored = khoi("backup", "restore", str(made), "--replace", "--reason", "diễn tập").output
        assert "đã khôi phục" in restored
        assert "nguyên vẹn" in khoi("audit", "verify", "members").output
        assert (
            "sha256" in khoi("handover", "export", "--to", str(folder / "out"), "--reason", "bàn giao").output
        )
        assert "nguyên vẹn" in khoi("handover", "verify", str(folder / "out")).output
        monkeypatch.setenv("KHOI_ID", f"{deployment}-moi")  # the successor's, empty
        taken = khoi("handover", "import", str(folder / "out"), "--reason", "tiếp nhận").output
        assert "đã nhập dữ liệu" in taken
        assert "nguyên vẹn" in khoi("audit", "verify", "reviews").output

    def test_a_refusal_is_one_sentence(self, folder: Path):
        khoi("backup", "key", str(folder / "key"))
        khoi("backup", "create", "--to", str(folder))
        (made,) = folder.glob("*.khoi-backup")
        refused = CliRunner().invoke(
            main, ["backup", "restore", str(made), "--reason", "x"], prog_name="khoi"
        )
        assert refused.exit_code == 1
        assert "--replace" in refused.output
        assert "Traceback" not in refused.output
