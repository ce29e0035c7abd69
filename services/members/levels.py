"""The level kinds of this deployment, and the names under which the API takes them.

They are data: ``KHOI_LEVELS`` names a TOML file (``deploy/levels.example.toml`` shows its form); without it the
layers of a provincial Khối hold.
"""

from __future__ import annotations

import os
from pathlib import Path

from services.members.domain.organization import LevelKind, LevelScheme
from shared.levels import VARIABLE, read_levels
from shared.settings import SettingsError


def scheme_of(path: Path) -> LevelScheme:
    """Return the level kinds of a TOML file; raise SettingsError saying what is wrong with it."""
    levels = read_levels(path)
    try:
        return LevelScheme(
            LevelKind(
                code=each.code,
                name_vi=each.name,
                short=each.short,
                is_cell=each.cell,
                children=each.children,
            )
            for each in levels
        )
    except ValueError as error:
        raise SettingsError(f"{VARIABLE}: {path}: {error}") from error


SCHEME = scheme_of(Path(os.environ[VARIABLE])) if os.environ.get(VARIABLE) else LevelScheme()
"""The levels that every rule of this process goes by."""


def level_of(text: str, *, is_cell: bool) -> LevelKind | None:
    """Return the level kind named by its code, its Vietnamese name or its short English name, or None.

    A short name (``grassroots``) stands for one kind with cells below it and one that is itself a cell.
    """
    return SCHEME.find_short(text, is_cell=is_cell) or SCHEME.find(text)


def level_name(code: str) -> str:
    """Return the Vietnamese name of a level kind; the code itself when the deployment no longer has it."""
    kind = SCHEME.find(code)
    return code if kind is None else kind.name_vi
