#!/bin/bash
# Starts mongod as a replica set whose clients must sign in; over TLS alone where mongo.pem is among the secrets.
set -eu
# mongod takes its key file only from its own hands
own() { install -o mongodb -g mongodb -m 400 "/run/secrets/$1" "/tmp/$1"; }
own mongo-keyfile
arguments=(--replSet rs0 --bind_ip_all --keyFile /tmp/mongo-keyfile)
if [ -e /run/secrets/mongo.pem ]; then
    own mongo.pem
    # whoever comes proves who they are by their password, not by a certificate
    arguments+=(--tlsMode requireTLS --tlsCertificateKeyFile /tmp/mongo.pem --tlsCAFile /run/secrets/ca.crt
        --tlsAllowConnectionsWithoutCertificates)
fi
exec docker-entrypoint.sh mongod "${arguments[@]}"
