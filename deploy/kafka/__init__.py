"""Apache Kafka itself, from its Maven artifacts: for the tests that must pass on the real one."""
