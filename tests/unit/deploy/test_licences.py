import csv
import json

from deploy.image.licences import main

SBOM = {
    "components": [{"name": "Flask", "version": "3.1.3", "licenses": [{"license": {"id": "BSD-3-Clause"}}]}]
}
TAKEN = {"name": "@kurkle/color", "version": "0.3.2", "licence": "MIT", "sha256": "ab"}


class TestLicences:
    """The table and the SBOM name the packages and what was taken into the source tree."""

    def test_a_vendored_library(self, tmp_path):
        sbom, table, vendored = (tmp_path / name for name in ("sbom.json", "licences.csv", "vendored.json"))
        sbom.write_text(json.dumps(SBOM))
        vendored.write_text(json.dumps([TAKEN]))
        assert main(sbom, table, vendored) == 0
        rows = list(csv.reader(table.read_text().splitlines()))
        assert rows[1:] == [["@kurkle/color", "0.3.2", "MIT"], ["Flask", "3.1.3", "BSD-3-Clause"]]
        added = json.loads(sbom.read_text())["components"][1]
        assert added["purl"] == "pkg:npm/%40kurkle/color@0.3.2"
