"""The bus: relay, consumer, dead letters: the event guarantees on Mongo and Kafka."""
