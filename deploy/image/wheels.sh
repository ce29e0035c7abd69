#!/bin/sh
# Fetches the wheels that requirements/image.lock names, for the image's Python, into build/image/wheels; pip
# checks each against its hash. Nothing is fetched again while the lock file stays the same.
set -eu
cd "$(dirname "$0")/../.."
wheels=build/image/wheels
stamp=$wheels/.fetched-$(sha256sum requirements/image.lock | cut -c1-16)
[ -e "$stamp" ] && exit 0
rm -rf "$wheels"
mkdir -p "$wheels"
# The base image's Python and C library, whatever this machine has.
.venv/bin/pip download --quiet --disable-pip-version-check --require-hashes --no-deps --only-binary :all: \
    --python-version 3.11 --implementation cp --abi cp311 --abi abi3 --abi none \
    --platform manylinux_2_28_x86_64 --platform manylinux_2_17_x86_64 --platform manylinux2014_x86_64 --platform any \
    --requirement requirements/image.lock --dest "$wheels"
touch "$stamp"
