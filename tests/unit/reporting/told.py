"""What random walks through the procedure tell: the events of cases and of their members, and how they arrive."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from random import Random

import msgspec

from shared.events.catalogue import members
from shared.events.catalogue import reviews as catalogue
from shared.events.envelope import Event
from shared.events.registry import Fact
from tests.support.services import an_event
from tests.unit.reviews import words
from tests.unit.reviews.walks import Walk

Stream = list[tuple[Event, Fact]]
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


_MEMBERSHIP: dict[str, Callable[[str, str, date], Fact]] = {
    "MemberRemoved": ended,
    "RemovalReversed": restored,
}


def told_by(rng: Random, case_id: str, steps: int) -> tuple[Stream, Stream]:
    """Walk, and return what the case tells and what the members service tells of the member meanwhile.

    Each step is recorded some days after its day, and some cases are entered long after they happened.
    """
    walk = Walk(rng, case_id=case_id).run(steps)
    member_id = f"member-of-{case_id}"
    of_case: Stream = []
    of_member: Stream = []
    entered = words.START + timedelta(days=rng.choice([0, 0, 0, 700]))
    clock = datetime.combine(entered, time(0, 30), UTC)

    def tell(stream: Stream, subject: str, fact: Fact) -> None:
        event = an_event(fact, subject=subject, sequence=len(stream) + 1)
        stream.append((msgspec.structs.replace(event, time=clock), fact))

    tell(of_member, member_id, registered(member_id))
    for on, facts in walk.told:
        late = timedelta(days=rng.choice([0, 0, 1, 30]), hours=rng.choice([1, 9, 18]))
        clock = max(clock + timedelta(minutes=1), datetime.combine(on, time(0, 30), UTC) + late)
        for name, fields in facts:
            kind = getattr(catalogue, name)
            fact = msgspec.convert({**fields, "member_id": member_id}, kind)
            tell(of_case, case_id, fact)
            if name in _MEMBERSHIP:
                tell(of_member, member_id, _MEMBERSHIP[name](member_id, case_id, on))
    return of_case, of_member


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
