#!/bin/sh
# Known weaknesses of the locked packages: at PyPI or OSV, or in a copy of OSV's database, given as the one argument.
# Status 3, with the reason, where pip-audit cannot be had or no source answers. See docs/operate/known-weaknesses.md.
set -eu
cd "$(dirname "$0")/../.."
tool=$PWD/build/supply/audit
stamp=$tool/.installed-$(sha256sum requirements/audit.lock | cut -c1-16)
if [ ! -e "$stamp" ]; then
    rm -rf "$tool"
    mkdir -p "$(dirname "$tool")"
    "${PYTHON:-python3}" -m venv "$tool"
    "$tool/bin/pip" install --quiet --disable-pip-version-check --require-hashes -r requirements/audit.lock || {
        rm -rf "$tool"
        echo "pip-audit cannot be installed from requirements/audit.lock"
        exit 3
    }
    touch "$stamp"
fi
PYTHONPATH=$PWD exec "$tool/bin/python" -m deploy.supply.advisories "$@"
