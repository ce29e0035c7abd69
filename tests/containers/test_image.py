"""The image: what it holds, and what it does not."""

from __future__ import annotations

import csv
import io
import json

import pytest

from tests.containers.compose import docker

pytestmark = pytest.mark.containers


def inside(image: str, *command: str) -> str:
    """What a command prints in a container as a deployment runs it: read-only, without capabilities or network."""
    program, *arguments = command
    return docker(
        *("run", "--rm", "--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL", "--network", "none"),  # noqa: S108 -- in the container
        *("--entrypoint", program, image, *arguments),
        within=60,
    )


class TestTheImage:
    """One image for four services that holds only what they run on."""

    def test_it_does_not_run_as_root(self, image):
        assert inside(image, "id", "-u").strip() == "10001"

    @pytest.mark.parametrize("tool", ["pip", "pip3", "gcc", "cc", "make"])
    def test_it_has_no_installer_and_no_compiler(self, image, tool):
        assert inside(image, "sh", "-c", f"command -v {tool} || echo none").strip() == "none"

    def test_python_cannot_install_either(self, image):
        said = inside(
            image, "sh", "-c", "python -m pip --version 2>&1; python -m ensurepip --version 2>&1; true"
        )
        assert said.count("No module named") == 2

    def test_the_bill_of_materials_names_every_package_of_the_lock_file(self, image):
        listed = {
            each["name"].lower().replace("_", "-")
            for each in json.loads(inside(image, "cat", "/app/sbom.cdx.json"))["components"]
        }
        installed = inside(
            image,
            *("python", "-c", "import importlib.metadata as m; print(*(d.name for d in m.distributions()))"),
        )
        vendored = {"chart.js", "@kurkle/color"}  # in the source tree, for the dashboard
        assert listed == {name.lower().replace("_", "-") for name in installed.split()} | vendored

    def test_every_package_has_its_licence_listed(self, image):
        rows = list(csv.DictReader(io.StringIO(inside(image, "cat", "/app/licences.csv"))))
        assert len(rows) > 30
        assert [row["package"] for row in rows if row["licence"] == "none declared"] == []

    def test_the_khoi_command_is_in_it(self, image):
        assert "outbox" in inside(image, "khoi", "--help")
