"""Thư điện tử: it says that there is something to see, and where; nothing of the case."""

from __future__ import annotations

NAME = "email"
PARTS = {".txt.jinja": ("subject", "body"), ".html.jinja": ("body",)}
SAYS_WHAT = False
