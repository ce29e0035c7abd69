"""The glossary, written from the code: ``docs/glossary.md`` can never say something else than the programs."""

from __future__ import annotations

from collections.abc import Iterable

import shared.events.catalogue  # noqa: F401 -- importing it registers every event type
from services.members.domain.organization import PROVINCIAL_BLOC_LEVELS
from services.reviews.domain.criteria import CRITERIA, EVIDENCE_VI
from services.reviews.domain.grounds import GROUNDS, MODE_VI, STATUS_VI
from services.reviews.domain.history import PAST_OUTCOME_VI
from services.reviews.domain.procedure import DEADLINE_VI, STATE_VI, TRANSITIONS
from shared.access.actor import ROLE_TITLES
from shared.events.registry import all_types

_HEAD = """# Glossary

English in the code, Vietnamese on every screen. Written by `make documents` from the code; `make check` compares.
"""


def _table(title: str, where: str, rows: Iterable[tuple[str, str]]) -> str:
    lines = [f"## {title}", "", f"`{where}`", "", "| in the code | tiếng Việt |", "|---|---|"]
    lines += [f"| `{code}` | {term.replace('|', '/')} |" for code, term in rows]
    return "\n".join(lines) + "\n"


def document() -> str:
    """Return the glossary as Markdown."""
    events = [(kind.name, kind.meaning.split(":")[0]) for kind in all_types().values()]
    parts = [
        _HEAD,
        _table(
            "Organisation levels",
            "services/members/domain/organization.py",
            [(level.code, level.name_vi) for level in PROVINCIAL_BLOC_LEVELS],
        ),
        _table("Roles", "shared/access/actor.py", sorted(ROLE_TITLES.items())),
        _table("Standing of a member", "services/reviews/domain/grounds.py", STATUS_VI.items()),
        _table(
            "Criteria for listing",
            "services/reviews/domain/criteria.py",
            [
                (each.code, f"{each.text_vi} ({each.citation.number}, {each.citation.clause})")
                for each in CRITERIA
            ],
        ),
        _table(
            "Grounds of removal",
            "services/reviews/domain/grounds.py",
            [
                (each.code, f"{each.text_vi} ({each.citation.number}, {each.citation.clause})")
                for each in GROUNDS
            ],
        ),
        _table("Modes of removal", "services/reviews/domain/grounds.py", MODE_VI.items()),
        _table("Evidence", "services/reviews/domain/criteria.py", EVIDENCE_VI.items()),
        _table("States of a case", "services/reviews/domain/procedure.py", STATE_VI.items()),
        _table(
            "Steps of the procedure",
            "services/reviews/domain/procedure.py",
            [(row.command, row.label_vi) for row in TRANSITIONS],
        ),
        _table("Ends of past cases", "services/reviews/domain/history.py", PAST_OUTCOME_VI.items()),
        _table("Deadlines", "services/reviews/domain/procedure.py", DEADLINE_VI.items()),
        _table("Events", "shared/events/catalogue/", events),
    ]
    return "\n".join(parts)
