"""Hộp thư: the inbox of a person or an office, behind the access table; it says what happened."""

from __future__ import annotations

NAME = "inbox"
PARTS = {".jinja": ("title", "to_do")}
SAYS_WHAT = True
