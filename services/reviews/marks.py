"""Dấu nhận dạng: by what a workbook's row is known to be about a member, without a name being kept here.

The local roster keeps digests only: they answer whether somebody is the person a row names, and say nobody's name.
"""

from __future__ import annotations

import hashlib
from datetime import date
from uuid import UUID, uuid5

from shared.text import fold

_FORMER = UUID("6f1d5c1e-6d0b-5a0e-9c8e-2f0c5d0a7b31")
"""Namespace of the ids of people whom the register does not know."""


def card_mark(card_number: str) -> str:
    """Return the mark of a card number."""
    return _mark("card", card_number)


def name_mark(name: str) -> str:
    """Return the mark of a name, however it is spelt: several people may share it."""
    return _mark("name", fold(name))


def person_mark(name: str, birth_date: date) -> str:
    """Return the mark of a name with a birth date."""
    return _mark("person", f"{fold(name)}|{birth_date.isoformat()}")


def marks_of(*, name: str, birth_date: date | None, card_number: str | None) -> list[str]:
    """Return every mark of a person."""
    marks = [name_mark(name)]
    if birth_date is not None:
        marks.append(person_mark(name, birth_date))
    if card_number is not None:
        marks.append(card_mark(card_number))
    return marks


def former_member_id(mark: str) -> str:
    """Return the id of somebody whom the register does not know: the same in every import, for the same mark."""
    return str(uuid5(_FORMER, mark))


def _mark(kind: str, text: str) -> str:
    return f"{kind}:{hashlib.sha256(text.encode()).hexdigest()[:32]}"
