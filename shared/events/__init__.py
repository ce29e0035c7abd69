"""Events: what the services tell each other. One registry, one envelope, one catalogue."""
