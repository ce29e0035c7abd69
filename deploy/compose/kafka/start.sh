#!/bin/sh
# Starts one node of Kafka (broker and controller) whose clients must sign in and may do only what they were granted.
# Works in any image with Kafka under /opt/kafka. From the environment:
#   NODE NAME VOTERS   its number, its name on the network, all controllers as 1@kafka:9093,…
#   CLUSTER_ID ADMIN   the cluster's id; the user who makes the others
#   COPIES IN_SYNC     of what Kafka keeps for itself, as for the topics of the services
#   TLS                on: everything over TLS, with kafka.pem and ca.crt
# Passwords are files: kafka-broker (between the nodes), kafka-admin.
set -eu
umask 077
secrets=/run/secrets
broker=$(cat $secrets/kafka-broker)
admin=$(cat $secrets/kafka-admin)
export LOG_DIR=/tmp/logs
configuration=/tmp/server.properties
protocol=SASL_PLAINTEXT
[ "${TLS:-off}" = off ] || protocol=SASL_SSL
login=org.apache.kafka.common.security

cat >$configuration <<END
process.roles=broker,controller
node.id=$NODE
controller.quorum.voters=$VOTERS
listeners=PARTS://:9092,CONTROLLER://:9093
advertised.listeners=PARTS://$NAME:9092
listener.security.protocol.map=PARTS:$protocol,CONTROLLER:$protocol
inter.broker.listener.name=PARTS
controller.listener.names=CONTROLLER
log.dirs=/var/lib/kafka/data

sasl.enabled.mechanisms=SCRAM-SHA-512
sasl.mechanism.inter.broker.protocol=SCRAM-SHA-512
listener.name.parts.scram-sha-512.sasl.jaas.config=$login.scram.ScramLoginModule required username="broker" password="$broker";
# controllers know no SCRAM users before they have a quorum
sasl.mechanism.controller.protocol=PLAIN
listener.name.controller.sasl.enabled.mechanisms=PLAIN
listener.name.controller.plain.sasl.jaas.config=$login.plain.PlainLoginModule required username="broker" password="$broker" user_broker="$broker";
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:broker;User:$ADMIN

# topics are made by the prepare step alone, with their partitions and settings
auto.create.topics.enable=false
offsets.topic.replication.factor=$COPIES
transaction.state.log.replication.factor=$COPIES
transaction.state.log.min.isr=$IN_SYNC
share.coordinator.state.topic.replication.factor=$COPIES
share.coordinator.state.topic.min.isr=$IN_SYNC
default.replication.factor=$COPIES
min.insync.replicas=$IN_SYNC
END
if [ $protocol = SASL_SSL ]; then
    cat >>$configuration <<END

ssl.keystore.type=PEM
ssl.keystore.location=$secrets/kafka.pem
ssl.truststore.type=PEM
ssl.truststore.location=$secrets/ca.crt
END
fi

# what it says of the new storage holds the users' verifiers: not for the log
/opt/kafka/bin/kafka-storage.sh format --ignore-formatted --cluster-id "$CLUSTER_ID" --config $configuration \
    --add-scram "SCRAM-SHA-512=[name=broker,password=$broker]" \
    --add-scram "SCRAM-SHA-512=[name=$ADMIN,password=$admin]" >/dev/null
exec /opt/kafka/bin/kafka-server-start.sh $configuration
