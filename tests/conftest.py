"""Fixtures for every test."""

from tests.support.servers import (
    deployment,
    kafka_bootstrap,
    mongodb_url,
    own_broker,
    own_mongo,
    servers_folder,
)
from tests.support.services import open_service, settings

__all__ = [
    "deployment",
    "kafka_bootstrap",
    "mongodb_url",
    "open_service",
    "own_broker",
    "own_mongo",
    "servers_folder",
    "settings",
]
