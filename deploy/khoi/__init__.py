"""The ``khoi`` command: one word for everything an operator does with a deployment."""

from deploy.khoi.command import main

__all__ = ["main"]
