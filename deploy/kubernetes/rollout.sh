#!/bin/sh
# `rollout.sh overlays/<province>`: the prepare step first, then the processes, then waits until they are there. The
# old processes go on meanwhile: indexes and topics are only ever added before a version that needs them.
set -eu
overlay=${1:?which overlay}
kubectl kustomize "$overlay" >/dev/null # whole, or nothing is begun
namespace=$(sed -n 's/^namespace: *//p' "$overlay/kustomization.yaml")
kubectl --namespace "$namespace" delete job prepare --ignore-not-found
kubectl apply -k "$overlay" -l khoi/step=prepare
kubectl --namespace "$namespace" wait --for=condition=complete --timeout=900s job/prepare
kubectl apply -k "$overlay"
for service in members reviews notifications reporting; do
    for process in web worker; do
        kubectl --namespace "$namespace" rollout status --timeout=600s "deployment/$service-$process"
    done
done
