"""Webhook: tells an internal front-end that there is something to see, and where; nothing of the case."""

from __future__ import annotations

NAME = "webhook"
PARTS = {".jinja": ("title",)}
SAYS_WHAT = False
