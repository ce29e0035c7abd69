"""A history of a Khối as events, told in the words of the domain, and reporting that reads it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time
from typing import Any

import msgspec

from services.reporting.service import SERVICE
from shared.bus.delivery import Delivery
from shared.bus.inbox import Inbox
from shared.events.catalogue import members, reviews
from shared.events.envelope import Event
from shared.events.registry import Fact
from tests.support.people import Front
from tests.support.services import an_event

KHOI = "khoi"
PLANT = "plant"
OFFICE = "office"
DECISION = members.Document(number="12-QĐ/ĐU", issued_on=date(2023, 1, 1), issuer="Đảng ủy Khối")
FOUNDED = date(2015, 1, 1)


def path_of(cell: str) -> list[str]:
    """Return the path of an organisation named ``<grassroots>`` or ``<grassroots>/<cell>``."""
    parts = cell.split("/")
    return [KHOI, *("/".join(parts[: end + 1]) for end in range(len(parts)))] if cell != KHOI else [KHOI]


class History:
    """What happened, in the order it happened; each record counts its own events."""

    def __init__(self) -> None:
        self.events: list[tuple[Event, Fact]] = []
        self._sequences: Counter[str] = Counter()
        self._positions: Counter[str] = Counter()

    def tell(self, subject: str, fact: Fact, *, recorded: datetime | None = None) -> None:
        """Let a fact happen; it is recorded on its own day unless said otherwise."""
        event = an_event(fact, subject=subject, sequence=1)
        stream = f"{event.source}#{subject}"
        self._sequences[stream] += 1
        self._positions[event.source] += 1
        on: date = fact.on  # type: ignore[attr-defined]  # every fact told here has its day
        when = recorded or datetime.combine(on, time(2, self._positions[event.source] % 60), UTC)
        event = msgspec.structs.replace(
            event,
            sequence=self._sequences[stream],
            position=self._positions[event.source],
            time=when,
        )
        self.events.append((event, fact))

    def organization(
        self, id_: str, *, name: str, level: str, on: date = FOUNDED, is_cell: bool = False
    ) -> None:
        path = path_of(id_)
        fact = members.OrganizationEstablished(
            organization_id=id_,
            name=name,
            code=None,
            level=level,
            is_cell=is_cell,
            parent_id=path[-2] if len(path) > 1 else None,
            organization_path=path,
            on=on,
        )
        self.tell(id_, fact)

    def changed(self, id_: str, path: Sequence[str], *, on: date, name: str, level: str, **how: Any) -> None:
        fact = members.OrganizationChanged(
            organization_id=id_,
            name=name,
            code=None,
            level=level,
            is_cell=how.get("is_cell", False),
            parent_id=path[-2],
            organization_path=list(path),
            on=on,
            change=how.get("change", "moved"),
        )
        self.tell(id_, fact, recorded=how.get("recorded"))

    def khoi(self) -> None:
        """A Khối of two grassroots organisations with two cells each."""
        self.organization(KHOI, name="Đảng bộ Khối mẫu", level="dang_bo_khoi")
        for each, name in ((PLANT, "Đảng bộ Nhà máy mẫu"), (OFFICE, "Đảng bộ Cơ quan mẫu")):
            self.organization(each, name=name, level="dang_bo_co_so")
            for number in (1, 2):
                self.organization(
                    f"{each}/{number}", name=f"Chi bộ {number}", level="chi_bo_truc_thuoc", is_cell=True
                )

    def member(self, member_id: str, cell: str, *, status: Any = "official") -> None:
        fact = members.MemberRegistered(
            member_id=member_id,
            full_name="Nguyễn Văn Mẫu",
            gender="male",
            birth_date=date(1980, 5, 1),
            card_number="11001234",
            dossier_number=None,
            admitted_on=date(2010, 1, 1),
            official_on=date(2011, 1, 1),
            status=status,
            exempt_from=None,
            exempt_until=None,
            organization_path=path_of(cell),
            on=date(2020, 1, 1),
            organization_since=date(2018, 1, 1),
        )
        self.tell(member_id, fact)

    def moving(self, transfer_id: str, member_id: str, cell: str, on: date, *, due: date) -> None:
        """Let a member set out for a place outside; the letter must be presented by *due*."""
        about = {
            "member_id": member_id,
            "transfer_id": transfer_id,
            "organization_path": path_of(cell),
            "on": on,
        }
        self.tell(member_id, members.TransferStarted(**about, to_path=None, temporary=False))
        self.tell(member_id, members.TransferIntroduced(**about, due_on=due))

    def case(
        self, case_id: str, kind: type[Fact], on: date, cell: str, *, recorded: Any = None, **told: Any
    ) -> None:
        """Let a step of a case happen."""
        about = {"case_id": case_id, "member_id": f"member-of-{case_id}", "organization_path": path_of(cell)}
        self.tell(case_id, kind(**about, on=on, **told), recorded=recorded)

    def listed(
        self, case_id: str, cell: str, on: date, *, criterion: str = "C1", recorded: Any = None
    ) -> None:
        """Proposed, voted and put on the list on one day."""
        step = {"criterion": criterion, "probationary": False, "profile": "hd02"}
        self.case(case_id, reviews.CandidateProposed, on, cell, recorded=recorded, round_id="round-1", **step)
        self.case(
            case_id,
            reviews.BallotRecorded,
            on,
            cell,
            recorded=recorded,
            ballot_id="b",
            version=1,
            reached=True,
        )
        due = on.replace(year=on.year + 1)
        self.case(case_id, reviews.MemberFlagged, on, cell, recorded=recorded, education_due_on=due, **step)

    def recognized(self, case_id: str, cell: str, on: date, **told: Any) -> None:
        self.case(case_id, reviews.ProgressRecognized, on, cell, decided_by=KHOI, decision=DECISION, **told)
        self.case(case_id, reviews.CaseClosed, on, cell, outcome="recognized", **told)

    def transferred(self, case_id: str, cell: str, on: date, *, to: str | None, continues: bool) -> None:
        to_path = path_of(to) if to else None
        self.case(case_id, reviews.CaseTransferred, on, cell, to_path=to_path, continues=continues)
        if not continues:
            self.case(case_id, reviews.CaseClosed, on, cell, outcome="transferred")

    def removed(self, case_id: str, cell: str, on: date, *, direct: bool = False, **told: Any) -> None:
        how = {"mode": "name_removal", "ground": "X4", "probationary": False, **told, "direct": direct}
        self.case(case_id, reviews.RemovalProposed, on, cell, **how)
        self.case(case_id, reviews.MemberRemoved, on, cell, effective_on=on, decision=DECISION, **how)
        # The time for complaints is over later; by then the case has long left the list.
        self.case(case_id, reviews.CaseClosed, on.replace(year=on.year + 1), cell, outcome="removed")

    def closed(self, case_id: str, cell: str, on: date, *, outcome: Any, reason: str | None = None) -> None:
        self.case(case_id, reviews.CaseClosed, on, cell, outcome=outcome, reason=reason)

    def streams(self) -> list[list[tuple[Event, Fact]]]:
        """Return the events of each record in their order."""
        found: dict[str, list[tuple[Event, Fact]]] = {}
        for event, fact in self.events:
            found.setdefault(event.stream, []).append((event, fact))
        return list(found.values())


class Reporting:
    """Reporting with its inbox in this process, over a real Mongo-wire server."""

    def __init__(self, front: Front) -> None:
        self.front = front
        self.store = front.runtime.store
        self._inbox = Inbox(front.runtime.unit_of_work, SERVICE.handlers, SERVICE.batch_handler)

    def reads(self, events: Iterable[tuple[Event, Fact]], *, batch: int = 100) -> None:
        """Apply events in the order given, in batches, as the consumer does."""
        deliveries = [self.delivery(event) for event, _ in events]
        for start in range(0, len(deliveries), batch):
            self._inbox.apply(deliveries[start : start + batch], topic_ids={})

    def forgets_marks(self) -> None:
        """Read every watermark again: a test emptied the store."""
        self._inbox.forget()

    def held(self) -> dict[str, dict[str, Any]]:
        """Return the whole read model: collection by collection, document by id."""
        return {
            name: {document["_id"]: document for document in self.store.collection(name).find()}
            for name in SERVICE.projections
        }

    def delivery(self, event: Event) -> Delivery:
        """Return an event as it would come from the topic."""
        producer = event.source.rsplit("/", 1)[-1]
        settings = self.store.settings
        own = msgspec.structs.replace(event, source=settings.event_source(producer))
        return Delivery.read(
            topic=settings.topic(producer),
            partition=0,
            offset=own.position,
            headers=own.headers(),
            key=own.partition_key,
            value=own.data,
        )
