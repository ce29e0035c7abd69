#!/bin/sh
# `make.sh VERSION IMAGE…`: everything a host without a network needs, as one file dist/khoi-VERSION.tar: these images
# (the first is the project's own, kept as khoi:VERSION), the compose files, rules and dashboards, the manual, and
# install.sh, with a checksum of each.
set -eu
cd "$(dirname "$0")/../.."
version=${1:?which version}
shift
name=khoi-$version
folder=build/bundle/$name
rm -rf build/bundle
mkdir -p "$folder/deploy" dist

docker tag "${1:?which images}" "khoi:$version"
shift
docker save --output "$folder/images.tar" "khoi:$version" "$@"
docker run --rm --network none --entrypoint cat "khoi:$version" /app/sbom.cdx.json >"$folder/sbom.cdx.json"
docker run --rm --network none --entrypoint cat "khoi:$version" /app/licences.csv >"$folder/licences.csv"

# what is in the repository, and of it no stand-ins; never secrets, settings or a site's own files
tar --create --exclude=__pycache__ --exclude=deploy/compose/local --exclude=deploy/compose/secrets \
    --exclude=deploy/compose/.env --exclude='deploy/compose/site/*' \
    deploy/compose deploy/observe deploy/kubernetes docs LICENSE README.md CHANGELOG.md | tar --extract --directory "$folder"
cp deploy/compose/site/README.md "$folder/deploy/compose/site/"
cp deploy/bundle/install.sh "$folder"
echo "$version" >"$folder/VERSION"
(cd "$folder" && find . -type f ! -name SHA256SUMS -print0 | LC_ALL=C sort -z | xargs -0 sha256sum >SHA256SUMS)
tar --create --file "dist/$name.tar" --sort=name --owner=0 --group=0 --numeric-owner --directory build/bundle "$name"
(cd dist && sha256sum "$name.tar" >"$name.tar.sha256")
rm -rf build/bundle
ls -l "dist/$name.tar"
