#!/bin/sh
# `secrets.sh SECRETS`: Kubernetes' Secrets as YAML, out of the folder that deploy/compose/make-secrets.sh makes, each
# process with its own passwords alone. For `kubectl apply --namespace … -f -`; nothing of it belongs in a repository.
set -eu
cd "${1:?the folder of secrets}"
made() { # made NAME FILE…
    name=$1
    shift
    kubectl create secret generic "$name" --dry-run=client --output yaml $(printf -- '--from-file=%s ' "$@")
    echo ---
}
made members-web-account mongo-members field-keys
made members-worker-account mongo-members kafka-members field-keys
for service in reviews reporting; do
    made $service-web-account mongo-$service
    made $service-worker-account mongo-$service kafka-$service
done
made notifications-web-account mongo-notifications
made notifications-worker-account mongo-notifications kafka-notifications smtp-password
made prepare-accounts mongo-admin kafka-admin kafka-khoi mongo-members mongo-reviews mongo-notifications mongo-reporting \
    kafka-members kafka-reviews kafka-notifications kafka-reporting field-keys
kubectl create secret tls gateway-certificate --cert gateway.crt --key gateway.key --dry-run=client --output yaml
