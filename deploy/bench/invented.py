"""Invented events in the shape and mix of the real ones: the members of a roster, and cases step by step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec

import shared.events.catalogue  # noqa: F401 -- registers every type
from shared.events.catalogue.members import Document, MemberRegistered, OrganizationEstablished
from shared.events.catalogue.reviews import (
    BallotRecorded,
    CandidateProposed,
    CaseClosed,
    FollowUpRecorded,
    GuidanceGiven,
    HelpersAssigned,
    MemberFlagged,
    ProgressRecognized,
)
from shared.events.envelope import Event
from shared.events.registry import Fact, type_of
from shared.ids import new_id
from shared.settings import Settings

ROOT = "khoi"
CELLS = 330
GRASSROOTS = 92
_FIRST_DAY = date(2021, 3, 1)


def path_of_cell(number: int) -> list[str]:
    """Return the path of an invented cell: root, grassroots organisation, cell."""
    return [ROOT, f"co-so-{number % GRASSROOTS}", f"chi-bo-{number}"]


class Log:
    """The event log of one service under construction: counts sequences and positions as the outbox does."""

    def __init__(self, settings: Settings, service: str) -> None:
        """Begin the log of *service* at position 1."""
        self._source = settings.event_source(service)
        self._time = datetime(2021, 3, 1, tzinfo=UTC)
        self._sequences: dict[str, int] = {}
        self._position = 0
        self.events: list[Event] = []
        """Those added since somebody took them out."""

    def add(self, subject: str, key: str, fact: Fact) -> None:
        """Append a fact about *subject*, ordered by *key*."""
        sequence = self._sequences[subject] = self._sequences.get(subject, 0) + 1
        position = self._position = self._position + 1
        self.events.append(
            Event(
                id=new_id(),
                type=type_of(fact).full_name,
                source=self._source,
                subject=subject,
                time=self._time + timedelta(milliseconds=position),
                partition_key=key,
                sequence=sequence,
                position=position,
                correlation_id=new_id(),
                data=msgspec.json.encode(fact),
            )
        )


def organizations(log: Log) -> None:
    """Add the tree: the Khối, its grassroots organisations, their cells."""
    paths = [[ROOT]]
    paths += [[ROOT, f"co-so-{number}"] for number in range(GRASSROOTS)]
    paths += [path_of_cell(number) for number in range(CELLS)]
    levels = ("dang_bo_khoi", "dang_bo_co_so", "chi_bo_truc_thuoc")
    for path in paths:
        log.add(
            path[-1],
            path[-1],
            OrganizationEstablished(
                organization_id=path[-1],
                name=f"Tổ chức {path[-1]}",
                code=None,
                level=levels[len(path) - 1],
                is_cell=len(path) == len(levels),
                parent_id=path[-2] if len(path) > 1 else None,
                organization_path=path,
                on=date(2007, 4, 2),
            ),
        )


def members(log: Log, count: int, *, first: int = 0) -> None:
    """Add *count* members from number *first* on, spread over the cells."""
    for number in range(first, first + count):
        log.add(
            f"m{number}",
            f"m{number}",
            MemberRegistered(
                member_id=f"m{number}",
                full_name=f"Nguyễn Văn Thử {number}",
                gender="male" if number % 2 else "female",
                birth_date=date(1970, 1, 1) + timedelta(days=number % 9_000),
                card_number=f"097{number:09}",
                dossier_number=f"{number:010}",
                admitted_on=date(2010, 5, 19),
                official_on=date(2011, 5, 19),
                status="official",
                exempt_from=None,
                exempt_until=None,
                organization_path=path_of_cell(number % CELLS),
                on=_FIRST_DAY,
                organization_since=date(2015, 1, 1),
            ),
        )


def _steps(case_id: str, member_id: str, path: list[str]) -> Iterator[Fact]:
    """Yield the eight facts of a case that ends in recognised progress."""
    told: dict[str, Any] = {"case_id": case_id, "member_id": member_id, "organization_path": path}
    days = iter(_FIRST_DAY + timedelta(days=20 * step) for step in range(20))
    profile = "2019-ct28-qd29"
    yield CandidateProposed(
        **told, on=next(days), round_id=None, criterion="C1", probationary=False, profile=profile
    )
    yield GuidanceGiven(**told, on=next(days), agrees=True, by_organization=path[1])
    yield BallotRecorded(**told, on=next(days), ballot_id=f"{case_id}-1", version=1, reached=True)
    yield MemberFlagged(
        **told,
        on=next(days),
        criterion="C1",
        probationary=False,
        education_due_on=_FIRST_DAY + timedelta(days=365),
        profile=profile,
    )
    yield HelpersAssigned(**told, on=next(days), helpers=["m1", "m2"])
    yield FollowUpRecorded(**told, on=next(days), number=1, next_due_on=None)
    decision = Document(number="01-QĐ/ĐU", issued_on=_FIRST_DAY, issuer="Đảng ủy cơ sở")
    yield ProgressRecognized(**told, on=next(days), decided_by=path[1], decision=decision)
    yield CaseClosed(**told, on=next(days), outcome="recognized")


def cases(log: Log, count: int, *, first: int = 0) -> None:
    """Add *count* cases of eight events each, interleaved as in life: every case takes a step before the next."""
    every = [
        (f"c{number}", f"m{number}", list(_steps(f"c{number}", f"m{number}", path_of_cell(number % CELLS))))
        for number in range(first, first + count)
    ]
    for step in range(len(every[0][2]) if every else 0):
        for case_id, member_id, facts in every:
            log.add(case_id, member_id, facts[step])


def records(events: Sequence[Event]) -> list[tuple[bytes, bytes, list[tuple[str, bytes]]]]:
    """Return key, value and headers of *events* as they travel on a topic."""
    return [(event.partition_key.encode(), event.data, event.headers()) for event in events]
