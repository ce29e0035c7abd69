"""How the four services are run: process entry points, the one-machine stack, the ``khoi`` command."""
