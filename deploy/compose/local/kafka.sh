#!/bin/sh
# kafka-storage.sh and kafka-server-start.sh of the public image: the name it is called by says which.
set -euf # -f: the star in the class path is for java
case $0 in
*-storage.sh) main=kafka.tools.StorageTool ;;
*) main=kafka.Kafka ;;
esac
exec java ${KAFKA_HEAP_OPTS:--Xms128m -Xmx512m} -XX:+UseSerialGC -XX:TieredStopAtLevel=1 \
    -Dorg.slf4j.simpleLogger.defaultLogLevel=warn -cp "/opt/kafka/libs/*" $main "$@"
