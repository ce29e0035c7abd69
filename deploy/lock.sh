#!/bin/sh
# Writes requirements/runtime.lock (what a service needs), requirements/dev.lock (that, the embedded servers and the
# tools), requirements/image.lock (that, and what lists the image's contents) and requirements/audit.lock (what looks up
# known weaknesses of all these), for every platform, with hashes. uv lives in a throwaway environment.
set -eu
python=${PYTHON:-python3}
throwaway=$(mktemp -d)
trap 'rm -rf "$throwaway"' EXIT
"$python" -m venv "$throwaway"
"$throwaway/bin/pip" install --quiet --disable-pip-version-check uv
compile() {
    target=$1
    shift
    "$throwaway/bin/uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-header "$@" -o "$target"
}
compile requirements/runtime.lock pyproject.toml
compile requirements/dev.lock pyproject.toml --extra embedded --extra dev
compile requirements/image.lock pyproject.toml --extra image
compile requirements/audit.lock requirements/audit.in
