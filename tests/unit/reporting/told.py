"""What random walks tell: the events of cases, of their members and of rounds, and how they arrive."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any

import msgspec

from services.reviews.commands.steps import published
from shared.events.catalogue import members
from shared.events.catalogue import reviews as catalogue
from shared.events.registry import Fact
from tests.support.services import an_event
from tests.unit.reporting.registry import CELLS, Registry, Stream
from tests.unit.reviews import words
from tests.unit.reviews.walks import Walk

HOME = list(words.UNIT.organization_path)


def registered(member_id: str) -> members.MemberRegistered:
    return members.MemberRegistered(
        member_id=member_id,
        full_name="Nguyễn Văn Mẫu",
        gender="male",
        birth_date=date(1980, 5, 1),
        card_number=None,
        dossier_number=None,
        admitted_on=date(2010, 1, 1),
        official_on=date(2011, 1, 1),
        status="official",
        exempt_from=None,
        exempt_until=None,
        organization_path=HOME,
        on=date(2020, 1, 1),
        organization_since=date(2018, 1, 1),
    )


def ended(member_id: str, case_id: str, on: date) -> members.MembershipEnded:
    return members.MembershipEnded(
        member_id=member_id,
        organization_path=HOME,
        on=on,
        mode="name_removal",
        ground=None,
        decision=None,
        case_id=case_id,
        was_probationary=False,
    )


def restored(member_id: str, case_id: str, on: date) -> members.MembershipRestored:
    return members.MembershipRestored(
        member_id=member_id, organization_path=HOME, on=on, case_id=case_id, status="official"
    )


_MEMBERSHIP: dict[type[Fact], Callable[[str, str, date], Fact]] = {
    catalogue.MemberRemoved: ended,
    catalogue.RemovalReversed: restored,
}


def told_by(rng: Random, case_id: str, steps: int, registry: Registry | None = None) -> tuple[Stream, Stream]:
    """Walk, and return what the case tells and what the members service tells of the member meanwhile.

    Each step is recorded some days after its day, and some cases are entered long after they happened. Its paths are
    those of *registry* when it is recorded, or of a while before: reviews hears of the tree by events, too.
    """
    return told_of(rng, Walk(rng, case_id=case_id).run(steps), registry)


def told_of(rng: Random, walk: Walk, registry: Registry | None = None) -> tuple[Stream, Stream]:
    """Return the same of a walk that is over."""
    case_id = walk.case_id
    member_id = f"member-of-{case_id}"
    of_case: Stream = []
    of_member: Stream = []
    entered = words.START + timedelta(days=rng.choice([0, 0, 0, 700]))
    clock = heard = datetime.combine(entered, time(0, 30), UTC)

    def tell(stream: Stream, subject: str, fact: Fact) -> None:
        event = an_event(fact, subject=subject, sequence=len(stream) + 1)
        stream.append((msgspec.structs.replace(event, time=clock), fact))

    tell(of_member, member_id, registered(member_id))
    for on, step in walk.taken:
        late = timedelta(days=rng.choice([0, 0, 1, 30]), hours=rng.choice([1, 9, 18]))
        clock = max(clock + timedelta(minutes=1), datetime.combine(on, time(0, 30), UTC) + late)
        heard = max(heard, clock - timedelta(days=rng.choice([0, 0, 0, 40])))
        for published_fact in published(step):
            paths = {} if registry is None else _paths(registry, msgspec.to_builtins(published_fact), heard)
            fact = msgspec.structs.replace(published_fact, **paths, member_id=member_id)
            tell(of_case, case_id, fact)
            if type(fact) in _MEMBERSHIP:
                tell(of_member, member_id, _MEMBERSHIP[type(fact)](member_id, case_id, on))
    return of_case, of_member


def _paths(registry: Registry, fields: dict[str, Any], at: datetime) -> dict[str, list[str]]:
    """Return the paths in *fields* as the register had them."""
    given = {name: fields[name] for name in ("organization_path", "to_path") if fields.get(name)}
    found = {name: registry.path(path[-1], at) for name, path in given.items()}
    return {name: path for name, path in found.items() if path is not None}


def rounds_told_by(rng: Random, registry: Registry, number: int) -> list[Stream]:
    """Return what one round tells: opened, reported by some cells, corrected by some of these, perhaps closed."""
    round_id = f"round-{number}"
    on = words.START + timedelta(days=rng.choice([0, 30, 400]))
    due_on = on + timedelta(days=60)
    clock = datetime.combine(on, time(1), UTC)
    streams: dict[str, Stream] = {}

    def tell(subject: str, fact: Fact) -> None:
        stream = streams.setdefault(subject, [])
        event = an_event(fact, subject=subject, sequence=len(stream) + 1)
        stream.append((msgspec.structs.replace(event, time=clock), fact))

    opened = {"round_id": round_id, "organization_path": ["khoi"], "on": on}
    tell(round_id, catalogue.RoundOpened(**opened, name="Đợt", due_on=due_on, profile="hd02"))
    silent = []
    for cell in CELLS:
        clock += timedelta(hours=rng.choice([1, 30, 300]))
        path = registry.path(cell, clock) or []
        if path[-1] != cell or rng.random() < 0.3:
            silent += [cell] if path[-1] == cell else []
            continue
        reviewed = rng.randint(1, 20)
        for version in range(1, rng.choice([1, 1, 2, 3]) + 1):
            report = catalogue.CellReviewReported(
                round_id=round_id,
                organization_path=path,
                on=min(clock.date(), due_on + timedelta(days=5)),
                reviewed=reviewed,
                proposed=rng.randint(0, reviewed),
                number=version,
                corrected_on=clock.date() if version > 1 else None,
                after_close=version > 1 and rng.random() < 0.3,
            )
            tell(f"{round_id}:{cell}", report)
            clock += timedelta(hours=5)
    if rng.random() < 0.5:
        closed = {**opened, "on": due_on + timedelta(days=30), "not_reported": silent}
        tell(round_id, msgspec.convert(closed, catalogue.RoundClosed))
    return list(streams.values())


def arriving(rng: Random, streams: Sequence[Stream]) -> Stream:
    """Interleave streams in any way that keeps the order within each; now and then something comes again."""
    waiting = [list(reversed(stream)) for stream in streams if stream]
    arrived: Stream = []
    while waiting:
        stream = rng.choice(waiting)
        arrived.append(stream.pop())
        if not stream:
            waiting.remove(stream)
        if rng.random() < 0.1:
            start = rng.randrange(len(arrived))
            arrived += arrived[start : start + rng.randint(1, 20)]
    return arrived
