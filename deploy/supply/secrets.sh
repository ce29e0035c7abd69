#!/bin/sh
# Secrets in any commit, by gitleaks with its own rules and what .gitleaks.toml leaves out; status 3, with the reason,
# where the tool cannot be had. What lies in tracked files now is looked at by every run of the tests as well.
set -eu
cd "$(dirname "$0")/../.."
version=v8.30.0
tools=$PWD/build/supply/gitleaks-$version
cannot() {
    echo "$*"
    exit 3
}
[ "$(git rev-parse --is-inside-work-tree 2>/dev/null)" = true ] || cannot "this is no git checkout"
if [ ! -x "$tools/gitleaks" ]; then
    command -v go >/dev/null || cannot "go is not on this machine to build gitleaks with"
    mkdir -p "$tools"
    GOBIN=$tools go install "github.com/zricethezav/gitleaks/v8@$version" >"$tools/go.log" 2>&1 ||
        cannot "gitleaks cannot be built: $(tail -n 1 "$tools/go.log")"
fi
exec "$tools/gitleaks" git --no-banner --no-color --redact --verbose --config .gitleaks.toml .
