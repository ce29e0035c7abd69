#!/bin/sh
# Makes secrets/gateway.key and secrets/gateway.crt for HOST (default localhost) where they are missing: a certificate
# of its own, for trying out or until the province's certificate authority has signed one. Overwrites nothing.
set -eu
cd "$(dirname "$0")"
host=${1:-localhost}
umask 077
mkdir -p secrets
if [ -e secrets/gateway.key ] && [ -e secrets/gateway.crt ]; then
    echo "secrets/gateway.crt đã có, không ghi đè (is there already, left as it is)"
    exit 0
fi
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 825 -sha256 \
    -subj "/CN=$host" -addext "subjectAltName=DNS:$host,DNS:localhost,IP:127.0.0.1" \
    -addext "basicConstraints=critical,CA:TRUE" \
    -keyout secrets/gateway.key -out secrets/gateway.crt 2>/dev/null
echo "secrets/gateway.crt: cho $host, 825 ngày (made for $host)"
