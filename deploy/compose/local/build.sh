#!/bin/sh
# Images of the other software where no image registry is reached, all on BASE_IMAGE (a Debian with Python 3.11):
# local/kafka from Kafka's Maven artifacts, local/mongo-wire from SecantusDB's locked wheels, local/gateway,
# local/postgres and local/prometheus from Debian's packages, and local/keycloak from the distribution in Maven Central
# (KHOI_STANDINS names which are made). Grafana's is not to be had in any of these. They take the same variables, volumes and ports as the public images, so compose.yaml stays as it is.
# For trying and testing; production uses the public images.
set -eu
cd "$(dirname "$0")/../../.."
base=${BASE_IMAGE:-local/python:3.11}
here=deploy/compose/local
context=build/compose
keycloak=26.7.3
rm -rf "$context"
mkdir -p "$context/wheels" "$context/jars"

# SecantusDB and what it needs, out of the lock file with its hashes.
awk '/^[a-z0-9]/ { keep = ($0 ~ /^(secantusdb|pymongo|python-dateutil|six|s2sphere|future|shapely|numpy|dnspython)==/) } keep' \
    requirements/dev.lock >"$context/mongo.lock"
.venv/bin/pip download --quiet --disable-pip-version-check --require-hashes --no-deps \
    --python-version 3.11 --implementation cp --abi cp311 --abi abi3 --abi none --only-binary :all: \
    --platform manylinux_2_28_x86_64 --platform manylinux_2_17_x86_64 --platform manylinux2014_x86_64 --platform any \
    --requirement "$context/mongo.lock" --dest "$context/wheels"
cp -r "$(.venv/bin/python -c 'from deploy.kafka.libraries import libraries; print(libraries())')/." "$context/jars"
cp "$here/kafka.sh" "$here/mongo.sh" "$here/first_user.py" "$here/postgres.sh" "$context"

standins=${KHOI_STANDINS:-mongo-wire kafka gateway postgres prometheus keycloak}
case " $standins " in *" keycloak "*)
    kept=${KHOI_VAR:-var}/keycloak
    [ -e "$kept/keycloak-quarkus-dist-$keycloak.zip" ] || mvn --quiet --batch-mode dependency:copy \
        "-Dartifact=org.keycloak:keycloak-quarkus-dist:$keycloak:zip" "-DoutputDirectory=$kept"
    .venv/bin/python -m zipfile --extract "$kept/keycloak-quarkus-dist-$keycloak.zip" "$context"
    mv "$context/keycloak-$keycloak" "$context/keycloak"
    ;;
esac
for name in $standins; do
    docker build --quiet --network host --build-arg "BASE_IMAGE=$base" --tag "local/$name" \
        --file "$here/$name.Dockerfile" "$context"
done
