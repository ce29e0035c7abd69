#!/bin/sh
# Makes what is missing of secrets/, and overwrites nothing: passwords of every part, an authority of the deployment's
# own with certificates for its parts (used by compose.tls.yaml), and a certificate of the gateway for HOST (default
# localhost), for trying out or until the province's certificate authority has signed one.
# The folder is for its owner alone; in it the files are readable, because each container gets them as they are and
# runs as a user of its own.
set -eu
cd "$(dirname "$0")"
host=${1:-localhost}
umask 077
mkdir -p secrets
cd secrets
new=0

made() { chmod 444 "$@"; new=$((new + $#)); }

for name in mongo-admin kafka-admin kafka-broker kafka-khoi keycloak-admin keycloak-database grafana-admin \
    mongo-members mongo-reviews mongo-notifications mongo-reporting \
    kafka-members kafka-reviews kafka-notifications kafka-reporting; do
    [ -e $name ] || { openssl rand -hex 24 | tr -d '\n' >$name && made $name; }
done
# what the nodes of a replica set know each other by
[ -e mongo-keyfile ] || { openssl rand -base64 564 >mongo-keyfile && made mongo-keyfile; }
# what sensitive fields are sealed with, newest key first: docs/operate/keys.md
[ -e field-keys ] || { openssl rand -base64 32 | tr '+/' '-_' >field-keys && made field-keys; }
# the mail server's password is the mail server's: write it in here
[ -e smtp-password ] || { : >smtp-password && made smtp-password; }

key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1" 2>/dev/null; }

if ! [ -e ca.crt ]; then
    key ca.key
    openssl req -x509 -key ca.key -days 3650 -sha256 -subj "/CN=Khoi inside" \
        -addext "basicConstraints=critical,CA:TRUE" -addext "keyUsage=critical,keyCertSign,cRLSign" -out ca.crt
    made ca.crt # ca.key is for nobody but its owner
fi
certificate() { # certificate NAME HOST…: NAME.key and NAME.crt
    [ ! -e "$1.crt" ] || return 0
    name=$1 names=DNS:localhost,IP:127.0.0.1
    shift
    for each in "$@"; do names=$names,DNS:$each; done
    key "$name.key"
    printf 'basicConstraints=critical,CA:FALSE\nsubjectAltName=%s\n' "$names" >"$name.ext"
    openssl req -new -key "$name.key" -subj "/CN=$name" |
        openssl x509 -req -CA ca.crt -CAkey ca.key -CAcreateserial -days 825 -sha256 -extfile "$name.ext" \
            -out "$name.crt" 2>/dev/null
    cat "$name.key" "$name.crt" >"$name.pem"
    rm "$name.ext"
    made "$name.key" "$name.crt" "$name.pem"
}
for service in members reviews notifications reporting; do certificate $service $service-web $service-worker; done
certificate kafka kafka kafka-2 kafka-3
certificate mongo mongo
certificate keycloak keycloak

if ! { [ -e gateway.key ] && [ -e gateway.crt ]; }; then
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 825 -sha256 \
        -subj "/CN=$host" -addext "subjectAltName=DNS:$host,DNS:localhost,IP:127.0.0.1" \
        -addext "basicConstraints=critical,CA:TRUE" -keyout gateway.key -out gateway.crt 2>/dev/null
    made gateway.key gateway.crt
fi
echo "secrets/: $new tệp mới, không ghi đè tệp nào (made for $host; nothing was overwritten)"
