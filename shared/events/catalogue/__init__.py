"""The catalogue: every event type by producer. Importing this registers them all."""

from shared.events.catalogue import audit, members, notifications, reporting, reviews

__all__ = ["audit", "members", "notifications", "reporting", "reviews"]
