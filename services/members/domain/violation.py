"""A broken rule, told to a person: what every check of this package returns instead of raising."""

from __future__ import annotations

import msgspec


class Violation(msgspec.Struct, frozen=True, kw_only=True):
    """Vi phạm quy tắc: one rule that the given facts break.

    ``code`` is stable and for programs, ``field`` names the fact at fault, ``detail_vi`` is for the person.
    """

    code: str
    field: str
    detail_vi: str
