"""Names of the kinds of organisation (*cấp tổ chức*): those of the deployment's own file, if it has one."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from services.reporting.domain.code_lists import LEVELS, label
from services.reporting.domain.tree_order import OrderKey, order_key
from shared.levels import VARIABLE, read_levels


def names_of(path: str | None) -> Mapping[str, str]:
    """Return code → Vietnamese name, as a file has them (None: those of a provincial Khối); raise SettingsError."""
    return {each.code: each.name for each in read_levels(Path(path))} if path else LEVELS


NAMES = names_of(os.environ.get(VARIABLE))
_PLACES = {code: place for place, code in enumerate(NAMES)}


def level_name(code: str) -> str:
    """Return the name of a kind; the code itself where the deployment no longer has it."""
    return label(NAMES, code)


def tree_order(level: str, name: str, organization_id: str) -> OrderKey:
    """Return the key by which organisations stand in the order of the tree."""
    return order_key(_PLACES, level=level, name=name, organization_id=organization_id)
