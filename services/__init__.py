"""The four services: members, reviews, notifications, reporting. None imports another."""
