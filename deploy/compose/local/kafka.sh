#!/bin/sh
# KAFKA_NODE_ID=1 becomes node.id=1, as in the public image; the storage is formatted once with CLUSTER_ID.
set -euf # -f: the star in the class path is for java
configuration=/tmp/server.properties
env | sed -n 's/^KAFKA_\([A-Z_]*\)=\(.*\)$/\1 \2/p' | while read -r name value; do
    printf '%s=%s\n' "$(printf '%s' "$name" | tr 'A-Z_' 'a-z.')" "$value"
done >"$configuration"
program="java -Xms128m -Xmx512m -XX:+UseSerialGC -Dorg.slf4j.simpleLogger.defaultLogLevel=warn -cp /opt/kafka/*"
$program kafka.tools.StorageTool format --ignore-formatted --cluster-id="$CLUSTER_ID" --config "$configuration"
exec $program kafka.Kafka "$configuration"
