#!/bin/sh
# Takes mongod's arguments and needs none of them: it is a replica set named secantus by itself.
# Why these settings of WiredTiger: deploy/stack/servers.py.
export WIREDTIGER_CONFIG="transaction_sync=(enabled=true,method=none),eviction_dirty_target=50,eviction_dirty_trigger=80,eviction_updates_target=40,eviction_updates_trigger=75"
touch /tmp/secantusd.toml
exec /opt/mongo/bin/secantusd-py --config /tmp/secantusd.toml --host 0.0.0.0 --port 27017 --storage-path /data/db/data \
    --noop-heartbeat-seconds 10 --cache-size 256M --oplog-retention-seconds 600 --log-level WARNING
