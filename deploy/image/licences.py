"""The licence of every package in the image, as CSV, from its SBOM: ``licences.py SBOM.json LICENCES.csv``."""

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


def main(sbom: Path, table: Path) -> int:
    """Write the table; 1 when the SBOM names nothing."""
    components = json.loads(sbom.read_text("utf-8")).get("components", [])
    with table.open("w", encoding="utf-8", newline="") as opened:
        rows = csv.writer(opened)
        rows.writerow(("package", "version", "licence"))
        rows.writerows(sorted((each["name"], each.get("version", ""), licence(each)) for each in components))
    return 0 if components else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
