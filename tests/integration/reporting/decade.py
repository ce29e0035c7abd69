"""Ten years of three Khối as events: 15,000 members, 900 cases, organisations that move, much of it late or corrected.

The first Khối has the term of the article of 12/10/2023 in it: 14 listed, of whom 5 recognised, 2 transferred, 7
removed; whatever else happens to its members happens before or after.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any

from shared.events.catalogue import members, reviews
from shared.events.registry import Fact
from tests.integration.reporting.history import DECISION, FOUNDED, History

KHOI = 3
GRASSROOTS = 20
CELLS = 5
"""Of each grassroots organisation."""
MEMBERS = 15_000
CASES = 900
FIRST, LAST = date(2016, 1, 10), date(2025, 11, 30)
TERM_FROM, TERM_TO = date(2020, 8, 15), date(2023, 10, 12)
MOVES = 14
LONGEST = timedelta(days=800)
"""So long a case may take."""

ARTICLE = [
    *[("recognized", {})] * 5,
    *[("transferred", {})] * 2,
    *[("removed", {"mode": "name_removal", "ground": "X4"})] * 5,
    ("removed", {"mode": "expulsion", "ground": None}),
    ("removed", {"mode": "resignation", "ground": None, "probationary": True}),
]


def khoi(number: int) -> str:
    return f"k{number}"


def organizations(depth: int) -> list[str]:
    """The organisations of a level: 0 the Khối, 1 grassroots, 2 cells."""
    found = [khoi(number) for number in range(KHOI)]
    for count in (GRASSROOTS, CELLS)[:depth]:
        found = [f"{each}-{number:02}" for each in found for number in range(count)]
    return found


class Decade(History):
    """Tells the ten years; the same each time."""

    def __init__(self, seed: int = 2025) -> None:
        super().__init__()
        self._rng = Random(seed)  # noqa: S311 - a seeded history, no secret
        self.grassroots, self.cells = organizations(1), organizations(2)
        self._parents: dict[str, list[tuple[date, datetime, str]]] = {}
        self._told_at: dict[str, datetime] = {}
        self._found()
        self._register()
        self._reorganize()
        self._work_through()

    # -- the tree

    def _found(self) -> None:
        for each in organizations(0):
            self._establish(each, None, "dang_bo_khoi")
        for each in self.grassroots:
            self._establish(each, each.rpartition("-")[0], "dang_bo_co_so")
        for each in self.cells:
            self._establish(each, each.rpartition("-")[0], "chi_bo_truc_thuoc")

    def _establish(self, id_: str, parent: str | None, level: str) -> None:
        recorded = datetime.combine(FOUNDED, time(2), UTC)
        if parent is not None:
            self._parents[id_] = [(FOUNDED, recorded, parent)]
        fact = members.OrganizationEstablished(
            organization_id=id_,
            name=f"Tổ chức {id_}",
            code=None,
            level=level,
            is_cell=level.startswith("chi_bo"),
            parent_id=parent,
            organization_path=self.path(id_, FOUNDED, recorded),
            on=FOUNDED,
        )
        self.tell(id_, fact, recorded=recorded)

    def path(self, id_: str, day: date, known: datetime) -> list[str]:
        """Where an organisation stands on a day, as far as is known at an instant."""
        path = [id_]
        while path[0] in self._parents:
            versions = sorted(each for each in self._parents[path[0]] if each[1] <= known)
            earlier = [each for each in versions if each[0] <= day] or versions[:1]
            path.insert(0, earlier[-1][2])
        return path

    def _reorganize(self) -> None:
        """Grassroots go to another Khối and cells to other grassroots, on 1 January or 1 July of a year.

        Half is recorded long after; of a third the first record may be wrong and is corrected later. The first Khối,
        of which the article tells, stays what it is.
        """
        moves = []
        for number in range(MOVES):
            on = date(2017 + self._rng.randrange(8), self._rng.choice([1, 7]), 1)
            if number % 2:
                moving = f"{khoi(1 + self._rng.randrange(KHOI - 1))}-{self._rng.randrange(GRASSROOTS):02}"
                places = organizations(0)[1:]
            else:
                moving = self._rng.choice(self.cells)
                own = moving.startswith("k0-")
                places = [each for each in self.grassroots if each.startswith("k0-") == own]
            late = self._rng.choice([-3, -3, 150, 420])
            moves.append(
                (datetime.combine(on + timedelta(days=late), time(3), UTC), on, moving, places, "moved")
            )
            if number % 3 == 0:
                corrected = datetime.combine(on + timedelta(days=max(late, 0) + 90), time(4), UTC)
                moves.append((corrected, on, moving, places, "corrected"))
        for recorded, on, moving, places, change in sorted(moves, key=lambda move: move[0]):
            self._move(moving, self._rng.choice(places), on, recorded, change)

    def _move(self, id_: str, parent: str, on: date, recorded: datetime, change: str) -> None:
        self._parents[id_].append((on, recorded, parent))
        path = self.path(id_, on, recorded)
        is_cell = id_ in self.cells
        level = "chi_bo_truc_thuoc" if is_cell else "dang_bo_co_so"
        how = {"is_cell": is_cell, "change": change, "recorded": recorded}
        self.changed(id_, path, on=on, name=f"Tổ chức {id_}", level=level, **how)

    def _register(self) -> None:
        for number in range(MEMBERS):
            cell = self.cells[number % len(self.cells)]
            recorded = datetime.combine(FOUNDED, time(5), UTC)
            fact = members.MemberRegistered(
                member_id=f"m{number}",
                full_name="Nguyễn Văn Mẫu",
                gender="male",
                birth_date=date(1975, 1, 1),
                card_number=None,
                dossier_number=None,
                admitted_on=date(2000, 1, 1),
                official_on=date(2001, 1, 1),
                status="official",
                exempt_from=None,
                exempt_until=None,
                organization_path=self.path(cell, FOUNDED, recorded),
                on=FOUNDED,
                organization_since=FOUNDED,
            )
            self.tell(f"m{number}", fact, recorded=recorded)

    # -- the cases

    def _work_through(self) -> None:
        for number, (outcome, how) in enumerate(ARTICLE):
            cell = self._rng.choice([each for each in self.cells if each.startswith("k0-")])
            begins = TERM_FROM + timedelta(days=20 + 12 * number)
            _Case(self, f"article-{number:02}", f"m{number}", self._stays_put(cell), begins, late=False).run(
                outcome, ends=begins + timedelta(days=430 + 10 * number), **how
            )
        for number in range(len(ARTICLE), CASES):
            place = number % KHOI
            cell = self._rng.choice([each for each in self.cells if each.startswith(f"{khoi(place)}-")])
            begins = FIRST + timedelta(days=self._rng.randrange((LAST - FIRST).days - 60))
            _Case(self, f"case-{number:03}", f"m{number}", cell, begins, late=True).run_at_random()

    def _stays_put(self, cell: str) -> str:
        """A cell of the first Khối that never moved: the article knows of no reorganisation."""
        still = [
            each
            for each in self.cells
            if each.startswith("k0-")
            and all(len(self._parents[part]) == 1 for part in (each, each.rpartition("-")[0]))
        ]
        return cell if cell in still else self._rng.choice(still)


class _Case:
    """One case, whose steps come on later and later days, each recorded at once or long after."""

    def __init__(
        self, told: Decade, case_id: str, member_id: str, cell: str, begins: date, *, late: bool
    ) -> None:
        self._told = told
        self._rng = told._rng
        self._about = {"case_id": case_id, "member_id": member_id}
        self._cell = cell
        self._day = begins
        self._late = late
        self._clock = datetime.combine(begins, time(1), UTC)

    def _on(self, days: int = 0) -> date:
        """Go on to a later day: never that of a reorganisation, never after the last."""
        self._day += timedelta(days=days)
        while (self._day.month, self._day.day) in {(1, 1), (7, 1)}:
            self._day += timedelta(days=1)
        return self._day

    def step(self, kind: type[Fact], **told: Any) -> None:
        late = self._rng.choice([0, 0, 0, 0, 1, 12, 80, 400]) if self._late else 0
        at = datetime.combine(self._day + timedelta(days=late), time(1 + self._rng.randrange(14)), UTC)
        self._clock = max(self._clock + timedelta(minutes=1), at)
        path = self._told.path(self._cell, self._day, self._clock)
        fact = kind(**self._about, organization_path=path, on=self._day, **told)
        self._told.tell(str(self._about["case_id"]), fact, recorded=self._clock)

    def listed(self) -> None:
        known = {"criterion": self._rng.choice(["C1", "C2", "C3", "C4a", "C4b"]), "probationary": False}
        self.step(reviews.CandidateProposed, round_id=None, profile="hd02", **known)
        self._on(14)
        self.step(reviews.BallotRecorded, ballot_id="b", version=1, reached=True)
        due = self._day + timedelta(days=365)
        self.step(reviews.MemberFlagged, education_due_on=due, profile="hd02", **known)

    def goes_to(self, cell: str) -> None:
        """Transferred within the deployment; some are not taken in and come back."""
        left, came_from = self._told.path(cell, self._on(40), self._clock + timedelta(days=900)), self._cell
        self.step(reviews.CaseTransferred, to_path=left, continues=True)
        self._cell = cell
        if self._rng.random() < 0.3:
            self._on(20)
            back = self._told.path(came_from, self._day, self._clock + timedelta(days=900))
            self.step(reviews.CaseTransferred, to_path=back, continues=True, returned=True)
            self._cell = came_from

    def run(self, outcome: str, *, ends: date, **how: Any) -> None:
        """Listed, helped, and off the list by *outcome* on the day *ends*."""
        self.listed()
        self._on(90)
        self.step(reviews.FollowUpRecorded, number=1, next_due_on=None)
        self._on(max(0, (ends - self._day).days))
        getattr(self, outcome)(**how)

    def run_at_random(self) -> None:
        """Any course a case may take; those of the first Khối end before the term of the article or begin after it."""
        ends = (self.recognized_after_help, self.removed_after_help, self.restored, self.left, self.died)
        ends += (self.withdrawn, self.not_listed, self.direct)
        open_ended = (self.wandering, self.wandering, self.listed_again, self.goes_on, self.seen_elsewhere)
        courses = [*ends, *open_ended, self.past]
        if self._cell.startswith("k0-"):
            before = self._day + LONGEST < TERM_FROM
            courses = [*ends] if before else [*ends, *open_ended]
            if not before and self._day <= TERM_TO:
                self._day = TERM_TO + timedelta(days=10 + self._rng.randrange(500))
                self._clock = datetime.combine(self._day, time(1), UTC)
        self._on()
        self._rng.choice(courses)()

    def _elsewhere(self) -> str:
        """Another cell the case may come to; into the first Khối, and out of it, none does."""
        own = self._cell.startswith("k0-")
        return self._rng.choice(
            [each for each in self._told.cells if each.startswith("k0-") == own and each != self._cell]
        )

    # -- courses

    def recognized_after_help(self) -> None:
        self.listed()
        self._on(self._rng.randrange(100, 500))
        self.recognized()

    def removed_after_help(self) -> None:
        self.listed()
        self._on(self._rng.randrange(100, 500))
        self.removed(
            mode=self._rng.choice(["name_removal", "name_removal", "expulsion", "resignation"]),
            ground=self._rng.choice(["X2", "X4", None]),
            probationary=self._rng.random() < 0.2,
        )

    def restored(self) -> None:
        self.removed_after_help()
        self._on(self._rng.randrange(30, 200))
        self.step(reviews.RemovalReversed, decision=DECISION)
        self.step(reviews.CaseClosed, outcome="restored")

    def wandering(self) -> None:
        self.listed()
        for _ in range(self._rng.choice([1, 2])):
            self.goes_to(self._elsewhere())
        self._on(60)
        self._rng.choice([self.recognized, self.transferred, lambda: None])()

    def left(self) -> None:
        self.listed()
        self._on(self._rng.randrange(10, 300))
        self.transferred()

    def died(self) -> None:
        self.listed()
        self._on(self._rng.randrange(10, 300))
        self.step(reviews.CaseClosed, outcome="other_exit", reason=self._rng.choice(["death", None]))

    def withdrawn(self) -> None:
        self.listed()
        self._on(self._rng.randrange(1, 200))
        self.step(reviews.ListingWithdrawn, ballot_id="b", version=2)
        self.step(reviews.CaseClosed, outcome="not_listed")

    def listed_again(self) -> None:
        self.listed()
        self._on(self._rng.randrange(1, 100))
        self.step(reviews.ListingWithdrawn, ballot_id="b", version=2)
        self._on(30)
        self.listed()

    def not_listed(self) -> None:
        self.step(
            reviews.CandidateProposed, round_id=None, criterion="C1", probationary=False, profile="hd02"
        )
        self._on(20)
        self.step(reviews.BallotRecorded, ballot_id="b", version=1, reached=False)
        self.step(reviews.CaseClosed, outcome="not_listed")

    def direct(self) -> None:
        self.removed(mode="name_removal", ground="X1", probationary=False, direct=True)

    def past(self) -> None:
        """A case of years before, imported from the papers."""
        outcome = self._rng.choice(["recognized", "transferred", "removed", "death", "on_list"])
        listed_on = self._day - timedelta(days=self._rng.randrange(200, 900))
        if (listed_on.month, listed_on.day) in {(1, 1), (7, 1)}:
            listed_on += timedelta(days=1)
        ended_on, self._day = self._day, listed_on
        self._clock = datetime.combine(ended_on + timedelta(days=300), time(1), UTC)
        self.step(
            reviews.PastCaseRecorded,
            listed_on=listed_on,
            criterion=self._rng.choice(["L1", "L3", None]),
            outcome=outcome,
            ended_on=None if outcome == "on_list" else ended_on,
            mode="name_removal" if outcome == "removed" else None,
            ground=None,
            probationary=False,
            profile="hd02",
            education_due_on=None,
        )

    def goes_on(self) -> None:
        self.listed()

    def seen_elsewhere(self) -> None:
        """The member came to another cell, which nothing but a later step tells of."""
        self.listed()
        self._cell = self._elsewhere()
        self._on(100)
        self.step(reviews.FollowUpRecorded, number=1, next_due_on=None)
        self._on(100)
        self.recognized()

    # -- ends

    def recognized(self, **_: Any) -> None:
        self.step(reviews.ProgressRecognized, decided_by=self._cell, decision=DECISION)
        self.step(reviews.CaseClosed, outcome="recognized")

    def transferred(self, **_: Any) -> None:
        self.step(reviews.CaseTransferred, to_path=None, continues=False)
        self.step(reviews.CaseClosed, outcome="transferred")

    def removed(
        self, *, mode: str, ground: str | None, probationary: bool = False, direct: bool = False
    ) -> None:
        how = {"mode": mode, "ground": ground, "probationary": probationary, "direct": direct}
        self.step(reviews.RemovalProposed, **how)
        self._on(25)
        self.step(reviews.MemberRemoved, effective_on=self._day, decision=DECISION, **how)
