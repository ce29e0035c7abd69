"""Vietnamese text: one normal form for storage, one folded form for search.

NFC keeps a letter with its marks as one character. Folding for search removes case and marks;
Đ/đ are letters of their own that Unicode does not decompose, so they are mapped by hand.
"""

from __future__ import annotations

import unicodedata

_D = str.maketrans({"Đ": "D", "đ": "d"})


def nfc(text: str) -> str:
    """Return *text* in NFC with runs of white space folded to single blanks and the ends stripped."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def fold(text: str) -> str:
    """Return the form names are searched by: no marks, no case, Đ as d, single blanks."""
    decomposed = unicodedata.normalize("NFD", text.translate(_D))
    bare = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return " ".join(bare.casefold().split())
