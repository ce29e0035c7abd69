"""Fixtures for every test."""

from tests.support.servers import (
    deployment,
    kafka_bootstrap,
    mongodb_url,
    own_broker,
    own_mongo,
    servers_folder,
)

__all__ = ["deployment", "kafka_bootstrap", "mongodb_url", "own_broker", "own_mongo", "servers_folder"]
