"""The rule profiles that this process knows, and which one applies to what begins on a day.

Those that come with the service, and those of the deployment's own folder (``KHOI_PROFILES``). Each process reads
them once, when it starts; a file that cannot be trusted keeps it from starting.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from pathlib import Path

from services.reviews.domain.profile import (
    Profile,
    ProfileError,
    load_profiles,
    profile_by_id,
    profile_on,
)
from shared.settings import Settings, usable

_folder: Path | None = None


def configure(settings: Settings) -> None:
    """Take the deployment's folder from the settings; raise SettingsError when a file in it cannot be used."""
    global _folder  # noqa: PLW0603 -- one process is of one deployment, and its rules do not change while it runs
    with usable("KHOI_PROFILES", settings.profiles, "bộ quy tắc", ProfileError):
        profiles_with(settings.profiles)
    _folder = settings.profiles


@lru_cache(maxsize=4)
def profiles_with(folder: Path | None) -> tuple[Profile, ...]:
    """Return the profiles that come with the service and those in *folder*, oldest first.

    Raises ProfileError, or OSError when the folder cannot be read.
    """
    if folder is None:
        return load_profiles()
    files = [each for each in folder.iterdir() if each.suffix == ".toml"]
    return load_profiles({each.name: each.read_text("utf-8") for each in files})


def known_profiles() -> tuple[Profile, ...]:
    """Return every profile that this process knows, oldest first."""
    return profiles_with(_folder)


def profile_for(day: date) -> Profile:
    """Return the profile that applies to what begins on *day*; LookupError before the first one."""
    return profile_on(day, known_profiles())


def profile_named(profile_id: str) -> Profile:
    """Return the profile with that id; LookupError when there is none."""
    return profile_by_id(profile_id, known_profiles())
