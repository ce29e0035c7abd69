"""The table of this process: the software's own, and the deployment's file over it (``KHOI_WHO_IS_TOLD``)."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from services.notifications.domain.reminding import Kinds, own_kinds, read_kinds
from services.notifications.domain.who_is_told import Table, TableError, own_table, read_table
from shared.settings import Settings, usable

_file: Path | None = None


def configure(settings: Settings) -> None:
    """Take the deployment's file from the settings; raise SettingsError when it cannot be used."""
    global _file  # noqa: PLW0603 -- one process is of one deployment, and its table does not change while it runs
    with usable("KHOI_WHO_IS_TOLD", settings.who_is_told, "bảng", TableError):
        table_with(settings.who_is_told)
        kinds_with(settings.who_is_told)
    _file = settings.who_is_told


@lru_cache(maxsize=4)
def table_with(file: Path | None) -> Table:
    """Return the table with the deployment's *file* over it; raise TableError, or OSError."""
    own = own_table()
    return own if file is None else read_table(file.read_text("utf-8"), file.name, over=own)


def table() -> Table:
    """Return the table that this process goes by."""
    return table_with(_file)


@lru_cache(maxsize=4)
def kinds_with(file: Path | None) -> Kinds:
    """Return the reminders with those of the deployment's *file* over them; raise TableError, or OSError."""
    own = own_kinds()
    return own if file is None else read_kinds(file.read_text("utf-8"), file.name, over=own)


def kinds() -> Kinds:
    """Return how this process reminds of each kind of deadline."""
    return kinds_with(_file)
