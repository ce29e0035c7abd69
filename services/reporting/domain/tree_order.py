"""Order of the tree (*thứ tự tổ chức*): how organisations stand in a list that nobody has sorted otherwise.

By level as the deployment's list has them (a level it does not know stands last), then by name as people read it:
without marks, and *Chi bộ 2* before *Chi bộ 10*.
"""

import re
from collections.abc import Mapping

from shared.text import fold

_NUMBER = re.compile(r"(\d+)")


OrderKey = tuple[int, tuple[tuple[str, int], ...], str]


def order_key(places: Mapping[str, int], *, level: str, name: str, organization_id: str) -> OrderKey:
    """Return the key to sort organisations by; *places* says in which order the levels stand."""
    pieces = _NUMBER.split(fold(name))
    words = tuple(
        (words, int(number)) for words, number in zip(pieces[::2], [*pieces[1::2], "-1"], strict=True)
    )
    return places.get(level, len(places)), words, organization_id
