"""The HTTP API of reviews: views translate and decide access; commands and queries do the work."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.reviews.api import (
    attachments,
    cases,
    deadlines,
    decisions,
    education,
    exits,
    history,
    listing,
    own,
    papers,
    past_cases,
    profiles,
    removal,
    round_closing,
    round_progress,
    rounds,
    working_groups,
)


def blueprints() -> Sequence[Any]:
    """Return new blueprints, one per area of the API."""
    return [
        rounds.blueprint(),
        round_progress.blueprint(),
        round_closing.blueprint(),
        working_groups.blueprint(),
        cases.blueprint(),
        attachments.blueprint(),
        own.blueprint(),
        listing.blueprint(),
        education.blueprint(),
        exits.blueprint(),
        removal.blueprint(),
        decisions.blueprint(),
        deadlines.blueprint(),
        papers.blueprint(),
        profiles.blueprint(),
        history.blueprint(),
        past_cases.blueprint(),
    ]
