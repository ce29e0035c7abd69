"""The offline bundle: verified, installed, started without TLS between the parts, and an upgrade from it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.containers.compose import Deployment, deployment, docker
from tests.support.servers import eventually

ROOT = Path(__file__).parents[2]

pytestmark = [pytest.mark.containers, pytest.mark.timeout(900)]


def script(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(each) for each in command], capture_output=True, text=True, timeout=300, check=False, cwd=ROOT
    )


@pytest.fixture(scope="module")
def bundles(image, tmp_path_factory) -> Iterator[dict[str, Path]]:
    """Two versions of one image, unpacked; the other software is not carried, to keep the test small."""
    folder = tmp_path_factory.mktemp("bundles")
    found = {}
    for version in ("0.0.1-test", "0.0.2-test"):
        made = script("deploy/bundle/make.sh", version, image)
        assert made.returncode == 0, made.stderr
        packed = ROOT / f"dist/khoi-{version}.tar"
        subprocess.run(["tar", "-xf", packed, "-C", folder], check=True)
        packed.unlink()
        packed.with_suffix(".tar.sha256").unlink()
        docker("rmi", f"khoi:{version}")
        found[version] = folder / f"khoi-{version}"
    yield found
    for version in found:
        docker("rmi", "--force", f"khoi:{version}")


class TestTheBundle:
    """One file holds images, compose files and manual, and says when it is not whole."""

    def test_a_damaged_one_is_not_installed(self, bundles, tmp_path):
        broken = tmp_path / "broken"
        subprocess.run(["cp", "-R", bundles["0.0.1-test"], broken], check=True)
        (broken / "docs/operate/containers.md").write_text("changed")
        done = script(broken / "install.sh", tmp_path / "target")
        assert done.returncode == 1
        assert "nothing was installed" in done.stderr
        assert not (tmp_path / "target").exists()

    def test_one_with_a_file_added_is_not_installed_either(self, bundles, tmp_path):
        more = tmp_path / "more"
        subprocess.run(["cp", "-R", bundles["0.0.1-test"], more], check=True)
        (more / "deploy/compose/compose.override.yaml").write_text("services: {}")
        assert script(more / "install.sh", tmp_path / "target").returncode == 1

    def test_it_carries_no_secret_and_no_stand_in(self, bundles):
        names = {str(path.relative_to(bundles["0.0.1-test"])) for path in bundles["0.0.1-test"].rglob("*")}
        assert {"images.tar", "sbom.cdx.json", "deploy/compose/compose.yaml"} <= names
        assert not {name for name in names if "/secrets/" in name or "compose/local" in name}


class TestUpgrade:
    """The new version takes the place of the old one; data, settings and secrets stay."""

    def test_an_upgrade_and_the_way_back(self, bundles, tmp_path):
        target = tmp_path / "khoi"
        assert script(bundles["0.0.1-test"] / "install.sh", target).returncode == 0
        settings = target / "deploy/compose/.env"
        settings.write_text(settings.read_text() + "KHOI_NAME=Đảng bộ Khối tỉnh Thử\n")
        needed = ("mongo", "kafka", "prepare", "members-web")
        files = ("compose.yaml", "compose.trial.yaml")
        with deployment(target, files=files, only=needed, installed=True) as running:
            prepared(running)
            secrets_before = (target / "deploy/compose/secrets/mongo-members").read_text()
            written(running, "one")
            for version in ("0.0.2-test", "0.0.1-test"):
                assert script(bundles[version] / "install.sh", target).returncode == 0
                assert "KHOI_NAME=Đảng bộ Khối tỉnh Thử" in settings.read_text()
                running.compose("up", "-d", *needed, within=600)
                prepared(running)
                eventually(lambda: "healthy" in running.status("members-web"), within=300, every=1)
                assert running.inspect("members-web")["Config"]["Image"] == f"khoi:{version}"
                assert "one" in kept(running)
            assert (target / "deploy/compose/secrets/mongo-members").read_text() == secrets_before


def prepared(running: Deployment) -> None:
    eventually(lambda: running.status("prepare").startswith("Exited (0)"), within=400, every=1)


STORE = """
from shared.settings import Settings
from shared.store.connection import Store
marks = Store(Settings.from_environment(), "members").collection("marks_of_a_test")
"""


def written(running: Deployment, mark: str) -> None:
    """Write something with the account of the service."""
    running.run_in("members-web", "python", "-c", f"{STORE}\nmarks.insert_one({{'_id': '{mark}'}})")


def kept(running: Deployment) -> str:
    """What is there of it."""
    return running.run_in("members-web", "python", "-c", f"{STORE}\nprint(list(marks.find()))")
