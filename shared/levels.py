"""The file that names the kinds of organisation of a deployment — *cấp tổ chức*: what every service reads of it.

``KHOI_LEVELS`` names a TOML file (``deploy/levels.example.toml`` shows its form). Which kinds may stand under which
is a rule of the members service; others only print the names.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

import msgspec

from shared.settings import SettingsError

VARIABLE = "KHOI_LEVELS"


class Level(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One kind of organisation as the file has it."""

    code: str
    name: str
    short: str | None = None
    cell: bool = False
    children: tuple[str, ...] = ()


class _Levels(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    level: tuple[Level, ...]


def read_levels(path: Path) -> tuple[Level, ...]:
    """Return the kinds that a file names; raise SettingsError saying what is wrong with it."""
    try:
        return msgspec.convert(tomllib.loads(path.read_text("utf-8")), _Levels).level
    except (OSError, ValueError) as error:
        raise SettingsError(f"{VARIABLE}: {path}: {error}") from error
