"""The store: Mongo, one transaction per command, and what the kernel keeps beside the aggregates."""
