#!/bin/bash
# What docker-entrypoint.sh of the public image does: the first time it makes the user of MONGO_INITDB_ROOT_USERNAME
# on a server that nobody reaches, then starts the server for those who sign in. It takes mongod's arguments and heeds
# the certificate; a replica set (of the name secantus) it is by itself.
# Why these settings of WiredTiger: deploy/stack/servers.py.
set -eu
if [ "$(id -u)" = 0 ]; then
    chown mongodb /data/db
    exec setpriv --reuid mongodb --regid mongodb --clear-groups "$0" "$@"
fi
export WIREDTIGER_CONFIG="transaction_sync=(enabled=true,method=none),eviction_dirty_target=50,eviction_dirty_trigger=80,eviction_updates_target=40,eviction_updates_trigger=75"
touch /tmp/secantusd.toml
tls=()
while [ $# -gt 0 ]; do
    if [ "$1" = --tlsCertificateKeyFile ]; then tls=(--tls-cert-file "$2" --tls-key-file "$2"); fi
    shift
done
server=(/opt/mongo/bin/secantusd-py --config /tmp/secantusd.toml --storage-path /data/db/data --noop-heartbeat-seconds 10
    --cache-size 256M --oplog-retention-seconds 600 --log-level WARNING)
if [ ! -e /data/db/.has-first-user ]; then
    "${server[@]}" --host 127.0.0.1 --port 27018 &
    /opt/mongo/bin/python /opt/mongo/first_user.py 27018 "$MONGO_INITDB_ROOT_USERNAME" "$MONGO_INITDB_ROOT_PASSWORD_FILE"
    kill $! && wait $! || true
    touch /data/db/.has-first-user
fi
exec "${server[@]}" --host 0.0.0.0 --port 27017 --auth "${tls[@]}"
