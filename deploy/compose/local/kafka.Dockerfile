# Apache Kafka from its Maven artifacts in place of apache/kafka, for trying and testing: the two commands of it that
# deploy/compose/kafka/start.sh calls, at the same place.
ARG BASE_IMAGE
FROM ${BASE_IMAGE}
RUN apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        openjdk-17-jre-headless >/dev/null && rm -rf /var/lib/apt/lists/*
COPY jars /opt/kafka/libs
COPY kafka.sh /opt/kafka/bin/kafka-storage.sh
COPY kafka.sh /opt/kafka/bin/kafka-server-start.sh
RUN mkdir -p /var/lib/kafka/data && chown 10002:10002 /var/lib/kafka/data && chmod 755 /opt/kafka/bin/*
USER 10002:10002
VOLUME /var/lib/kafka/data
EXPOSE 9092
