"""Names of the kinds of organisation (*cấp tổ chức*): those of the deployment's own file, if it has one."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from services.reporting.domain.code_lists import LEVELS, label
from shared.levels import VARIABLE, read_levels


def names_of(path: str | None) -> Mapping[str, str]:
    """Return code → Vietnamese name, as a file has them (None: those of a provincial Khối); raise SettingsError."""
    return {each.code: each.name for each in read_levels(Path(path))} if path else LEVELS


NAMES = names_of(os.environ.get(VARIABLE))


def level_name(code: str) -> str:
    """Return the name of a kind; the code itself where the deployment no longer has it."""
    return label(NAMES, code)
