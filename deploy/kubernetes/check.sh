#!/bin/sh
# Renders every overlay and validates it with kubeconform against the strict schemas of Kubernetes; status 3, with the
# reason, where the tools cannot be had. ServiceMonitor is the Prometheus operator's: its schema is not among them.
set -eu
cd "$(dirname "$0")/../.."
version=1.34.0
tools=$PWD/build/kubernetes
schemas=$tools/schemas-$version
mkdir -p "$tools"
cannot() {
    echo "$*"
    exit 3
}
command -v kubectl >/dev/null || cannot "kubectl is not on this machine"
if [ ! -x "$tools/kubeconform" ]; then
    command -v go >/dev/null || cannot "go is not on this machine to build kubeconform with"
    GOBIN=$tools go install github.com/yannh/kubeconform/cmd/kubeconform@v0.7.0 >"$tools/go.log" 2>&1 ||
        cannot "kubeconform cannot be built: $(tail -n 1 "$tools/go.log")"
fi
if [ ! -d "$schemas" ]; then
    .venv/bin/pip download --quiet --disable-pip-version-check --no-deps --require-hashes --dest "$tools" \
        --requirement deploy/kubernetes/schemas.lock || cannot "the schemas cannot be fetched"
    .venv/bin/python deploy/kubernetes/schemas.py "$tools"/kubernetes_validate-*.whl $version "$schemas.part"
    mv "$schemas.part" "$schemas"
fi
for overlay in deploy/kubernetes/overlays/*/; do
    kubectl kustomize "$overlay" >"$tools/rendered.yaml"
    echo "$overlay: $("$tools/kubeconform" -strict -summary -skip ServiceMonitor \
        -schema-location "$schemas/{{.ResourceKind}}{{.KindSuffix}}.json" "$tools/rendered.yaml")"
done
