#!/bin/sh
# `install.sh [TARGET]` (default /opt/khoi): verifies what is in this bundle, loads its images, and puts compose files,
# rules and manual into TARGET; also over an earlier version, whose files are then kept in TARGET/previous. Settings
# (.env), secrets and the site's own files stay as they are; only the version in .env moves.
# The processes are not touched: see what it says at the end. Back is the same with the earlier bundle.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
target=${1:-/opt/khoi}
version=$(cat "$here/VERSION")

(cd "$here" && sha256sum --check --strict --quiet SHA256SUMS) || {
    echo "tệp trong gói không nguyên vẹn, không cài (the bundle is damaged: nothing was installed)" >&2
    exit 1
}
known=$(cd "$here" && wc -l <SHA256SUMS)
found=$(find "$here" -type f ! -name SHA256SUMS | wc -l)
[ "$known" -eq "$found" ] || {
    echo "gói có tệp lạ, không cài (files that no checksum names: nothing was installed)" >&2
    exit 1
}
docker load --quiet --input "$here/images.tar"

new=$target/new-$$
mkdir -p "$new"
cp -R "$here/deploy" "$here/docs" "$here/LICENSE" "$here/README.md" "$here/CHANGELOG.md" "$here/VERSION" \
    "$here/sbom.cdx.json" "$here/licences.csv" "$new"
kept=$target/deploy/compose
if [ -d "$target/deploy" ]; then
    for each in .env secrets site; do
        [ ! -e "$kept/$each" ] || { rm -rf "$new/deploy/compose/$each" && cp -Rp "$kept/$each" "$new/deploy/compose/$each"; }
    done
    rm -rf "$target/previous"
    mkdir "$target/previous"
    for each in deploy docs LICENSE README.md CHANGELOG.md VERSION sbom.cdx.json licences.csv; do
        mv "$target/$each" "$target/previous/$each"
    done
    # secrets and settings are in one place only
    rm -rf "$target/previous/deploy/compose/secrets" "$target/previous/deploy/compose/.env"
fi
for each in "$new"/*; do mv "$each" "$target/"; done
rmdir "$new"

settings=$target/deploy/compose/.env
[ -e "$settings" ] || cp "$target/deploy/compose/.env.example" "$settings"
grep -v '^KHOI_IMAGE=' "$settings" >"$settings.new" || true
echo "KHOI_IMAGE=khoi:$version" >>"$settings.new"
mv "$settings.new" "$settings"
cat <<END
khoi $version: $target
Tiếp theo (next):
  cd $target/deploy/compose
  ./make-secrets.sh        # chỉ tạo tệp còn thiếu (only what is missing)
  docker-compose up -d     # tài khoản, chỉ mục, chủ đề rồi đến các tiến trình (accounts, indexes, topics, processes)
END
