"""The licence of every package in the image, as CSV, from its SBOM: ``licences.py SBOM LICENCES.csv VENDORED…``.

What was taken into the source tree (the dashboard's chart library) is no package that the lister sees: each
``vendored.json`` names it, and it goes into the SBOM as well.
"""

import csv
import json
import sys
from pathlib import Path
from typing import Any


def licence(component: dict[str, Any]) -> str:
    """The licence a package declares, as SPDX where it does; a full text in its place is named as such."""
    found = []
    for each in component.get("licenses", []):
        declared = each.get("license", {})
        name = each.get("expression") or declared.get("id") or declared.get("name", "")
        found.append(name if name and "\n" not in name and len(name) < 100 else "see the text in its package")  # noqa: PLR2004 -- a name, not a text
    # classifiers repeat what the expression says
    spdx = [each for each in found if not each.startswith(("License ::", "see "))]
    return " OR ".join(dict.fromkeys(spdx or found)) or "none declared"


def component(taken: dict[str, Any]) -> dict[str, Any]:
    """The CycloneDX component of one entry of a ``vendored.json``, all of which are npm packages."""
    name, version = taken["name"], taken["version"]
    return {
        "type": "library",
        "bom-ref": f"vendored:{name}@{version}",
        "name": name,
        "version": version,
        "purl": f"pkg:npm/{name.replace('@', '%40')}@{version}",
        "licenses": [{"license": {"id": taken["licence"]}}],
        "hashes": [{"alg": "SHA-256", "content": taken["sha256"]}],
    }


def main(sbom: Path, table: Path, *vendored: Path) -> int:
    """Complete the SBOM and write the table; 1 when the SBOM names nothing."""
    document = json.loads(sbom.read_text("utf-8"))
    components = document.get("components", [])
    if vendored:
        taken = [each for path in vendored for each in json.loads(path.read_text("utf-8"))]
        document["components"] = components = [*components, *map(component, taken)]
        sbom.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", "utf-8")
    with table.open("w", encoding="utf-8", newline="") as opened:
        rows = csv.writer(opened)
        rows.writerow(("package", "version", "licence"))
        rows.writerows(sorted((each["name"], each.get("version", ""), licence(each)) for each in components))
    return 0 if components else 1


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:])))
