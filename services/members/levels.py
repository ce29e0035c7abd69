"""The level kinds of this deployment, and the names under which the API takes them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from services.members.domain.organization import LevelKind, LevelScheme

SCHEME = LevelScheme()
"""The layers of a provincial Khối."""

_SHORT_NAMES: Mapping[tuple[str, bool], str] = MappingProxyType(
    {
        ("khoi", False): "dang_bo_khoi",
        ("grassroots", False): "dang_bo_co_so",
        ("grassroots", True): "chi_bo_co_so",
        ("part", False): "dang_bo_bo_phan",
        ("cell", True): "chi_bo_truc_thuoc",
    }
)


def level_of(text: str, *, is_cell: bool) -> LevelKind | None:
    """Return the level kind named by its code, its Vietnamese name or its short English name, or None.

    A short name (``grassroots``) stands for one kind with cells below it and one that is itself a cell.
    """
    return SCHEME.find(_SHORT_NAMES.get((text, is_cell), text))


def level_name(code: str) -> str:
    """Return the Vietnamese name of a level kind; the code itself when the deployment no longer has it."""
    kind = SCHEME.find(code)
    return code if kind is None else kind.name_vi
