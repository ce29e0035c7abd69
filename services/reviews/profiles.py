"""The rule profiles that this process knows, and which one applies to what begins on a day."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from services.reviews.domain.profile import Profile, load_profiles, profile_by_id, profile_on


@lru_cache(maxsize=1)
def known_profiles() -> tuple[Profile, ...]:
    """Return every profile that comes with the service, oldest first."""
    return load_profiles()


def profile_for(day: date) -> Profile:
    """Return the profile that applies to what begins on *day*; LookupError before the first one."""
    return profile_on(day, known_profiles())


def profile_named(profile_id: str) -> Profile:
    """Return the profile with that id; LookupError when there is none."""
    return profile_by_id(profile_id, known_profiles())
