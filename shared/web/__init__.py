"""The web side of a service: one application factory, problem documents, commits, health, OpenAPI."""
