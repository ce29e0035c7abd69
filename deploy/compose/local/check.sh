#!/bin/sh
# Builds the project's image and those of the other software on BASE_IMAGE, and runs the tests of the containers, or the
# command given instead. One run at a time: it takes away whatever earlier ones left (see clear.sh).
set -eu
cd "$(dirname "$0")/../../.."
export BASE_IMAGE="${BASE_IMAGE:-local/python:3.11}" DOCKER_BUILDKIT=0
tag=khoi-check:latest
clear=deploy/compose/local/clear.sh
trap '$clear || true; docker rmi --force $tag >/dev/null 2>&1 || true; docker image prune --force >/dev/null 2>&1 || true' EXIT
trap 'exit 143' TERM INT
$clear
make --no-print-directory image IMAGE=$tag BASE_IMAGE="$BASE_IMAGE"
deploy/compose/local/build.sh
[ $# -gt 0 ] || set -- .venv/bin/pytest tests/containers
# SecantusDB names itself by its own address, so it is spoken to directly.
KHOI_IMAGE=$tag MONGO_IMAGE=local/mongo-wire KAFKA_IMAGE=local/kafka GATEWAY_IMAGE=local/gateway \
    KEYCLOAK_IMAGE=local/keycloak POSTGRES_IMAGE=local/postgres \
    PROMETHEUS_IMAGE=local/prometheus MONGODB_URL="mongodb://mongo:27017/?directConnection=true" \
    "$@"
