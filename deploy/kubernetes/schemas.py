"""``schemas.py WHEEL VERSION FOLDER``: the strict JSON schemas of one version of Kubernetes, for kubeconform.

They come from the package kubernetes-validate, which has them refer to each other by an address of its own; in the
folder they refer to the files beside them, so that nothing is looked for in the network.
"""

import json
import sys
import zipfile
from pathlib import Path

_ELSEWHERE = "/api/_definitions.json#"
_BESIDE = "_definitions.json#"


def main(wheel: Path, version: str, folder: Path) -> int:
    """Write the schemas; 1 when the package has none of that version."""
    inside = f"kubernetes_validate/kubernetes-json-schema/v{version}-local-strict/"
    with zipfile.ZipFile(wheel) as opened:
        names = [name for name in opened.namelist() if name.startswith(inside) and name.endswith(".json")]
        folder.mkdir(parents=True, exist_ok=True)
        for name in names:
            text = opened.read(name).decode().replace(f'"{_ELSEWHERE}', f'"{_BESIDE}')
            schema = json.loads(text)
            schema.pop("$id", None)
            (folder / name.removeprefix(inside)).write_text(json.dumps(schema), "utf-8")
    return 0 if names else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])))
