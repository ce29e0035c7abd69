#!/bin/sh
# Starts Keycloak with its passwords from files and the realm of realm.json, which is imported once; over TLS alone
# where its certificate is among the secrets. Always on port 8080.
set -eu
KC_DB_PASSWORD=$(cat /run/secrets/keycloak-database)
KC_BOOTSTRAP_ADMIN_PASSWORD=$(cat /run/secrets/keycloak-admin)
export KC_DB_PASSWORD KC_BOOTSTRAP_ADMIN_PASSWORD
if [ -e /run/secrets/keycloak.crt ]; then
    export KC_HTTPS_PORT=8080 KC_HTTPS_CERTIFICATE_FILE=/run/secrets/keycloak.crt \
        KC_HTTPS_CERTIFICATE_KEY_FILE=/run/secrets/keycloak.key
else
    export KC_HTTP_ENABLED=true KC_HTTP_PORT=8080
fi
exec /opt/keycloak/bin/kc.sh start --import-realm
