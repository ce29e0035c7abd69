"""The small producing and consuming services of the bus's tests."""

from tests.integration.bus.conftest import _swept, cases, settings, steps

__all__ = ["_swept", "cases", "settings", "steps"]
