"""The catalogue: every event type by producer. Importing this registers them all."""

from shared.events.catalogue import members, notifications, reporting, reviews

__all__ = ["members", "notifications", "reporting", "reviews"]
